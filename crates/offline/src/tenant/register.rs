//! Dynamic client registration (RFC 7591, OIDC Registration 1.0); off unless a policy turns it on.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use url::Url;

use super::{
    OAuthError,
    token::{GRANT_AUTHORIZATION_CODE, GRANT_REFRESH_TOKEN},
};
use crate::world::{Client, World, random_id};

/// `POST /oidc/register`: 201 with the new third-party client.
///
/// # Errors
/// 404 `not_found` while it is off; 400 `invalid_redirect_uri`, `invalid_client_metadata` (RFC 7591 3.2.2).
pub(crate) async fn register(State(world): State<Arc<World>>, body: Bytes) -> Result<Response, OAuthError> {
    if !world.state().directory.policies.dynamic_client_registration {
        let sentence = "Dynamic client registration is not enabled for this tenant.";
        return Err(OAuthError::new(StatusCode::NOT_FOUND, "not_found", sentence));
    }
    let bad = |sentence: &str| OAuthError::new(StatusCode::BAD_REQUEST, "invalid_client_metadata", sentence);
    let metadata: Value = serde_json::from_slice(&body).map_err(|_| bad("The body is not JSON."))?;
    let callbacks = callbacks(&metadata)?;
    let text = |name: &str| metadata.get(name).and_then(Value::as_str);
    let method = text("token_endpoint_auth_method").unwrap_or("client_secret_basic");
    if !["none", "client_secret_post", "client_secret_basic"].contains(&method) {
        return Err(bad("token_endpoint_auth_method must be none, client_secret_post or client_secret_basic."));
    }
    let client_id = random_id(24);
    let secret = (method != "none").then(|| random_id(48));
    let name = text("client_name").unwrap_or("Unnamed application").to_owned();
    let grants = [GRANT_AUTHORIZATION_CODE, GRANT_REFRESH_TOKEN];
    let client: Client = serde_json::from_value(json!({
        "client_id": client_id, "client_secret": secret, "name": name, "app_type": "regular_web", "is_first_party": false,
        "callbacks": callbacks, "grant_types": grants,
    }))
    .map_err(|_| bad("The metadata cannot be used."))?;
    world.state().directory.clients.push(client);
    let mut answer = json!({
        "client_id": client_id, "client_name": name, "redirect_uris": callbacks, "token_endpoint_auth_method": method,
        "grant_types": grants, "response_types": ["code"],
    });
    if let (Some(secret), Some(members)) = (secret, answer.as_object_mut()) {
        members.insert("client_secret".to_owned(), secret.into());
        members.insert("client_secret_expires_at".to_owned(), 0.into());
    }
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

fn callbacks(metadata: &Value) -> Result<Vec<String>, OAuthError> {
    let bad = |sentence: &str| OAuthError::new(StatusCode::BAD_REQUEST, "invalid_redirect_uri", sentence);
    let listed = metadata.get("redirect_uris").and_then(Value::as_array).filter(|uris| !uris.is_empty());
    let listed = listed.ok_or_else(|| bad("redirect_uris must name at least one address."))?;
    let good = |uri: &Value| {
        let text = uri.as_str()?;
        let url = Url::parse(text).ok().filter(|url| url.fragment().is_none())?;
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        (url.scheme() != "http" || local).then(|| text.to_owned())
    };
    listed
        .iter()
        .map(|uri| good(uri).ok_or_else(|| bad("A redirect URI is no absolute https or loopback address.")))
        .collect()
}
