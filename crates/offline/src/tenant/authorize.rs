//! The authorization endpoint (RFC 6749 4.1.1, RFC 7636, OIDC Core 3.1.2.1).

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{
    answer::answer_error,
    authorization_request::{CALLBACK_MISMATCH, validate},
    client_metadata, consent, cookie, login, pages, par,
    parameters::Parameters,
    second_factor,
};
use crate::world::{AuthorizeRequest, Client, TenantSession, World, random_id};

/// How long the login page may stay open.
const REQUEST_LIFETIME_MS: u64 = 3_600_000;

/// `GET /authorize`.
pub(crate) async fn authorize(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let parameters = match Parameters::from_query(query.as_deref()) {
        Ok(parameters) => parameters,
        Err(error) => return pages::problem(StatusCode::BAD_REQUEST, error.code(), error.description()),
    };
    // Until client and redirect URI are known to belong together nothing is redirected (RFC 6749 4.1.2.1).
    let client_id = parameters.get("client_id").unwrap_or_default();
    if let Err(problem) = client_metadata::learn(&world, client_id).await {
        return pages::problem(StatusCode::BAD_REQUEST, "invalid_client", &problem.to_string());
    }
    let client = world.state().directory.client(client_id).cloned();
    let Some(client) = client else {
        let sentence = format!("Unknown client: {client_id}");
        return pages::problem(StatusCode::BAD_REQUEST, "invalid_request", &sentence);
    };
    let pushed = parameters.get("request_uri").and_then(|uri| par::take(&world, &client, uri));
    let was_pushed = pushed.is_some();
    if parameters.get("request_uri").is_some() && !was_pushed && parameters.get("redirect_uri").is_none() {
        let sentence = "The request_uri is unknown, used or expired.";
        return pages::problem(StatusCode::BAD_REQUEST, "invalid_request_uri", sentence);
    }
    // What was pushed counts alone (RFC 9126 4).
    let parameters = pushed.unwrap_or(parameters);
    let Some(redirect_uri) = parameters.get("redirect_uri").filter(|uri| client.allows_callback(uri)) else {
        return pages::problem(StatusCode::FORBIDDEN, "invalid_request", CALLBACK_MISMATCH);
    };
    if client.require_pushed_authorization_requests && !was_pushed {
        let sentence = "Pushed authorization requests are required for this client.";
        return answer_error(redirect_uri, parameters.get("state"), "invalid_request", sentence);
    }
    match validate(&world, &client, redirect_uri, &parameters) {
        Ok(request) => proceed(&world, &headers, &parameters, &client, request),
        Err(error) => answer_error(redirect_uri, parameters.get("state"), error.code(), error.description()),
    }
}

fn proceed(
    world: &World,
    headers: &HeaderMap,
    parameters: &Parameters,
    client: &Client,
    mut request: AuthorizeRequest,
) -> Response {
    let now = world.now_ms();
    request.expires_at = now.saturating_add(REQUEST_LIFETIME_MS);
    let prompts =
        |wanted: &str| parameters.get("prompt").is_some_and(|prompt| prompt.split_whitespace().any(|p| p == wanted));
    let max_age_ms =
        parameters.get("max_age").and_then(|age| age.parse::<u64>().ok()).map(|age| age.saturating_mul(1000));
    let session = cookie::session(world, headers).filter(|(_, session)| {
        let fresh = max_age_ms.is_none_or(|max| now.saturating_sub(session.auth_time) <= max);
        fresh && !prompts("login") && !prompts("select_account") && fits(world, session, request.connection.as_deref())
    });
    let Some((session_id, session)) = session else {
        if prompts("none") {
            return answer_error(
                &request.redirect_uri,
                request.state_parameter.as_deref(),
                "login_required",
                "Login required",
            );
        }
        let id = random_id(24);
        world.state().logins.requests.insert(id.clone(), request);
        return login::redirect(&id);
    };
    if second_factor::needed(world, &session, &request) {
        if prompts("none") {
            return answer_error(
                &request.redirect_uri,
                request.state_parameter.as_deref(),
                "interaction_required",
                "Multifactor authentication required",
            );
        }
        return second_factor::ask(world, request, &session_id);
    }
    if prompts("none") && consent::needed(world, client, &session.user_id, &request) {
        return answer_error(
            &request.redirect_uri,
            request.state_parameter.as_deref(),
            "consent_required",
            "Consent required",
        );
    }
    consent::go_on(world, request, &session_id, session)
}

fn fits(world: &World, session: &TenantSession, connection: Option<&str>) -> bool {
    connection.is_none_or(|name| {
        world.user(&session.user_id).is_some_and(|user| user.identities().any(|identity| identity.connection == name))
    })
}
