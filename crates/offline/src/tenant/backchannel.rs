//! The backchannel authentication endpoint (CIBA Core 7.1) with rich authorization requests (RFC 9396).

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{OAuthError, authorization_details, parameters::Parameters, token};
use crate::world::{
    ApprovalChannel, ApprovalRequest, ApprovalState, Client, Polling, User, World, random_hex, random_id,
};

/// Lifetime of a request that names none, in seconds.
const DEFAULT_EXPIRY: u64 = 300;
/// Longer requests go by e-mail.
const LONGEST_PUSH: u64 = 300;
const LONGEST_EXPIRY: u64 = 259_200;
const LONGEST_MESSAGE: usize = 64;

/// `POST /bc-authorize`: 200 with the `auth_req_id`.
///
/// # Errors
/// 401 `invalid_client`, 403 `unauthorized_client`; everything else is a 400, as Auth0 documents no other status.
pub(crate) async fn authorize(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let parameters = Parameters::from_form(&headers, &body)?;
    let client = token::client_auth::authenticate(&world, &headers, &parameters)?;
    let confidential = client.client_secret.is_some() || !client.public_keys.is_empty();
    if !client.may_use(token::GRANT_CIBA) || !confidential || !client.is_first_party {
        return Err(OAuthError::unauthorized_client("The client may not use backchannel authentication."));
    }
    let request = read(&world, &client, &parameters).map_err(OAuthError::as_bad_request)?;
    let now = request.created_at;
    spared(&world, &request)?;
    let answer = json!({
        "auth_req_id": request.auth_req_id,
        "expires_in": request.expires_at.saturating_sub(now) / 1000,
        "interval": request.polling.interval,
    });
    world.state().approvals.backchannel.push(request);
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

fn read(world: &World, client: &Client, parameters: &Parameters) -> Result<ApprovalRequest, OAuthError> {
    let bad = OAuthError::invalid_request;
    let scope = parameters.scopes();
    if !scope.iter().any(|scope| scope == "openid") {
        return Err(bad("scope must contain openid."));
    }
    let user = hinted_user(world, parameters.required("login_hint")?)?;
    let binding_message = parameters.required("binding_message")?;
    let strict = world.state().directory.policies.strict_binding_message;
    check_message(binding_message, strict)?;
    let expiry = match parameters.get("requested_expiry").or_else(|| parameters.get("request_expiry")) {
        None => DEFAULT_EXPIRY,
        Some(text) => text
            .parse()
            .ok()
            .filter(|seconds| (1..=LONGEST_EXPIRY).contains(seconds))
            .ok_or_else(|| bad("requested_expiry must be between 1 and 259200 seconds."))?,
    };
    let channel = channel(client, &user, expiry)?;
    let audience = parameters.audience(world);
    let api = token::api(world, audience.as_deref()).map_err(|_| {
        let sentence = format!("Service not enabled within domain: {}", audience.as_deref().unwrap_or_default());
        OAuthError::invalid_request(&sentence)
    })?;
    let details = authorization_details::read(parameters.get("authorization_details"), api.as_ref())?;
    let interval = world.state().directory.policies.polling_interval;
    let now = world.now_ms();
    Ok(ApprovalRequest {
        id: random_hex(8),
        auth_req_id: random_id(32),
        client_id: client.client_id.clone(),
        user_id: user.user_id,
        audience,
        scope,
        binding_message: binding_message.to_owned(),
        authorization_details: details,
        channel,
        created_at: now,
        expires_at: now.saturating_add(expiry.saturating_mul(1000)),
        state: ApprovalState::Pending,
        polling: Polling::every(interval),
    })
}

/// A user is asked a few times a minute at most, whoever asks.
fn spared(world: &World, request: &ApprovalRequest) -> Result<(), OAuthError> {
    let state = world.state();
    let since = request.created_at.saturating_sub(60_000);
    let recent = |earlier: &&ApprovalRequest| earlier.user_id == request.user_id && earlier.created_at > since;
    let asked: Vec<&ApprovalRequest> = state.approvals.backchannel.iter().filter(recent).collect();
    if asked.len() < state.directory.policies.approvals_per_minute {
        return Ok(());
    }
    let wait = asked.first().map_or(60, |first| first.created_at.saturating_sub(since).div_ceil(1000).max(1));
    let error = OAuthError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too many requests for this user");
    Err(error.header("retry-after", wait.to_string()))
}

/// `{"format":"iss_sub","iss":…,"sub":…}`.
fn hinted_user(world: &World, hint: &str) -> Result<User, OAuthError> {
    let bad = OAuthError::invalid_request;
    let Ok(hint) = serde_json::from_str::<Value>(hint) else { return Err(bad("login_hint is not JSON.")) };
    let text = |name: &str| hint.get(name).and_then(Value::as_str);
    if text("format") != Some("iss_sub") || text("iss") != Some(world.options().issuer.as_str()) {
        return Err(bad("login_hint must have the format iss_sub and name this issuer."));
    }
    text("sub").and_then(|id| world.user(id)).ok_or_else(|| bad("Unknown user."))
}

/// The documented alphabet has no space, the documented example has; `strict` follows the alphabet.
fn check_message(message: &str, strict: bool) -> Result<(), OAuthError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+-_.,:#".contains(c) || (!strict && c == ' ');
    if message.chars().count() > LONGEST_MESSAGE || !message.chars().all(allowed) {
        let sentence = "binding_message may have 64 characters: letters, digits and +-_.,:# only.";
        return Err(OAuthError::invalid_request(sentence));
    }
    Ok(())
}

/// Push for short requests to enrolled users, else e-mail where the client has it switched on.
fn channel(client: &Client, user: &User, expiry: u64) -> Result<ApprovalChannel, OAuthError> {
    let has = |name: &str| client.async_approval_notification_channels.iter().any(|channel| channel == name);
    if expiry <= LONGEST_PUSH && user.enrolled && has("guardian-push") {
        return Ok(ApprovalChannel::GuardianPush);
    }
    if !has("email") {
        return Err(OAuthError::invalid_request("User does not have push notifications enabled"));
    }
    if !user.email_verified {
        return Err(OAuthError::invalid_request("The user's email is not verified"));
    }
    Ok(ApprovalChannel::Email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binding_messages_keep_to_their_alphabet() {
        assert!(check_message("Buy 3 GOOGL: 12.50 #7", false).is_ok());
        assert!(check_message("Buy 3 GOOGL", true).is_err());
        for bad in ["Buy? yes", "5 € please", "a\nb", &"x".repeat(65)] {
            assert!(check_message(bad, false).is_err(), "{bad}");
        }
    }
}
