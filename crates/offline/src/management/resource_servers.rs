//! APIs: `/api/v2/resource-servers`.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::{
    access,
    body::{self, Schema, Type, text, texts},
    error::ManagementError,
    paging::{Listing, Paging},
};
use crate::{
    tenant::Presented,
    world::{Api, Kind, Members, World},
};

const DIALECTS: Type = Type::Word(&["access_token", "access_token_authz", "rfc9068_profile", "rfc9068_profile_authz"]);

const MEMBERS: &Schema = &[
    ("name", Type::Text),
    ("scopes", Type::List),
    ("signing_alg", Type::Word(&["HS256", "RS256", "RS512", "PS256"])),
    ("token_dialect", DIALECTS),
    ("token_lifetime", Type::Count),
    ("enforce_policies", Type::Flag),
    ("allow_offline_access", Type::Flag),
    ("skip_consent_for_verifiable_first_party_clients", Type::Flag),
    ("authorization_details", Type::List),
    ("proof_of_possession", Type::Object),
    ("subject_type_authorization", Type::Object),
];

/// `GET /resource-servers`.
pub(crate) async fn list(
    State(world): State<Arc<World>>,
    presented: Presented,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["read:resource_servers"])?;
    let listing = Listing::read(query.as_deref(), Paging::Numbers, &["identifiers", "include_fields"])?;
    let mut state = world.state();
    let apis = state.directory.apis.clone();
    let wanted = |api: &&Api| listing.get("identifiers").is_none_or(|wanted| wanted == api.identifier);
    let shown = apis.iter().filter(wanted).map(|api| view(&world, &mut state.management, api)).collect();
    listing.answer("resource_servers", shown)
}

/// `GET /resource-servers/{id}`, by id or identifier.
pub(crate) async fn read(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["read:resource_servers"])?;
    let mut state = world.state();
    let api = find(&mut state, &id)?;
    Ok(Json(view(&world, &mut state.management, &api)))
}

/// `POST /resource-servers`. The identifier `{issuer}me/` activates the My Account API.
pub(crate) async fn create(
    State(world): State<Arc<World>>,
    presented: Presented,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ManagementError> {
    access::require(&world, &presented, &["create:resource_servers"])?;
    let schema = [MEMBERS, &[("identifier", Type::Text)]].concat();
    let sent = body::read(&presented.headers, &body, &schema, &["identifier"])?;
    check(&sent)?;
    let identifier = text(&sent, "identifier").to_owned();
    let mut state = world.state();
    if identifier.is_empty() {
        return Err(ManagementError::body("identifier must not be empty"));
    }
    if state.directory.api(&identifier).is_some() {
        let message = "A resource server with the same identifier already exists";
        return Err(ManagementError::conflict("resource_server_already_exists", message));
    }
    let mut api: Api = serde_json::from_value(json!({
        "identifier": identifier, "name": text(&sent, "name"), "scopes": [], "token_lifetime": 86_400,
    }))
    .map_err(|error| ManagementError::body(&error.to_string()))?;
    let kept = state.management.members(Kind::Api, &identifier);
    apply(&mut api, kept, sent);
    state.directory.apis.push(api.clone());
    Ok((StatusCode::CREATED, Json(view(&world, &mut state.management, &api))))
}

/// `PATCH /resource-servers/{id}`.
pub(crate) async fn update(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["update:resource_servers"])?;
    let sent = body::read(&presented.headers, &body, MEMBERS, &[])?;
    check(&sent)?;
    let mut state = world.state();
    let mut api = find(&mut state, &id)?;
    if is_system(&world, &api.identifier)
        && let Some(name) = ["name", "scopes", "signing_alg"].into_iter().find(|name| sent.contains_key(*name))
    {
        return Err(ManagementError::body(&format!("Additional properties not allowed: {name}")));
    }
    let kept = state.management.members(Kind::Api, &api.identifier);
    apply(&mut api, kept, sent);
    if let Some(known) = state.directory.apis.iter_mut().find(|known| known.identifier == api.identifier) {
        *known = api.clone();
    }
    Ok(Json(view(&world, &mut state.management, &api)))
}

