//! The authorization endpoint (RFC 6749 4.1.1, RFC 7636, OIDC Core 3.1.2.1).

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use url::Url;

use super::{OAuthError, consent, cookie, login, pages, par, parameters::Parameters};
use crate::world::{AuthorizationCode, AuthorizeRequest, Client, TenantSession, World, random_id};

/// How long the login page may stay open.
const REQUEST_LIFETIME_MS: u64 = 3_600_000;
/// How long an authorization code is good.
const CODE_LIFETIME_MS: u64 = 600_000;
/// A base64url SHA-256.
const S256_LENGTH: usize = 43;

/// What a redirect URI that is not registered is answered with.
pub(crate) const CALLBACK_MISMATCH: &str =
    "Callback URL mismatch. The provided redirect_uri is not in the list of allowed callback URLs.";

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
    let client = parameters.get("client_id").and_then(|id| world.state().directory.client(id).cloned());
    let Some(client) = client else {
        let sentence = format!("Unknown client: {}", parameters.get("client_id").unwrap_or("(none)"));
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

/// Every check that needs no user (RFC 6749 4.1.1, RFC 7636 4.3, OIDC Core 3.1.2.2).
///
/// # Errors
/// The error that the application gets.
pub(crate) fn validate(
    world: &World,
    client: &Client,
    redirect_uri: &str,
    parameters: &Parameters,
) -> Result<AuthorizeRequest, OAuthError> {
    let bad = |sentence: &str| Err(OAuthError::invalid_request(sentence));
    if parameters.get("request").is_some() || parameters.get("request_uri").is_some() {
        return bad("Request objects are not supported, and the request_uri is unknown, used or expired.");
    }
    if parameters.required("response_type")? != "code" {
        return Err(OAuthError::new(StatusCode::BAD_REQUEST, "unsupported_response_type", "Only code is supported."));
    }
    if parameters.get("response_mode").is_some_and(|mode| mode != "query") {
        return bad("Only the response mode query is supported.");
    }
    if !client.may_use("authorization_code") {
        return Err(OAuthError::unauthorized_client("Grant type 'authorization_code' not allowed for the client."));
    }
    let code_challenge = parameters.required("code_challenge")?;
    if parameters.get("code_challenge_method") != Some("S256") {
        return bad("code_challenge_method must be S256.");
    }
    if code_challenge.len() != S256_LENGTH {
        return bad("code_challenge is not a base64url SHA-256.");
    }
    let prompt: Vec<&str> = parameters.get("prompt").unwrap_or_default().split_whitespace().collect();
    if prompt.iter().any(|value| !["none", "login", "consent", "select_account"].contains(value)) {
        return bad("prompt must be none, login, consent or select_account.");
    }
    if prompt.contains(&"none") && prompt.len() > 1 {
        return bad("prompt=none cannot be combined.");
    }
    if parameters.get("max_age").is_some_and(|age| age.parse::<u64>().is_err()) {
        return bad("max_age must be a number of seconds.");
    }
    let audience = parameters.audience(world);
    let state = world.state();
    if let Some(audience) = &audience
        && state.directory.api(audience).is_none()
    {
        return Err(OAuthError::access_denied(format!("Service not found: {audience}")));
    }
    if let Some(name) = parameters.get("connection") {
        let known = state.directory.connection(name).is_some_and(|connection| connection.login && client.offers(name));
        if !known {
            return bad(&format!("The connection {name} is not enabled for the client."));
        }
    }
    Ok(AuthorizeRequest {
        client_id: client.client_id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        scopes: parameters.scopes(),
        audience,
        state_parameter: parameters.get("state").map(str::to_owned),
        nonce: parameters.get("nonce").map(str::to_owned),
        code_challenge: code_challenge.to_owned(),
        connection: parameters.get("connection").map(str::to_owned),
        login_hint: parameters.get("login_hint").map(str::to_owned),
        signup: parameters.get("screen_hint") == Some("signup"),
        ask_consent: prompt.contains(&"consent"),
        auth_time_wanted: parameters.get("max_age").is_some(),
        expires_at: 0,
        session: None,
        dpop_jkt: parameters.get("dpop_jkt").map(str::to_owned),
        local_path: None,
    })
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
    if consent::needed(world, client, &session.user_id, &request) {
        if prompts("none") {
            return answer_error(
                &request.redirect_uri,
                request.state_parameter.as_deref(),
                "consent_required",
                "Consent required",
            );
        }
        request.session = Some(session_id);
        let id = random_id(24);
        world.state().logins.requests.insert(id.clone(), request);
        return consent::redirect(&id);
    }
    answer_code(world, request, session)
}

fn fits(world: &World, session: &TenantSession, connection: Option<&str>) -> bool {
    connection.is_none_or(|name| world.user(&session.user_id).is_some_and(|user| user.connection == name))
}

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
