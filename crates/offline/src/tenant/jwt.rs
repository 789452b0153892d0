//! JSON Web Tokens of the tenant (RFC 7515 compact form, RS256).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::OAuthError;
use crate::world::World;

/// Signs the claims with the tenant's present key.
///
/// # Errors
/// `server_error` when there is no key.
pub(crate) fn sign(world: &World, claims: &Map<String, Value>) -> Result<String, OAuthError> {
    sign_typed(world, "JWT", claims)
}

/// The same with another `typ`.
///
/// # Errors
/// As [`sign`].
pub(crate) fn sign_typed(world: &World, kind: &str, claims: &Map<String, Value>) -> Result<String, OAuthError> {
    let signer = world.keyring().current().ok_or_else(OAuthError::server_error)?;
    let header = json!({ "alg": "RS256", "typ": kind, "kid": signer.kid() });
    let claims = Value::Object(claims.clone());
    let input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string().as_bytes()),
        URL_SAFE_NO_PAD.encode(claims.to_string().as_bytes())
    );
    let signature = URL_SAFE_NO_PAD.encode(signer.sign(input.as_bytes()));
    Ok(format!("{input}.{signature}"))
}

/// The claims of a token that this tenant signed with a key it still publishes. Expiry is the caller's matter.
pub(crate) fn verify(world: &World, token: &str) -> Option<Map<String, Value>> {
    let (input, signature) = token.rsplit_once('.')?;
    let (header, payload) = input.split_once('.')?;
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header.get("alg")?.as_str()? != "RS256" {
        return None;
    }
    let signer = world.keyring().find(header.get("kid")?.as_str()?)?;
    if !signer.verify(input.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