/// `DELETE /resource-servers/{id}`: 204; grants for it go with it.
pub(crate) async fn remove(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<StatusCode, ManagementError> {
    access::require(&world, &presented, &["delete:resource_servers"])?;
    let mut state = world.state();
    let identifier = find(&mut state, &id)?.identifier;
    if identifier == access::audience(&world) {
        return Err(ManagementError::rule("You cannot delete a system resource server"));
    }
    state.directory.apis.retain(|api| api.identifier != identifier);
    for client in &mut state.directory.clients {
        client.client_grants.retain(|grant| grant.audience != identifier);
    }
    state.management.grants.retain(|grant| grant.audience != identifier);
    for role in &mut state.directory.roles {
        role.permissions.retain(|permission| permission.resource_server_identifier != identifier);
    }
    state.management.forget(Kind::Api, &identifier);
    Ok(StatusCode::NO_CONTENT)
}

fn find(state: &mut crate::world::State, id: &str) -> Result<Api, ManagementError> {
    // A record of the seed has no id before somebody asks.
    let identifiers: Vec<String> = state.directory.apis.iter().map(|api| api.identifier.clone()).collect();
    for identifier in &identifiers {
        state.management.id(Kind::Api, identifier);
    }
    let identifier = state.management.name_of(Kind::Api, id).unwrap_or_else(|| id.to_owned());
    let missing = || ManagementError::missing("inexistent_resource_server", "The resource server does not exist");
    state.directory.api(&identifier).cloned().ok_or_else(missing)
}

fn check(sent: &Members) -> Result<(), ManagementError> {
    let list = |name: &str| sent.get(name).and_then(Value::as_array).into_iter().flatten();
    for scope in list("scopes") {
        let members = scope.as_object().ok_or_else(|| ManagementError::body("A scope is an object"))?;
        body::check(members, &[("value", Type::Text), ("description", Type::Text)])?;
        if text(members, "value").is_empty() {
            return Err(ManagementError::body("Missing required property: value of a scope"));
        }
    }
    for details in list("authorization_details") {
        let members = details.as_object().ok_or_else(|| ManagementError::body("A type of details is an object"))?;
        body::check(members, &[("type", Type::Text)])?;
    }
    Ok(())
}

fn apply(api: &mut Api, kept: &mut Members, sent: Members) {
    let values = |list: Option<&Value>, member: &str| -> Vec<String> {
        let items = list.and_then(Value::as_array).into_iter().flatten();
        items.filter_map(|item| item.get(member).and_then(Value::as_str)).map(str::to_owned).collect()
    };
    if sent.contains_key("name") {
        text(&sent, "name").clone_into(&mut api.name);
    }
    if let Some(scopes) = sent.get("scopes") {
        api.scopes = values(Some(scopes), "value");
    }
    if let Some(types) = sent.get("authorization_details") {
        api.authorization_details_types = values(Some(types), "type");
    }
    if let Some(lifetime) = sent.get("token_lifetime").and_then(Value::as_u64) {
        api.token_lifetime = lifetime;
    }
    if let Some(enforced) = sent.get("enforce_policies").and_then(Value::as_bool) {
        api.rbac = enforced;
    }
    kept.extend(sent);
}

fn view(world: &World, management: &mut crate::world::ManagementState, api: &Api) -> Value {
    let mut shown = management.members(Kind::Api, &api.identifier).clone();
    let described = shown.get("scopes").and_then(Value::as_array).cloned().unwrap_or_default();
    let scope = |value: &String| {
        let known = described.iter().find(|scope| scope.get("value").and_then(Value::as_str) == Some(value));
        known.cloned().unwrap_or_else(|| json!({ "value": value }))
    };
    let scopes: Vec<Value> = api.scopes.iter().map(scope).collect();
    let types: Vec<Value> = api.authorization_details_types.iter().map(|kind| json!({ "type": kind })).collect();
    let system = is_system(world, &api.identifier);
    for (name, value) in [
        ("id", json!(management.id(Kind::Api, &api.identifier))),
        ("identifier", json!(api.identifier)),
        ("name", json!(api.name)),
        ("is_system", json!(system)),
        ("scopes", json!(scopes)),
        ("token_lifetime", json!(api.token_lifetime)),
        ("enforce_policies", json!(api.rbac)),
        ("authorization_details", json!(types)),
    ] {
        shown.insert(name.to_owned(), value);
    }
    let dialect = if api.rbac { "access_token_authz" } else { "access_token" };
    shown.entry("token_dialect").or_insert_with(|| dialect.into());
    // The tenant asks no consent for its own applications and gives refresh tokens for every API.
    shown.entry("skip_consent_for_verifiable_first_party_clients").or_insert_with(|| true.into());
    shown.entry("allow_offline_access").or_insert_with(|| true.into());
    shown.entry("signing_alg").or_insert_with(|| "RS256".into());
    Value::Object(shown)
}

fn is_system(world: &World, identifier: &str) -> bool {
    identifier == access::audience(world) || identifier == world.options().my_account_audience()
}

/// The scopes that an API has, of those asked for; the first that it has not is the error.
pub(crate) fn known_scopes(api: &Api, asked: Option<&Value>) -> Result<Vec<String>, ManagementError> {
    let asked = texts(asked);
    match asked.iter().find(|scope| !api.scopes.contains(scope)) {
        Some(unknown) => Err(ManagementError::rule(format!("The scope {unknown} is not defined for the API"))),
        None => Ok(asked),
    }
}
