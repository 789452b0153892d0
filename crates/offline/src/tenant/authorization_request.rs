//! The checks of an authorization request that need no user (RFC 6749 4.1.1, RFC 7636 4.3, OIDC Core 3.1.2.2).

use axum::http::StatusCode;

use super::{OAuthError, parameters::Parameters, second_factor::MULTI_FACTOR};
use crate::world::{AuthorizeRequest, Client, World};

/// A base64url SHA-256.
const S256_LENGTH: usize = 43;

/// What a redirect URI that is not registered is answered with.
pub(crate) const CALLBACK_MISMATCH: &str =
    "Callback URL mismatch. The provided redirect_uri is not in the list of allowed callback URLs.";

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
        second_factor: parameters
            .get("acr_values")
            .is_some_and(|values| values.split_whitespace().any(|acr| acr == MULTI_FACTOR)),
        auth_time_wanted: parameters.get("max_age").is_some(),
        expires_at: 0,
        session: None,
        dpop_jkt: parameters.get("dpop_jkt").map(str::to_owned),
        local_path: None,
    })
}
