//! How an authorization request ends: with a code or an error, at the application's address.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use url::Url;

use super::pages;
use crate::world::{AuthorizationCode, AuthorizeRequest, TenantSession, World, random_id};

/// How long an authorization code is good.
const CODE_LIFETIME_MS: u64 = 600_000;

/// Ends the request with a code (RFC 6749 4.1.2).
pub(crate) fn answer_code(world: &World, request: AuthorizeRequest, session: TenantSession) -> Response {
    let code = random_id(32);
    let mut answer = vec![("code", code.clone())];
    if let Some(state) = &request.state_parameter {
        answer.push(("state", state.clone()));
    }
    let redirect_uri = request.redirect_uri.clone();
    let expires_at = world.now_ms().saturating_add(CODE_LIFETIME_MS);
    let entry = AuthorizationCode { request, session, expires_at, used_for: None };
    world.state().logins.codes.insert(code, entry);
    redirect_with(&redirect_uri, &answer)
}

/// Ends the request with an error (RFC 6749 4.1.2.1).
pub(crate) fn answer_error(redirect_uri: &str, state: Option<&str>, error: &str, description: &str) -> Response {
    let mut answer = vec![("error", error.to_owned()), ("error_description", description.to_owned())];
    if let Some(state) = state {
        answer.push(("state", state.to_owned()));
    }
    redirect_with(redirect_uri, &answer)
}

/// A 302 to `uri` with more query parameters.
pub(crate) fn redirect_with(uri: &str, parameters: &[(&str, String)]) -> Response {
    let Ok(mut url) = Url::parse(uri) else {
        return pages::problem(StatusCode::BAD_REQUEST, "invalid_request", "The redirect URI is not a URL.");
    };
    url.query_pairs_mut().extend_pairs(parameters);
    found(url.as_str())
}

/// A 302.
pub(crate) fn found(location: &str) -> Response {
    (StatusCode::FOUND, [(axum::http::header::LOCATION, location), (axum::http::header::CACHE_CONTROL, "no-store")])
        .into_response()
}
