//! What users would do: answer approvals, activate devices, end sessions.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Form, Json,
    body::Bytes,
    extract::{FromRequest, Path, Request, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{ControlError, read};
use crate::{
    tenant::logout_token::{self, LogoutFault},
    world::{ApprovalDecision, TenantSession, World, random_id},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    decision: ApprovalDecision,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceDecision {
    user_id: String,
    decision: ApprovalDecision,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sessions {
    user_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogoutOrder {
    client_id: String,
    user_id: String,
    sid: String,
    fault: Option<LogoutFault>,
    /// A token to send again.
    token: Option<String>,
}

/// `POST /approvals/{id}` with `{"decision": "approve" | "deny" | "ignore"}`, or the same as a form of the page.
pub(crate) async fn decide(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ControlError> {
    let form = is_form(request.headers());
    let decision = if form {
        let Form(fields) = Form::<HashMap<String, String>>::from_request(request, &())
            .await
            .map_err(|error| ControlError::bad_request(error.to_string()))?;
        read::<Decision>(json!(fields).to_string().as_bytes())?
    } else {
        let body =
            Bytes::from_request(request, &()).await.map_err(|error| ControlError::bad_request(error.to_string()))?;
        read::<Decision>(&body)?
    };
    let decided = world.decide_approval(&id, decision.decision);
    let decided = decided.ok_or_else(|| ControlError::not_found("There is no such open approval."))?;
    Ok(if form { Redirect::to("/").into_response() } else { Json(decided).into_response() })
}

/// `POST /devices/{user_code}`: as if the user had typed the code.
pub(crate) async fn decide_device(
    State(world): State<Arc<World>>,
    Path(user_code): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let wanted: DeviceDecision = read(&body)?;
    world.user(&wanted.user_id).ok_or_else(|| ControlError::not_found("There is no such user."))?;
    let decided = world.decide_device(&user_code, &wanted.user_id, &random_id(24), wanted.decision);
    decided.ok_or_else(|| ControlError::not_found("There is no such open device."))?;
    Ok(Json(json!({ "ok": true })))
}

/// `POST /sessions/end`: the user's sessions at the tenant end, and their applications are told.
pub(crate) async fn end_sessions(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let wanted: Sessions = read(&body)?;
    let ended: Vec<TenantSession> = {
        let mut state = world.state();
        let of_user = |session: &TenantSession| session.user_id == wanted.user_id;
        let ended = state.logins.sessions.values().filter(|session| of_user(session)).cloned().collect();
        state.logins.sessions.retain(|_, session| !of_user(session));
        ended
    };
    for session in &ended {
        logout_token::session_ended(&world, session);
    }
    Ok(Json(json!({ "ended": ended.len() })))
}

/// `POST /logout-tokens`: makes a logout token, good or with one thing wrong, sends it to the client's addresses and gives the
/// token and the answers.
pub(crate) async fn logout_token(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let order: LogoutOrder = read(&body)?;
    let urls = world.state().directory.client(&order.client_id).map(|client| client.backchannel_logout_urls.clone());
    let urls = urls.ok_or_else(|| ControlError::not_found("There is no such client."))?;
    let made = || logout_token::token(&world, &order.client_id, &order.sid, &order.user_id, order.fault);
    let token = order
        .token
        .clone()
        .map_or_else(made, Ok)
        .map_err(|error| ControlError::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", error.to_string()))?;
    let mut deliveries = Vec::new();
    for url in urls {
        let sent = Ok(token.clone());
        deliveries.push(logout_token::deliver(&world, &order.client_id, &order.sid, &order.user_id, &url, sent).await);
    }
    Ok(Json(json!({ "logout_token": token, "deliveries": deliveries })))
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.starts_with("application/x-www-form-urlencoded")
}
