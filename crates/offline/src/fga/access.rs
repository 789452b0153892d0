//! Who may call: nobody is asked, or a preshared key, or a token of the tenant's for this API, as the world's policy says.

use axum::http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use deputy_fga::api::Refusal;
use subtle::ConstantTimeEq as _;

use crate::world::{FgaAccess, PRESHARED_KEY, TokenKind, World};

/// Lets a call through, or refuses it in OpenFGA's words.
pub(super) fn check(world: &World, parts: &Parts) -> Result<(), Refusal> {
    let access = world.state().fga.access;
    if parts.uri.path() == "/healthz" || access == FgaAccess::Open {
        return Ok(());
    }
    let token = bearer(&parts.headers).ok_or_else(Refusal::bearer_token_missing)?;
    let known = match access {
        FgaAccess::Open => true,
        FgaAccess::PresharedKey => token.as_bytes().ct_eq(PRESHARED_KEY.as_bytes()).into(),
        FgaAccess::ClientCredentials => return of_token(world, token),
    };
    if known { Ok(()) } else { Err(Refusal::unauthenticated()) }
}

fn of_token(world: &World, token: &str) -> Result<(), Refusal> {
    let now = world.now_ms();
    let audience = world.options().fga_audience();
    let state = world.state();
    let issued = state.tokens.find(token).filter(|issued| issued.kind == TokenKind::AccessToken);
    match issued {
        Some(issued) if !issued.revoked && issued.expires_at > now && issued.audience.as_ref() == Some(&audience) => {
            Ok(())
        }
        _ => Err(Refusal::invalid_claims()),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
