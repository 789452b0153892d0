use deputy_http::{BuildRequest, ReadResponse, Request, Response, Secret, retry_after};
use serde::Deserialize;

use super::error::ApiError;

/// A client of Auth0 FGA, or of another issuer that gives tokens for OpenFGA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCredentials {
    /// `https://auth.fga.dev/oauth/token`
    pub token_url: String,
    /// `https://api.us1.fga.dev/`, with the slash at its end.
    pub audience: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
}

/// RFC 6749, 4.4.2, with Auth0's `audience`.
pub fn token_request(client: &ClientCredentials) -> Request {
    deputy_http::post(&client.token_url).header("accept", "application/json").form([
        ("grant_type", "client_credentials"),
        ("client_id", client.client_id.as_str()),
        ("client_secret", client.client_secret.expose()),
        ("audience", client.audience.as_str()),
    ])
}

/// A token for the service. One serves every call until it ends, of every user: it says who the client is, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The token.
    pub token: Secret,
    /// Until when it is used, milliseconds since the epoch: a little before its end.
    pub usable_until: u64,
}

impl AccessToken {
    /// Whether a call may be made with it.
    pub fn is_usable(&self, now_ms: u64) -> bool {
        now_ms < self.usable_until
    }
}

/// RFC 6749, 4.4.3 and 5.2. `now_ms` is the time the answer came.
pub fn token_response(response: &Response, now_ms: u64) -> Result<AccessToken, ApiError> {
    const LONGEST_SECONDS: u64 = 366 * 86_400;
    const LONGEST_MARGIN_SECONDS: u64 = 60;
    let status = response.status().as_u16();
    let retry_at = retry_after(response, now_ms);
    match status {
        200..300 => {}
        429 => return Err(ApiError::RateLimited { retry_at }),
        500.. => return Err(ApiError::Down { status: Some(status), retry_at }),
        _ => return Err(ApiError::CredentialsRefused { error: refusal(response) }),
    }
    let body: Body = response.json()?;
    let token =
        body.access_token.filter(|token| !token.is_empty()).ok_or(ApiError::Malformed { field: "access_token" })?;
    let lifetime = body
        .expires_in
        .filter(|seconds| (1..=LONGEST_SECONDS).contains(seconds))
        .ok_or(ApiError::Malformed { field: "expires_in" })?;
    // A tenth, so that a token of a few seconds is used at all.
    let used = lifetime.saturating_sub(LONGEST_MARGIN_SECONDS.min(lifetime.div_ceil(10)));
    Ok(AccessToken { token, usable_until: now_ms.saturating_add(used.saturating_mul(1000)) })
}

/// `error` of the answer, if it is one that a specification could have.
fn refusal(response: &Response) -> String {
    const LONGEST: usize = 60;
    let body: Refusal = response.json().unwrap_or_default();
    let is_code = |error: &String| {
        (1..=LONGEST).contains(&error.len()) && error.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    body.error.filter(is_code).unwrap_or_else(|| "unknown".to_owned())
}

#[derive(Deserialize)]
struct Body {
    access_token: Option<Secret>,
    expires_in: Option<u64>,
}

#[derive(Deserialize, Default)]
struct Refusal {
    error: Option<String>,
}
