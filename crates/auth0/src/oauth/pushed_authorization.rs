use deputy_http::{BuildRequest, ReadResponse, Request, Response, append_query};
use serde::Deserialize;
use serde_json::Value;

use crate::oauth::authorization::LoginInput;
use crate::oauth::authorization::{begin, code_challenge, parameters};
use crate::oauth::pushed_authorization_error::ParError;
use crate::oauth::tenant::Tenant;
use crate::oauth::token::expires_at;
use crate::oauth::transaction::LoginTransaction;
use crate::randomness::Randomness;

/// RFC 9126, 2.1: the authorization request of [`authorize`](crate::authorize), sent by us and under our client
/// authentication, so that no browser can read or change it; and what to remember, sealed, until the callback. Needs
/// a tenant that is [prepared](Tenant::prepared). The only error is [`ParError::NotSupported`].
pub fn par_request(
    tenant: &Tenant,
    input: &LoginInput,
    randomness: Randomness,
    now_ms: u64,
) -> Result<(Request, LoginTransaction), ParError> {
    let endpoint =
        tenant.endpoints.pushed_authorization_request.as_ref().ok_or(ParError::NotSupported { status: None })?;
    let transaction = begin(tenant, input, randomness, now_ms);
    let challenge = code_challenge(transaction.code_verifier.expose());
    let mut pairs = parameters(tenant, input, &transaction, &challenge);
    tenant.client.authenticate(&mut pairs);
    let request = deputy_http::post(endpoint).header("accept", "application/json").form(pairs);
    Ok((request, transaction))
}

/// A request that waits at the tenant for its browser. Good for one authorization request (RFC 9126, 4), so there is
/// no second one of it, and [`authorize_pushed`] takes it.
#[derive(Debug, PartialEq, Eq)]
pub struct PushedRequest {
    /// Reference to the request; no secret, it travels in a URL.
    pub request_uri: String,
    /// When the tenant forgets it, milliseconds since the epoch: on Auth0 after 30 seconds.
    pub expires_at: u64,
}

/// RFC 9126, 2.2 and 2.3. `now_ms` is the time the answer came.
pub fn par_response(response: Response, now_ms: u64) -> Result<PushedRequest, ParError> {
    const CREATED: u16 = 201;
    if !response.status().is_success() {
        return Err(ParError::from_response(&response, now_ms));
    }
    if response.status().as_u16() != CREATED {
        return Err(ParError::Malformed { field: "status" });
    }
    let body: Body = response.json().map_err(|_| ParError::Malformed { field: "body" })?;
    let request_uri = body.request_uri.filter(|uri| is_uri(uri)).ok_or(ParError::Malformed { field: "request_uri" })?;
    let expires_at = expires_at(body.expires_in.as_ref(), now_ms)
        .filter(|expires_at| *expires_at > now_ms)
        .ok_or(ParError::Malformed { field: "expires_in" })?;
    Ok(PushedRequest { request_uri, expires_at })
}

/// RFC 9126, 4: the URL to redirect to. It names the client and the pushed request, and nothing else.
pub fn authorize_pushed(tenant: &Tenant, pushed: PushedRequest) -> String {
    let pairs = [("client_id", tenant.client.client_id.as_str()), ("request_uri", pushed.request_uri.as_str())];
    append_query(&tenant.endpoints.authorization, pairs)
}

#[derive(Deserialize)]
struct Body {
    request_uri: Option<String>,
    expires_in: Option<Value>,
}

/// Something with a scheme that fits a URL of a redirect. RFC 9126, 2.2 leaves its form to the tenant.
fn is_uri(text: &str) -> bool {
    const LONGEST: usize = 2048;
    let has_scheme = text.split_once(':').is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty());
    has_scheme && text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic())
}
