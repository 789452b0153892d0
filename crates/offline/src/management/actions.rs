//! Actions: `/api/v2/actions/actions`. The tenant runs none; it builds them as slowly as Auth0, so that a deployment has to wait.

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
    body::{self, Schema, Type, text},
    error::ManagementError,
    paging::{Listing, Paging},
};
use crate::{
    tenant::Presented,
    world::{Members, World, random_id},
};

const MEMBERS: &Schema = &[
    ("name", Type::Text),
    ("supported_triggers", Type::List),
    ("code", Type::Text),
    ("dependencies", Type::List),
    ("runtime", Type::Word(&["node18", "node22"])),
    ("secrets", Type::List),
];
const TRIGGERS: [&str; 3] = ["custom-token-exchange", "post-login", "credentials-exchange"];

/// `GET /actions/actions`.
pub(crate) async fn list(
    State(world): State<Arc<World>>,
    presented: Presented,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["read:actions"])?;
    let more = ["triggerId", "actionName", "deployed", "installed"];
    let listing = Listing::read(query.as_deref(), Paging::NumbersInObject, &more)?;
    let wanted = |action: &&Members| listing.get("actionName").is_none_or(|name| text(action, "name") == name);
    let state = world.state();
    listing.answer("actions", state.management.actions.iter().filter(wanted).cloned().map(Value::Object).collect())
}

/// `GET /actions/actions/{id}`. An action that was pending is built by the next question.
pub(crate) async fn read(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["read:actions"])?;
    let mut state = world.state();
    let action = find(&mut state, &id)?;
    let shown = Value::Object(action.clone());
    action.insert("status".to_owned(), "built".into());
    Ok(Json(shown))
}

/// `POST /actions/actions`.
pub(crate) async fn create(
    State(world): State<Arc<World>>,
    presented: Presented,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ManagementError> {
    access::require(&world, &presented, &["create:actions"])?;
    let mut sent = body::read(&presented.headers, &body, MEMBERS, &["name", "supported_triggers"])?;
    check(&sent)?;
    let mut state = world.state();
    if state.management.actions.iter().any(|action| action.get("name") == sent.get("name")) {
        return Err(ManagementError::conflict("action_conflict", "An action with the same name already exists"));
    }
    sent.insert("id".to_owned(), format!("act_{}", random_id(16)).into());
    changed(&mut sent);
    state.management.actions.push(sent.clone());
    Ok((StatusCode::CREATED, Json(Value::Object(sent))))
}

/// `PATCH /actions/actions/{id}`: what is deployed stays until the next deployment.
pub(crate) async fn update(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["update:actions"])?;
    let sent = body::read(&presented.headers, &body, MEMBERS, &[])?;
    check(&sent)?;
    let mut state = world.state();
    let action = find(&mut state, &id)?;
    action.extend(sent);
    changed(action);
    Ok(Json(Value::Object(action.clone())))
}

/// `POST /actions/actions/{id}/deploy`: 202; 400 while it is being built.
pub(crate) async fn deploy(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Value>), ManagementError> {
    access::require(&world, &presented, &["create:actions"])?;
    let mut state = world.state();
    let action = find(&mut state, &id)?;
    if text(action, "status") != "built" {
        let message = "An action must be in the 'built' state in order to be deployed";
        return Err(ManagementError::rule(message));
    }
    action.insert("all_changes_deployed".to_owned(), true.into());
    let version = json!({ "code": text(action, "code"), "deployed": true, "status": "built" });
    action.insert("deployed_version".to_owned(), version.clone());
    Ok((StatusCode::ACCEPTED, Json(version)))
}

/// `DELETE /actions/actions/{id}`: 409 while a token exchange profile has it.
pub(crate) async fn remove(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<StatusCode, ManagementError> {
    access::require(&world, &presented, &["delete:actions"])?;
    let mut state = world.state();
    find(&mut state, &id)?;
    if state.management.profiles.iter().any(|profile| text(profile, "action_id") == id) {
        return Err(ManagementError::conflict("action_in_use", "The action is bound to a token exchange profile"));
    }
    state.management.actions.retain(|action| text(action, "id") != id);
    Ok(StatusCode::NO_CONTENT)
}

/// The action with this id.
pub(crate) fn find<'a>(state: &'a mut crate::world::State, id: &str) -> Result<&'a mut Members, ManagementError> {
    let found = state.management.actions.iter_mut().find(|action| text(action, "id") == id);
    found.ok_or_else(|| ManagementError::missing("inexistent_action", "The action does not exist"))
}

fn check(sent: &Members) -> Result<(), ManagementError> {
    for trigger in sent.get("supported_triggers").and_then(Value::as_array).into_iter().flatten() {
        let members = trigger.as_object().ok_or_else(|| ManagementError::body("A trigger is an object"))?;
        body::check(members, &[("id", Type::Word(&TRIGGERS)), ("version", Type::Text)])?;
    }
    Ok(())
}

fn changed(action: &mut Members) {
    action.insert("status".to_owned(), "pending".into());
    action.insert("all_changes_deployed".to_owned(), false.into());
}
