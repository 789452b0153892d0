//! The tokens issued: every one of them, to look at, revoke or expire.

use std::sync::Arc;

use axum::{Json, body::Bytes, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{ControlError, read};
use crate::world::World;

/// Which tokens a change is for: one by its text, or all provider tokens of a user and connection.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Selection {
    token: Option<String>,
    user_id: Option<String>,
    connection: Option<String>,
}

/// `GET /tokens`.
pub(crate) async fn list(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!(world.tokens()))
}

/// `POST /tokens/revoke`: the tokens are refused from now on. By connection, the provider also withdraws its refresh
/// token, so that the vault gets no new one.
pub(crate) async fn revoke(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let selection: Selection = read(&body)?;
    let changed = selected(&world, &selection)?;
    for token in &changed {
        world.revoke_token(token);
    }
    if selection.token.is_none() {
        for account in &mut world.state().accounts {
            account.revoked |= fits(selection.user_id.as_ref(), &account.user_id)
                && fits(selection.connection.as_ref(), &account.connection);
        }
    }
    Ok(Json(json!({ "changed": changed.len() })))
}

/// `POST /tokens/expire`: the tokens expire now.
pub(crate) async fn expire(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let changed = selected(&world, &read(&body)?)?;
    for token in &changed {
        world.expire_token(token);
    }
    Ok(Json(json!({ "changed": changed.len() })))
}

fn selected(world: &World, selection: &Selection) -> Result<Vec<String>, ControlError> {
    match selection {
        Selection { token: Some(token), user_id: None, connection: None } => {
            let known = world.state().tokens.find(token).is_some();
            if known { Ok(vec![token.clone()]) } else { Err(ControlError::not_found("This token was never issued.")) }
        }
        Selection { token: None, user_id, connection } if user_id.is_some() || connection.is_some() => Ok(world
            .tokens()
            .into_iter()
            .filter(|issued| {
                issued.provider.as_ref().is_some_and(|grant| {
                    fits(user_id.as_ref(), &grant.user_id) && fits(connection.as_ref(), &grant.connection)
                })
            })
            .map(|issued| issued.token)
            .collect()),
        _ => Err(ControlError::bad_request("Name a token, or a user_id and/or a connection.")),
    }
}

fn fits(wanted: Option<&String>, found: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == found)
}
