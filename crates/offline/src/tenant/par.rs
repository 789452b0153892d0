//! Pushed authorization requests (RFC 9126).

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{OAuthError, authorization_request, client_metadata, dpop, parameters::Parameters, token::client_auth};
use crate::world::{Client, PushedRequest, World, random_id};

/// How long a pushed request waits for its browser, in seconds.
const LIFETIME: u64 = 30;
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// `POST /oauth/par`: 201 with the `request_uri`.
///
/// # Errors
/// As `/authorize`, in the answer's body (RFC 9126 2.3); 401 `invalid_client`; a `request_uri` is refused (2.1).
pub(crate) async fn push(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    if !world.state().directory.policies.pushed_authorization_requests {
        return Err(OAuthError::new(StatusCode::NOT_FOUND, "not_found", "Not Found"));
    }
    let parameters = Parameters::from_form(&headers, &body)?;
    if let Some(client_id) = parameters.get("client_id") {
        client_metadata::learn(&world, client_id).await.map_err(|_| OAuthError::invalid_client())?;
    }
    let client = client_auth::authenticate(&world, &headers, &parameters)?;
    if parameters.get("request_uri").is_some() {
        return Err(OAuthError::invalid_request("request_uri cannot be pushed."));
    }
    let redirect_uri = parameters.required("redirect_uri")?;
    if !client.allows_callback(redirect_uri) {
        return Err(OAuthError::invalid_request(authorization_request::CALLBACK_MISMATCH));
    }
    authorization_request::validate(&world, &client, redirect_uri, &parameters)?;
    let jkt = dpop::proof(&world, &headers, "POST", "oauth/par", None)?;
    let mut pairs = parameters.pairs().to_vec();
    pairs.retain(|(name, _)| !["client_secret", "client_assertion", "client_assertion_type"].contains(&name.as_str()));
    if let Some(jkt) = jkt {
        if parameters.get("dpop_jkt").is_some_and(|named| named != jkt) {
            return Err(dpop::invalid("dpop_jkt does not fit the DPoP proof."));
        }
        pairs.retain(|(name, _)| name != "dpop_jkt");
        pairs.push(("dpop_jkt".to_owned(), jkt));
    }
    let request_uri = format!("{PREFIX}{}", random_id(32));
    let expires_at = world.now_ms().saturating_add(LIFETIME.saturating_mul(1000));
    let pushed = PushedRequest { client_id: client.client_id, parameters: pairs, expires_at };
    world.state().logins.pushed.insert(request_uri.clone(), pushed);
    let answer = Json(json!({ "request_uri": request_uri, "expires_in": LIFETIME }));
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], answer).into_response())
}

/// The request behind a `request_uri`, once and only for the client that pushed it.
pub(crate) fn take(world: &World, client: &Client, request_uri: &str) -> Option<Parameters> {
    let now = world.now_ms();
    let mut state = world.state();
    let known = state.logins.pushed.get(request_uri).is_some_and(|pushed| pushed.client_id == client.client_id);
    let pushed = known.then(|| state.logins.pushed.remove(request_uri)).flatten()?;
    (pushed.expires_at > now).then(|| Parameters::from_pairs(pushed.parameters))
}
