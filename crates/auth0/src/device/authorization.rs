use deputy_http::{BuildRequest, ReadResponse, Request, Response, Secret};
use serde::Deserialize;
use serde_json::Value;

use crate::ciba::backchannel::{PendingAuthorization, first_interval};
use crate::ciba::poll_error::PollError;
use crate::oauth::authorization::LOGIN_SCOPE;
use crate::oauth::tenant::Tenant;
use crate::oauth::token::{TokenError, TokenSet, expires_at, refusal, token_request, token_response};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What the user is shown, and what the device waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceAuthorization {
    /// The code to compare, or to type in.
    pub user_code: String,
    /// Where to go with another browser.
    pub verification_uri: String,
    /// The same with the code in it, where the tenant has one.
    pub verification_uri_complete: Option<String>,
    /// The device code and the rules of polling, which CIBA (Core 1.0, 11) took over from this grant:
    /// [`PendingAuthorization::after`] says when to ask again.
    pub pending: PendingAuthorization,
}

/// RFC 8628, 3.1: begins a log-in with the scopes of every login, for the API of the tenant.
pub fn device_request(tenant: &Tenant) -> Request {
    let mut pairs = vec![("scope", LOGIN_SCOPE)];
    pairs.extend(tenant.audience.as_deref().map(|audience| ("audience", audience)));
    tenant.client.authenticate(&mut pairs);
    deputy_http::post(&tenant.endpoints.device_authorization).header("accept", "application/json").form(pairs)
}

/// RFC 8628, 3.2. `now_ms` is the time the answer came. The addresses are shown to the user, so they are of the tenant or `https`.
pub fn device_response(tenant: &Tenant, response: Response, now_ms: u64) -> Result<DeviceAuthorization, TokenError> {
    if !response.status().is_success() {
        return Err(refusal(&response, now_ms));
    }
    let malformed = |field| TokenError::Malformed { field };
    let body: Body = response.json().map_err(|_| malformed("body"))?;
    let shown = |uri: &String| tenant.issuer.trusts(uri) && uri.bytes().all(|byte| byte.is_ascii_graphic());
    Ok(DeviceAuthorization {
        user_code: body.user_code.filter(|code| is_code(code)).ok_or_else(|| malformed("user_code"))?,
        verification_uri: body.verification_uri.filter(shown).ok_or_else(|| malformed("verification_uri"))?,
        verification_uri_complete: body.verification_uri_complete.filter(shown),
        pending: PendingAuthorization {
            auth_req_id: body.device_code.filter(|code| !code.is_empty()).ok_or_else(|| malformed("device_code"))?,
            requested_at: now_ms,
            expires_at: expires_at(body.expires_in.as_ref(), now_ms).ok_or_else(|| malformed("expires_in"))?,
            interval_seconds: first_interval(body.interval.as_ref()),
        },
    })
}

/// RFC 8628, 3.4: asks once whether the user has confirmed the code.
pub fn device_token_request(tenant: &Tenant, device: &DeviceAuthorization) -> Request {
    let mut pairs = vec![("grant_type", GRANT), ("device_code", device.pending.auth_req_id.expose())];
    tenant.client.authenticate(&mut pairs);
    token_request(tenant, pairs)
}

/// RFC 8628, 3.5. `now_ms` is the time the answer came. A success that is none is asked for again, and then refused by the tenant:
/// it gives the tokens once.
pub fn device_token_response(
    response: Response,
    now_ms: u64,
    device: &DeviceAuthorization,
) -> Result<TokenSet, PollError> {
    let status = response.status();
    if !status.is_success() {
        return Err(PollError::from_response(&response, now_ms, &device.pending));
    }
    token_response(response, now_ms).map_err(|_| PollError::TenantDown { status: Some(status.as_u16()) })
}

#[derive(Deserialize)]
struct Body {
    device_code: Option<Secret>,
    user_code: Option<String>,
    verification_uri: Option<String>,
    verification_uri_complete: Option<String>,
    expires_in: Option<Value>,
    interval: Option<Value>,
}

/// Something to read out, in groups maybe (RFC 8628, 6.1): no control characters that would change what a terminal shows.
fn is_code(code: &str) -> bool {
    const LONGEST: usize = 64;
    (1..=LONGEST).contains(&code.len())
        && code.trim().len() == code.len()
        && code.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}
