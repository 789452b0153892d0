use deputy_http::{BuildRequest, Request, Response, Secret};

use crate::oauth::error_response::{OAuthError, retry_at};
use crate::oauth::misconfiguration::Misconfiguration;
use crate::oauth::tenant::Tenant;
use crate::oauth::token::TokenError;

/// RFC 7009, 2.1: ends a refresh token (S-16).
pub fn revoke_request(tenant: &Tenant, refresh_token: &Secret) -> Request {
    let mut pairs = vec![("token", refresh_token.expose()), ("token_type_hint", "refresh_token")];
    tenant.client.authenticate(&mut pairs);
    deputy_http::post(&tenant.endpoints.revocation).header("accept", "application/json").form(pairs)
}

/// RFC 7009, 2.2: 200 also for a token that was not good any more.
pub fn revoke_response(response: Response, now_ms: u64) -> Result<(), TokenError> {
    if response.status().is_success() {
        return Ok(());
    }
    let error = OAuthError::from_response(&response);
    Err(match (response.status().as_u16(), error.error.as_str()) {
        (429, _) => TokenError::RateLimited { retry_at: retry_at(&response, now_ms) },
        (500.., _) => TokenError::TenantDown { status: Some(response.status().as_u16()) },
        (_, "invalid_client") => TokenError::InvalidClient,
        _ => TokenError::Misconfigured(Misconfiguration::from_oauth(&error)),
    })
}
