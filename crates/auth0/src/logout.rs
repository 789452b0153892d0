use deputy_http::{Request, Response, Secret, append_query};

use crate::oauth_error::{OAuthError, retry_at};
use crate::token::TokenError;
use crate::{Misconfiguration, Tenant};

/// Where to send the browser to end the session at the tenant too (OpenID Connect RP-Initiated Logout 1.0, 2), or
/// Auth0's older `/v2/logout` if the tenant has that endpoint switched off. `logout_hint` is the `sid` of the session.
/// An ID token never travels in the URL.
pub fn logout_url(tenant: &Tenant, post_logout_redirect_uri: &str, logout_hint: Option<&str>) -> String {
    let client_id = ("client_id", tenant.client.client_id.as_str());
    match &tenant.endpoints.end_session {
        Some(end_session) => {
            let hint = logout_hint.map(|hint| ("logout_hint", hint));
            let pairs = [("post_logout_redirect_uri", post_logout_redirect_uri), client_id];
            append_query(end_session, pairs.into_iter().chain(hint))
        }
        None => append_query(&tenant.issuer.url("v2/logout"), [("returnTo", post_logout_redirect_uri), client_id]),
    }
}

/// RFC 7009, 2.1: ends a refresh token (S-16).
pub fn revoke_request(tenant: &Tenant, refresh_token: &Secret) -> Request {
    let mut pairs = vec![("token", refresh_token.expose()), ("token_type_hint", "refresh_token")];
    tenant.client.authenticate(&mut pairs);
    Request::post(&tenant.endpoints.revocation).header("accept", "application/json").form(pairs)
}

/// RFC 7009, 2.2: 200 also for a token that was not good any more.
pub fn revoke_response(response: Response, now_ms: u64) -> Result<(), TokenError> {
    if response.is_success() {
        return Ok(());
    }
    let error = OAuthError::from_response(&response);
    Err(match (response.status, error.error.as_str()) {
        (429, _) => TokenError::RateLimited { retry_at: retry_at(&response, now_ms) },
        (500.., _) => TokenError::TenantDown { status: Some(response.status) },
        (_, "invalid_client") => TokenError::InvalidClient,
        _ => TokenError::Misconfigured(Misconfiguration::from_oauth(&error)),
    })
}
