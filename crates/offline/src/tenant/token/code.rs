//! Authorization code grant (RFC 6749 4.1.3, RFC 7636 4.6).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::issue::{self, Binding, Issue};
use crate::{
    tenant::{OAuthError, dpop, parameters::Parameters},
    world::{AuthorizationCode, Client, World, random_id},
};

/// Exchanges a code, once.
///
/// # Errors
/// 403 `invalid_grant` for an unknown, used or expired code, another client's code, a wrong redirect URI or verifier.
pub(crate) fn exchange(
    world: &World,
    client: &Client,
    parameters: &Parameters,
    binding: Binding,
) -> Result<Value, OAuthError> {
    let code = parameters.required("code")?;
    let redirect_uri = parameters.required("redirect_uri")?;
    let verifier = parameters.required("code_verifier")?;
    let family = random_id(16);
    let entry = claim(world, client, code, redirect_uri, verifier, &family)?;
    if entry.request.dpop_jkt.is_some() && entry.request.dpop_jkt != binding.jkt {
        return Err(dpop::invalid("The code is bound to another key."));
    }
    let user = world.user(&entry.session.user_id).ok_or_else(|| OAuthError::invalid_grant("Unknown user."))?;
    issue::for_user(
        world,
        &Issue {
            client,
            user: &user,
            sid: entry.session.sid,
            family,
            auth_time: entry.session.auth_time,
            auth_time_wanted: entry.request.auth_time_wanted,
            second_factor: entry.session.second_factor,
            nonce: entry.request.nonce,
            login_audience: entry.request.audience.clone(),
            audience: entry.request.audience,
            requested: entry.request.scopes.clone(),
            login_scopes: entry.request.scopes,
            refresh_token: true,
            binding,
        },
    )
}

/// Checks everything and marks the code as used under one lock, so that two requests cannot both win.
fn claim(
    world: &World,
    client: &Client,
    code: &str,
    redirect_uri: &str,
    verifier: &str,
    family: &str,
) -> Result<AuthorizationCode, OAuthError> {
    let now = world.now_ms();
    let mut state = world.state();
    let invalid = || OAuthError::invalid_grant("Invalid authorization code");
    let entry = state.logins.codes.get_mut(code).ok_or_else(invalid)?;
    if entry.request.client_id != client.client_id {
        return Err(invalid());
    }
    if let Some(family) = entry.used_for.clone() {
        // RFC 6749 4.1.2: what the first use gave out is revoked.
        state.tokens.revoke_family(&family);
        return Err(invalid());
    }
    // A failed attempt spends the code as well, or it could be guessed against.
    entry.used_for = Some(family.to_owned());
    if entry.expires_at <= now {
        return Err(invalid());
    }
    if entry.request.redirect_uri != redirect_uri {
        return Err(OAuthError::invalid_grant("The redirect URI is wrong."));
    }
    if !verifies(&entry.request.code_challenge, verifier) {
        return Err(OAuthError::invalid_grant("Failed to verify code verifier"));
    }
    Ok(entry.clone())
}

/// RFC 7636 4.6: BASE64URL(SHA256(verifier)) equals the challenge; the verifier has 43 to 128 characters.
pub(crate) fn verifies(challenge: &str, verifier: &str) -> bool {
    let computed = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    (43..=128).contains(&verifier.len()) && bool::from(computed.as_bytes().ct_eq(challenge.as_bytes()))
}
