//! Grants that poll for a user's answer: backchannel authentication (CIBA 10.1) and device code (RFC 8628 3.4).

use axum::http::StatusCode;
use serde_json::Value;

use super::issue::{self, Binding, Issue};
use crate::{
    tenant::{OAuthError, parameters::Parameters},
    world::{ApprovalState, Client, Polling, World, random_id},
};

const PENDING: &str = "The end-user authorization is pending";
const DENIED: &str = "The end-user denied the authorization request or it has been expired";

/// Statuses of the four answers that are no tokens: Auth0 gives other ones for devices than for backchannel requests.
struct Statuses {
    pending: StatusCode,
    slow_down: StatusCode,
    over: StatusCode,
}

const BACKCHANNEL: Statuses =
    Statuses { pending: StatusCode::BAD_REQUEST, slow_down: StatusCode::BAD_REQUEST, over: StatusCode::BAD_REQUEST };
const DEVICE: Statuses =
    Statuses { pending: StatusCode::FORBIDDEN, slow_down: StatusCode::TOO_MANY_REQUESTS, over: StatusCode::FORBIDDEN };

/// The tokens of an approved backchannel request, once.
///
/// # Errors
/// `authorization_pending`, `slow_down` with `Retry-After`, `access_denied`, `expired_token`, `invalid_grant`.
pub(crate) fn backchannel(
    world: &World,
    client: &Client,
    parameters: &Parameters,
    binding: Binding,
) -> Result<Value, OAuthError> {
    let id = parameters.required("auth_req_id")?;
    let now = world.now_ms();
    let request = {
        let mut state = world.state();
        let request = state.approvals.backchannel.iter_mut().find(|request| request.auth_req_id == id);
        let request = request.filter(|request| request.client_id == client.client_id).ok_or_else(unknown)?;
        answered(&mut request.polling, &mut request.state, request.expires_at, now, &BACKCHANNEL)?;
        request.clone()
    };
    let details = Some(request.authorization_details).filter(|details| !details.is_empty()).map(Value::from);
    let binding = Binding { authorization_details: details, ..binding };
    issue_for(world, client, &request.user_id, random_id(24), (request.audience, request.scope), binding)
}

/// The tokens of an activated device, once.
///
/// # Errors
/// As [`backchannel`], with the statuses Auth0 documents for devices.
pub(crate) fn device(
    world: &World,
    client: &Client,
    parameters: &Parameters,
    binding: Binding,
) -> Result<Value, OAuthError> {
    let code = parameters.required("device_code")?;
    let now = world.now_ms();
    let request = {
        let mut state = world.state();
        let request = state.approvals.devices.iter_mut().find(|request| request.device_code == code);
        let request = request.filter(|request| request.client_id == client.client_id).ok_or_else(unknown)?;
        answered(&mut request.polling, &mut request.state, request.expires_at, now, &DEVICE)?;
        request.clone()
    };
    let (user_id, sid) = (request.user_id.ok_or_else(unknown)?, request.sid.ok_or_else(unknown)?);
    issue_for(world, client, &user_id, sid, (request.audience, request.scope), binding)
}

/// Whether the user agreed; then the request is spent.
fn answered(
    polling: &mut Polling,
    state: &mut ApprovalState,
    expires_at: u64,
    now: u64,
    statuses: &Statuses,
) -> Result<(), OAuthError> {
    if *state == ApprovalState::Used {
        return Err(unknown());
    }
    if *state == ApprovalState::Denied {
        return Err(OAuthError::new(statuses.over, "access_denied", DENIED));
    }
    if expires_at <= now {
        return Err(OAuthError::new(statuses.over, "expired_token", "The request has expired"));
    }
    if let Err(seconds) = polling.poll(now) {
        let sentence = format!("You are polling faster than allowed. Try again in {seconds} seconds.");
        let error = OAuthError::new(statuses.slow_down, "slow_down", sentence);
        return Err(error.with("interval", seconds).header("retry-after", seconds.to_string()));
    }
    if *state != ApprovalState::Approved {
        return Err(OAuthError::new(statuses.pending, "authorization_pending", PENDING));
    }
    *state = ApprovalState::Used;
    Ok(())
}

fn issue_for(
    world: &World,
    client: &Client,
    user_id: &str,
    sid: String,
    (audience, scope): (Option<String>, Vec<String>),
    binding: Binding,
) -> Result<Value, OAuthError> {
    let user = world.user(user_id).ok_or_else(unknown)?;
    issue::for_user(
        world,
        &Issue {
            client,
            user: &user,
            sid,
            family: random_id(16),
            auth_time: world.now_ms(),
            auth_time_wanted: false,
            second_factor: false,
            nonce: None,
            login_audience: audience.clone(),
            audience,
            login_scopes: scope.clone(),
            requested: scope,
            refresh_token: true,
            binding,
        },
    )
}

fn unknown() -> OAuthError {
    OAuthError::new(StatusCode::FORBIDDEN, "invalid_grant", "Invalid or used request.")
}
