//! Client authentication (RFC 6749 2.3.1): secret in the body or in the Basic header.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use crate::{
    tenant::{OAuthError, parameters::Parameters},
    world::{Client, World},
};

/// The client that sent the request.
///
/// # Errors
/// 401 `invalid_client` when it is unknown or its secret is wrong or missing; 400 when it used two methods.
pub(crate) fn authenticate(world: &World, headers: &HeaderMap, parameters: &Parameters) -> Result<Client, OAuthError> {
    let (client_id, secret) = match basic(headers)? {
        Some((client_id, secret)) => {
            if parameters.get("client_secret").is_some() {
                return Err(OAuthError::invalid_request("The client used two ways to authenticate."));
            }
            if parameters.get("client_id").is_some_and(|named| named != client_id) {
                return Err(OAuthError::invalid_request("client_id does not fit the Authorization header."));
            }
            (client_id, Some(secret))
        }
        None => (
            parameters.get("client_id").ok_or_else(OAuthError::invalid_client)?.to_owned(),
            parameters.get("client_secret").map(str::to_owned),
        ),
    };
    let client = world.state().directory.client(&client_id).cloned().ok_or_else(OAuthError::invalid_client)?;
    match (&client.client_secret, secret) {
        (Some(expected), Some(given)) if bool::from(expected.as_bytes().ct_eq(given.as_bytes())) => Ok(client),
        (None, None) => Ok(client),
        _ => Err(OAuthError::invalid_client()),
    }
}

/// Client id and secret are form-encoded before they are base64-encoded (RFC 6749 2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, OAuthError> {
    let Some(header) = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()) else { return Ok(None) };
    let Some((scheme, value)) = header.split_once(' ') else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let text = STANDARD.decode(value.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let (client_id, secret) =
        text.as_deref().and_then(|text| text.split_once(':')).ok_or_else(OAuthError::invalid_client)?;
    Ok(Some((decoded(client_id), decoded(secret))))
}

fn decoded(text: &str) -> String {
    form_urlencoded::parse(format!("v={text}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
