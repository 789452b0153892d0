//! Custom token exchange profiles: `/api/v2/token-exchange-profiles`.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::StatusCode,
};
use serde_json::Value;
use url::Url;

use super::{
    access, actions,
    body::{self, Schema, Type, text},
    error::ManagementError,
    paging::{Listing, Paging},
};
use crate::{
    tenant::Presented,
    world::{ExchangeProfile, Members, World, random_id},
};

const MEMBERS: &Schema = &[("name", Type::Text), ("subject_token_type", Type::Text)];
/// Namespaces that a subject token type must stay out of.
const RESERVED: [&str; 5] = ["urn:auth0", "urn:okta", "urn:ietf", "https://auth0.com", "https://okta.com"];
/// How the code of an Action names the audience that its subject tokens must have, as the tenant runs no code.
const AUDIENCE_LINE: &str = "const SUBJECT_AUDIENCE = \"";

/// `GET /token-exchange-profiles`.
pub(crate) async fn list(
    State(world): State<Arc<World>>,
    presented: Presented,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["read:token_exchange_profiles"])?;
    let listing = Listing::read(query.as_deref(), Paging::Checkpoints { bare: false }, &[])?;
    let state = world.state();
    let all = state.management.profiles.iter().cloned().map(Value::Object).collect();
    listing.answer("token_exchange_profiles", all)
}

/// `GET /token-exchange-profiles/{id}`.
pub(crate) async fn read(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["read:token_exchange_profiles"])?;
    Ok(Json(Value::Object(find(&mut world.state(), &id)?.clone())))
}

/// `POST /token-exchange-profiles`.
pub(crate) async fn create(
    State(world): State<Arc<World>>,
    presented: Presented,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ManagementError> {
    access::require(&world, &presented, &["create:token_exchange_profiles"])?;
    let types: &Schema = &[("action_id", Type::Text), ("type", Type::Word(&["custom_authentication"]))];
    let required = ["name", "subject_token_type", "action_id", "type"];
    let mut sent = body::read(&presented.headers, &body, &[MEMBERS, types].concat(), &required)?;
    check(&sent)?;
    let mut state = world.state();
    free(&state, &sent, "")?;
    let action = actions::find(&mut state, text(&sent, "action_id"))?;
    if action.get("deployed_version").is_none() {
        return Err(ManagementError::rule("The action must be deployed"));
    }
    let code = text(action, "code");
    let subject_audience = code.split_once(AUDIENCE_LINE).and_then(|(_, rest)| rest.split_once('"'));
    let subject_audience = subject_audience.map(|(audience, _)| audience.to_owned()).unwrap_or_default();
    let subject_token_type = text(&sent, "subject_token_type").to_owned();
    sent.insert("id".to_owned(), format!("tep_{}", random_id(16)).into());
    // What the seed has under this name is replaced.
    state.directory.token_exchange_profiles.retain(|known| known.subject_token_type != subject_token_type);
    state.directory.token_exchange_profiles.push(ExchangeProfile { subject_token_type, subject_audience });
    state.management.profiles.push(sent.clone());
    Ok((StatusCode::CREATED, Json(Value::Object(sent))))
}

/// `PATCH /token-exchange-profiles/{id}`: 204.
pub(crate) async fn update(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, ManagementError> {
    access::require(&world, &presented, &["update:token_exchange_profiles"])?;
    let sent = body::read(&presented.headers, &body, MEMBERS, &[])?;
    check(&sent)?;
    let mut state = world.state();
    let before = text(find(&mut state, &id)?, "subject_token_type").to_owned();
    free(&state, &sent, &id)?;
    if sent.contains_key("subject_token_type") {
        let known = state.directory.token_exchange_profiles.iter_mut();
        for profile in known.filter(|profile| profile.subject_token_type == before) {
            text(&sent, "subject_token_type").clone_into(&mut profile.subject_token_type);
        }
    }
    find(&mut state, &id)?.extend(sent);
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /token-exchange-profiles/{id}`.
pub(crate) async fn remove(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<StatusCode, ManagementError> {
    access::require(&world, &presented, &["delete:token_exchange_profiles"])?;
    let mut state = world.state();
    let kind = text(find(&mut state, &id)?, "subject_token_type").to_owned();
    state.directory.token_exchange_profiles.retain(|known| known.subject_token_type != kind);
    state.management.profiles.retain(|profile| text(profile, "id") != id);
    Ok(StatusCode::NO_CONTENT)
}

fn find<'a>(state: &'a mut crate::world::State, id: &str) -> Result<&'a mut Members, ManagementError> {
    let found = state.management.profiles.iter_mut().find(|profile| text(profile, "id") == id);
    let missing = || ManagementError::missing("inexistent_token_exchange_profile", "The profile does not exist");
    found.ok_or_else(missing)
}

fn check(sent: &Members) -> Result<(), ManagementError> {
    if !sent.contains_key("subject_token_type") {
        return Ok(());
    }
    let kind = text(sent, "subject_token_type");
    let uri = Url::parse(kind).is_ok_and(|url| matches!(url.scheme(), "https" | "urn"));
    if !uri || RESERVED.iter().any(|reserved| kind.starts_with(reserved)) {
        return Err(ManagementError::body(
            "subject_token_type must be an https or urn URI outside of reserved namespaces",
        ));
    }
    Ok(())
}

fn free(state: &crate::world::State, sent: &Members, id: &str) -> Result<(), ManagementError> {
    let kind = text(sent, "subject_token_type");
    let taken = |profile: &Members| text(profile, "subject_token_type") == kind && text(profile, "id") != id;
    if state.management.profiles.iter().any(taken) {
        let message = "A profile with the same subject_token_type already exists";
        return Err(ManagementError::conflict("token_exchange_profile_conflict", message));
    }
    Ok(())
}
