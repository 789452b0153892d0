//! Access tokens presented to the tenant's own APIs (RFC 6750).

use axum::http::header::AUTHORIZATION;
use serde_json::{Map, Value};

use super::{dpop, jwt, presented::Presented};
use crate::world::{TokenKind, World};

/// An access token that is good here and now.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// The user, or `<client>@clients`.
    pub(crate) subject: String,
    /// The application (`azp`).
    pub(crate) client_id: String,
    /// Scopes granted.
    pub(crate) scopes: Vec<String>,
    /// Audiences it is for.
    pub(crate) audiences: Vec<String>,
}

impl Access {
    /// Whether it carries the scope.
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }

    /// Whether it is meant for the audience.
    pub(crate) fn is_for(&self, audience: &str) -> bool {
        self.audiences.iter().any(|meant| meant == audience)
    }
}

/// The good access token that a request presents, as Bearer (RFC 6750) or, bound to a key, with its DPoP proof
/// (RFC 9449 7.1). `None` when there is none, or it is bound and no proof of its key came with it.
pub(crate) fn authenticate(world: &World, presented: &Presented) -> Option<Access> {
    let (scheme, token) = presented.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    let bound_to = world.state().tokens.find(token)?.jkt.clone();
    if scheme.eq_ignore_ascii_case("dpop") {
        let Presented { headers, method, path } = presented;
        let shown = dpop::proof(world, headers, method.as_str(), path, Some(token)).ok()?;
        if shown.is_none() || shown != bound_to {
            return None;
        }
    } else if !scheme.eq_ignore_ascii_case("bearer") || bound_to.is_some() {
        return None;
    }
    verify(world, token)
}

/// Verifies an access token, JWT or opaque: signed by this tenant, not expired, not revoked.
pub(crate) fn verify(world: &World, token: &str) -> Option<Access> {
    let now = world.now_ms();
    let issued = world.state().tokens.find(token).cloned()?;
    if issued.kind != TokenKind::AccessToken || issued.revoked || issued.expires_at <= now {
        return None;
    }
    if let Some(opaque) = issued.opaque {
        return Some(Access {
            subject: issued.user_id?,
            client_id: issued.client_id,
            scopes: opaque.scopes,
            audiences: vec![format!("{}userinfo", world.options().issuer)],
        });
    }
    let claims = jwt::verify(world, token)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Access {
        subject: text("sub")?,
        client_id: text("azp")?,
        scopes: text("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        audiences: audiences(&claims),
    })
}

fn audiences(claims: &Map<String, Value>) -> Vec<String> {
    match claims.get("aud") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
