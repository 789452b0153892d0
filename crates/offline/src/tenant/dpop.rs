//! Demonstrating Proof of Possession (RFC 9449): proofs at the token endpoint and at the tenant's own APIs.

use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::{OAuthError, jose};
use crate::world::World;

/// How old a proof may be, and how far in the future, in milliseconds.
const TOLERANCE_MS: u64 = 60_000;
/// How long a nonce is good.
const NONCE_LIFETIME_MS: u64 = 300_000;

/// The thumbprint of the key behind the request's proof; `None` without one.
///
/// # Errors
/// 400 `invalid_dpop_proof` for a proof that is not good for this request (RFC 9449 4.3), 400 `use_dpop_nonce` with the
/// nonce in a header when the tenant wants one.
pub(crate) fn proof(
    world: &World,
    headers: &HeaderMap,
    method: &str,
    path: &str,
    access_token: Option<&str>,
) -> Result<Option<String>, OAuthError> {
    let mut proofs = headers.get_all("dpop").iter();
    let Some(proof) = proofs.next() else { return Ok(None) };
    if proofs.next().is_some() {
        return Err(invalid("More than one DPoP header."));
    }
    let proof = proof.to_str().map_err(|_| invalid("The DPoP header is not text."))?;
    let jwt = jose::Jwt::parse(proof).ok_or_else(|| invalid("The DPoP proof is not a JWT."))?;
    let key = jwt.header.get("jwk").cloned().ok_or_else(|| invalid("The DPoP proof has no jwk header."))?;
    let jkt = jose::thumbprint(&key).ok_or_else(|| invalid("The jwk of the DPoP proof is not a public key."))?;
    if jwt.header_text("typ") != Some("dpop+jwt") || !jwt.signed_by(std::slice::from_ref(&key)) {
        return Err(invalid("The DPoP proof's type or signature is wrong."));
    }
    let address = format!("{}{}", world.options().issuer, path.trim_start_matches('/'));
    let htu = jwt.text("htu").and_then(|htu| htu.split(['?', '#']).next());
    if jwt.text("htm") != Some(method) || htu != Some(address.as_str()) {
        return Err(invalid("The DPoP proof was made for another request."));
    }
    let now = world.now_ms();
    let made = jwt.seconds("iat").ok_or_else(|| invalid("The DPoP proof has no iat."))?.saturating_mul(1000);
    if now.abs_diff(made) > TOLERANCE_MS {
        return Err(invalid("The DPoP proof is too old."));
    }
    if access_token.is_some_and(|token| jwt.text("ath") != Some(jose::sha256_base64url(token.as_bytes()).as_str())) {
        return Err(invalid("The DPoP proof was made for another access token."));
    }
    if access_token.is_none() && world.state().directory.policies.dpop_nonce {
        check_nonce(world, jwt.claims.get("nonce").and_then(Value::as_str))?;
    }
    let jti = jwt.text("jti").filter(|jti| !jti.is_empty()).ok_or_else(|| invalid("The DPoP proof has no jti."))?;
    if !world.first_use(format!("dpop {jkt} {jti}"), now.saturating_add(TOLERANCE_MS.saturating_mul(2))) {
        return Err(invalid("The DPoP proof was used before."));
    }
    Ok(Some(jkt))
}

/// A refused proof.
pub(crate) fn invalid(sentence: &str) -> OAuthError {
    OAuthError::new(StatusCode::BAD_REQUEST, "invalid_dpop_proof", sentence)
}

/// Nonces are remembered beside the identifiers seen.
fn check_nonce(world: &World, nonce: Option<&str>) -> Result<(), OAuthError> {
    let now = world.now_ms();
    let known = nonce
        .is_some_and(|nonce| world.state().seen.get(&format!("dpop-nonce {nonce}")).is_some_and(|until| *until > now));
    if known {
        return Ok(());
    }
    let nonce = crate::world::random_id(16);
    world.state().seen.insert(format!("dpop-nonce {nonce}"), now.saturating_add(NONCE_LIFETIME_MS));
    let sentence = "Authorization server requires nonce in DPoP proof";
    Err(OAuthError::new(StatusCode::BAD_REQUEST, "use_dpop_nonce", sentence).header("dpop-nonce", nonce))
}
