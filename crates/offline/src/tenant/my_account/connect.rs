//! `POST /connected-accounts/connect`: begins the Connected Accounts flow.

use std::sync::Arc;

use axum::{Json, body::Bytes, extract::State, http::StatusCode};
use serde_json::{Value, json};

use super::{access, error::ApiError, input::Input};
use crate::tenant::presented::Presented;
use crate::world::{AttemptState, ConnectAttempt, World, random_id};

/// How long the whole flow may take.
const LIFETIME_MS: u64 = 300_000;
const KNOWN: [&str; 7] = [
    "connection",
    "redirect_uri",
    "state",
    "code_challenge",
    "code_challenge_method",
    "scopes",
    "authorization_params",
];

/// Handles the call: 201 `{connect_uri, auth_session, connect_params: {ticket}, expires_in}`.
pub(crate) async fn connect(
    State(world): State<Arc<World>>,
    presented: Presented,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let caller = access::require(&world, &presented, access::CREATE)?;
    let mut input = Input::read(&presented.headers, &body, &KNOWN)?;
    let name = input.required("connection", 1, 128);
    let redirect_uri = input.required_uri("redirect_uri");
    let state_parameter = input.text("state", 1, 4096);
    let code_challenge = input.text("code_challenge", 43, 128);
    let method = input.text("code_challenge_method", 1, 128);
    let scopes = input.scopes("scopes");
    let authorization_params = input.object("authorization_params").unwrap_or_default();
    if code_challenge.is_some() != method.is_some() || method.as_deref().is_some_and(|method| method != "S256") {
        input.problem("code_challenge_method", "must be S256 and accompany a code_challenge");
    }
    input.finish()?;
    let now = world.now_ms();
    let mut state = world.state();
    let client = state.directory.client(&caller.client_id).cloned();
    let client = client.ok_or_else(|| ApiError::new(StatusCode::UNAUTHORIZED, "The application is gone."))?;
    if !client.callbacks.contains(&redirect_uri) {
        return Err(ApiError::validation(&[("redirect_uri".to_owned(), "is not an allowed callback URL".to_owned())]));
    }
    let connection = state.directory.connection(&name).filter(|_| client.offers(&name)).cloned();
    let connection = connection.ok_or_else(|| ApiError::new(StatusCode::NOT_FOUND, "Connection not found."))?;
    if !connection.connected_accounts {
        return Err(ApiError::bad_request("Connected Accounts is not enabled for the connection."));
    }
    // 36 characters, 64 allowed.
    let auth_session = random_id(27);
    let ticket = random_id(24);
    state.attempts.retain(|attempt| attempt.expires_at > now);
    state.attempts.push(ConnectAttempt {
        auth_session: auth_session.clone(),
        ticket: ticket.clone(),
        client_id: client.client_id,
        user_id: caller.subject,
        connection: name,
        scopes: scopes.unwrap_or(connection.scopes),
        redirect_uri,
        state_parameter,
        code_challenge,
        authorization_params,
        expires_at: now.saturating_add(LIFETIME_MS),
        state: AttemptState::Started,
    });
    let answer = json!({
        "connect_uri": format!("{}connected-accounts/connect", world.options().issuer),
        "auth_session": auth_session,
        "connect_params": { "ticket": ticket },
        "expires_in": LIFETIME_MS / 1000,
    });
    Ok((StatusCode::CREATED, Json(answer)))
}
