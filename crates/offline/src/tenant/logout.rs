//! Logout: Auth0's own endpoint and OIDC RP-Initiated Logout 1.0.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::Value;

use super::{answer, cookie, jwt, logout_token, pages, parameters::Parameters};
use crate::world::World;

/// `GET /v2/logout?client_id=&returnTo=`.
pub(crate) async fn v2(State(world): State<Arc<World>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let parameters = match Parameters::from_query(query.as_deref()) {
        Ok(parameters) => parameters,
        Err(error) => return pages::problem(StatusCode::BAD_REQUEST, error.code(), error.description()),
    };
    end(&world, &headers, parameters.get("client_id"), parameters.get("returnTo"), None)
}

/// `GET /oidc/logout?client_id=|id_token_hint=&post_logout_redirect_uri=&state=`.
pub(crate) async fn oidc(State(world): State<Arc<World>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let parameters = match Parameters::from_query(query.as_deref()) {
        Ok(parameters) => parameters,
        Err(error) => return pages::problem(StatusCode::BAD_REQUEST, error.code(), error.description()),
    };
    // An expired ID token is a good hint (RP-Initiated Logout 2): only the signature counts.
    let hint = parameters.get("id_token_hint").map(|token| jwt::verify(&world, token));
    let Some(hinted) = hint
        .as_ref()
        .map_or(Some(None), |claims| claims.as_ref().map(|claims| claims.get("aud").and_then(Value::as_str)))
    else {
        return pages::problem(StatusCode::BAD_REQUEST, "invalid_request", "The id_token_hint was not issued here.");
    };
    let named = parameters.get("client_id");
    if let (Some(hinted), Some(named)) = (hinted, named)
        && hinted != named
    {
        return pages::problem(StatusCode::BAD_REQUEST, "invalid_request", "client_id does not fit the id_token_hint.");
    }
    let target = parameters.get("post_logout_redirect_uri");
    end(&world, &headers, named.or(hinted), target, parameters.get("state"))
}

fn end(
    world: &Arc<World>,
    headers: &HeaderMap,
    client_id: Option<&str>,
    target: Option<&str>,
    state: Option<&str>,
) -> Response {
    let allowed = {
        let state = world.state();
        let client = client_id.and_then(|id| state.directory.client(id));
        if client_id.is_some() && client.is_none() {
            return pages::problem(StatusCode::BAD_REQUEST, "invalid_request", "Unknown client.");
        }
        client.map(|client| client.allowed_logout_urls.clone()).unwrap_or_default()
    };
    if let Some(target) = target
        && !allowed.iter().any(|url| url == target)
    {
        let sentence = "The address to return to is not in the list of allowed logout URLs.";
        return pages::problem(StatusCode::BAD_REQUEST, "invalid_request", sentence);
    }
    if let Some(id) = cookie::value(headers) {
        let ended = world.state().logins.sessions.remove(&id);
        if let Some(session) = ended {
            logout_token::session_ended(world, &session);
        }
    }
    let mut response = match target {
        Some(target) => match state {
            Some(state) => answer::redirect_with(target, &[("state", state.to_owned())]),
            None => answer::found(target),
        },
        None => pages::page(StatusCode::OK, "You are logged out", "<p>You can close this window.</p>"),
    };
    cookie::set(response.headers_mut(), world, None);
    response
}
