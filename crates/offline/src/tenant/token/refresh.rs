//! Refresh token grant (RFC 6749 6), with rotation and Multi-Resource Refresh Tokens.

use axum::http::StatusCode;
use serde_json::Value;

use super::issue::{self, Binding, Issue};
use crate::{
    tenant::{OAuthError, dpop, parameters::Parameters},
    world::{Client, IssuedToken, RefreshToken, TokenKind, World},
};

const UNKNOWN: &str = "Unknown or invalid refresh token.";
const IDENTITY_SCOPES: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

/// Exchanges a refresh token for an access token of the login's API or, by a policy, of another one.
///
/// # Errors
/// 403 `invalid_grant`, 400 `invalid_target` for an API without a policy, 401 `mfa_required`.
pub(crate) fn refresh(
    world: &World,
    client: &Client,
    parameters: &Parameters,
    binding: Binding,
) -> Result<Value, OAuthError> {
    let token = parameters.required("refresh_token")?;
    let (issued, login) = find(world, client, token)?;
    if issued.jkt.is_some() && issued.jkt != binding.jkt {
        return Err(dpop::invalid("The refresh token is bound to another key."));
    }
    if world.state().directory.policies.mfa_always {
        return Err(mfa_required());
    }
    let user = issued.user_id.as_deref().and_then(|id| world.user(id));
    let user = user.ok_or_else(|| OAuthError::invalid_grant(UNKNOWN))?;
    let audience = parameters.audience(world).or_else(|| login.audience.clone());
    let requested = scopes(world, client, &login, audience.as_deref(), parameters)?;
    let rotates = client.rotates();
    if rotates && let Some(refresh) = world.state().tokens.find_mut(token).and_then(|issued| issued.refresh.as_mut()) {
        refresh.rotated = true;
    }
    issue::for_user(
        world,
        &Issue {
            client,
            user: &user,
            sid: login.sid,
            family: login.family,
            auth_time: login.auth_time,
            auth_time_wanted: false,
            second_factor: false,
            nonce: None,
            audience,
            requested,
            login_audience: login.audience,
            login_scopes: login.scopes,
            refresh_token: rotates,
            binding,
        },
    )
}

/// A refresh token of this client that is still good. A rotated one that comes back revokes its family.
pub(crate) fn find(world: &World, client: &Client, token: &str) -> Result<(IssuedToken, RefreshToken), OAuthError> {
    let unknown = || OAuthError::invalid_grant(UNKNOWN);
    let now = world.now_ms();
    let mut state = world.state();
    let issued = state.tokens.find(token).cloned().ok_or_else(unknown)?;
    let refresh = issued.refresh.clone().filter(|_| issued.kind == TokenKind::RefreshToken).ok_or_else(unknown)?;
    if issued.client_id != client.client_id || issued.revoked || issued.expires_at <= now {
        return Err(unknown());
    }
    if refresh.rotated {
        state.tokens.revoke_family(&refresh.family);
        return Err(unknown());
    }
    Ok((issued, refresh))
}

/// 401 `mfa_required` with its token (§3.4 of the reference: policy "Always").
pub(crate) fn mfa_required() -> OAuthError {
    let token = format!("mfa-{}", crate::world::random_id(32));
    OAuthError::new(StatusCode::UNAUTHORIZED, "mfa_required", "Multifactor authentication required")
        .with("mfa_token", token)
}

fn scopes(
    world: &World,
    client: &Client,
    login: &RefreshToken,
    audience: Option<&str>,
    parameters: &Parameters,
) -> Result<Vec<String>, OAuthError> {
    let asked = parameters.scopes();
    let wanted = |scope: &String| asked.is_empty() || asked.contains(scope);
    if audience == login.audience.as_deref() {
        // Never more than the login granted (RFC 6749 6).
        return Ok(login.scopes.iter().filter(|scope| wanted(scope)).cloned().collect());
    }
    let Some(audience) = audience else { return Ok(Vec::new()) };
    issue::api(world, Some(audience))?;
    let policy = client.refresh_token.policies.iter().find(|policy| policy.audience == audience).ok_or_else(|| {
        let sentence = format!("The refresh token has no policy for the audience {audience}");
        OAuthError::new(StatusCode::BAD_REQUEST, "invalid_target", sentence)
    })?;
    let identity = login.scopes.iter().filter(|scope| IDENTITY_SCOPES.contains(&scope.as_str()));
    Ok(identity.chain(&policy.scope).filter(|scope| wanted(scope)).cloned().collect())
}
