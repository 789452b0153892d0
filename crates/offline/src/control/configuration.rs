//! Changes to the tenant's configuration until the next reset: members of the JSON replace those of the record.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::error::{ControlError, read};
use crate::world::{FgaAccess, World};

/// `PATCH /policies`.
pub(crate) async fn policies(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let mut state = world.state();
    merge(&mut state.directory.policies, read(&body)?)
}

/// `PATCH /fga`: what callers of the FGA service have to show.
pub(crate) async fn fga(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Changes {
        access: FgaAccess,
    }
    let Changes { access } = read(&body)?;
    world.state().fga.access = access;
    Ok(Json(json!(Changes { access })))
}

/// `PATCH /clients/{id}`.
pub(crate) async fn client(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut state = world.state();
    let client = state.directory.clients.iter_mut().find(|client| client.client_id == id);
    merge(client.ok_or_else(|| ControlError::not_found("There is no such client."))?, read(&body)?)
}

/// `PATCH /connections/{name}`.
pub(crate) async fn connection(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut state = world.state();
    let connection = state.directory.connections.iter_mut().find(|connection| connection.name == name);
    merge(connection.ok_or_else(|| ControlError::not_found("There is no such connection."))?, read(&body)?)
}

/// `PATCH /apis/{identifier}`.
pub(crate) async fn api(
    State(world): State<Arc<World>>,
    Path(identifier): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut state = world.state();
    let api = state.directory.apis.iter_mut().find(|api| api.identifier == identifier);
    merge(api.ok_or_else(no_api)?, read(&body)?)
}

/// `DELETE /apis/{identifier}`: it was never registered, or not activated.
pub(crate) async fn remove_api(
    State(world): State<Arc<World>>,
    Path(identifier): Path<String>,
) -> Result<Json<Value>, ControlError> {
    let mut state = world.state();
    let before = state.directory.apis.len();
    state.directory.apis.retain(|api| api.identifier != identifier);
    if state.directory.apis.len() == before { Err(no_api()) } else { Ok(Json(json!({ "ok": true }))) }
}

fn no_api() -> ControlError {
    ControlError::not_found("There is no such API.")
}

fn merge<T: Serialize + DeserializeOwned>(
    record: &mut T,
    changes: Map<String, Value>,
) -> Result<Json<Value>, ControlError> {
    let mut value = json!(record);
    let members = value.as_object_mut().ok_or_else(|| ControlError::bad_request("The record is not an object."))?;
    for (name, change) in changes {
        // A misspelt name would otherwise change nothing and say nothing.
        if !members.contains_key(&name) {
            return Err(ControlError::bad_request(format!("There is no member {name}.")));
        }
        members.insert(name, change);
    }
    *record = serde_json::from_value(value.clone()).map_err(|error| ControlError::bad_request(error.to_string()))?;
    Ok(Json(value))
}
