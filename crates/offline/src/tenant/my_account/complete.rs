//! `POST /connected-accounts/complete`: ends the flow and fills the vault.

use std::sync::Arc;

use axum::{Json, body::Bytes, extract::State, http::StatusCode};
use serde_json::Value;

use super::{access, accounts, error::ApiError, input::Input};
use crate::tenant::presented::Presented;
use crate::{
    tenant::token::verifies,
    world::{AttemptState, ConnectedAccount, World, random_hex},
};

const KNOWN: [&str; 4] = ["auth_session", "connect_code", "redirect_uri", "code_verifier"];

/// Handles the call: 201 with the connected account.
pub(crate) async fn complete(
    State(world): State<Arc<World>>,
    presented: Presented,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let caller = access::require(&world, &presented, access::CREATE)?;
    let mut input = Input::read(&presented.headers, &body, &KNOWN)?;
    let auth_session = input.required("auth_session", 1, 64);
    let given_code = input.required("connect_code", 1, 46);
    let redirect_uri = input.required_uri("redirect_uri");
    let code_verifier = input.text("code_verifier", 43, 128);
    input.finish()?;
    let now = world.now_ms();
    let mut state = world.state();
    let invalid = || ApiError::bad_request("Invalid or expired auth_session.");
    let attempt = state.attempts.iter_mut().find(|attempt| attempt.auth_session == auth_session).ok_or_else(invalid)?;
    // Another user's or application's session is treated like an unknown one.
    if attempt.user_id != caller.subject || attempt.client_id != caller.client_id || attempt.expires_at <= now {
        return Err(invalid());
    }
    let (account, scopes) = match &attempt.state {
        AttemptState::Connected { connect_code, account, scopes } if *connect_code == given_code => {
            (account.clone(), scopes.clone())
        }
        AttemptState::Over => {
            return Err(ApiError::new(
                StatusCode::CONFLICT,
                "The connect_code was used already or the request is over.",
            ));
        }
        _ => return Err(ApiError::bad_request("Invalid connect_code.")),
    };
    if attempt.redirect_uri != redirect_uri {
        return Err(ApiError::bad_request("redirect_uri does not match the one of the connect request."));
    }
    match (&attempt.code_challenge, &code_verifier) {
        (Some(challenge), Some(verifier)) if verifies(challenge, verifier) => {}
        (None, None) => {}
        _ => return Err(ApiError::bad_request("Failed to verify code verifier.")),
    }
    attempt.state = AttemptState::Over;
    let connected = ConnectedAccount {
        id: format!("cac_{}", random_hex(11)),
        user_id: caller.subject,
        connection: attempt.connection.clone(),
        account,
        scopes,
        created_at: now,
        updated_at: now,
        revoked: false,
    };
    let stored = match state.accounts.iter_mut().find(|known| {
        known.user_id == connected.user_id
            && known.connection == connected.connection
            && known.account == connected.account
    }) {
        // The same account again: the new token set replaces the old one, the scopes with it.
        Some(known) => {
            known.scopes = connected.scopes;
            known.updated_at = now;
            known.revoked = false;
            known.clone()
        }
        None => {
            state.accounts.push(connected.clone());
            connected
        }
    };
    Ok((StatusCode::CREATED, Json(accounts::view(&stored))))
}
