//! Checks the bearer token of a provider call against the grants of the tenant's vault.

use axum::http::{HeaderMap, header};

use super::registry;
use crate::world::{ProviderGrant, World};

/// Why a token does not open an API. Each provider says it in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No bearer token.
    Missing,
    /// Not a token of this provider.
    Unknown,
    /// Withdrawn before its time.
    Revoked,
    /// Too old.
    Expired,
    /// A good token without the scope.
    Scope {
        /// Any of these would do.
        needed: Vec<String>,
        /// These it has.
        provided: Vec<String>,
    },
}

/// The grant behind a request's token.
///
/// # Errors
/// [`Refusal`], without any look at the scopes; see [`require`].
pub fn grant(world: &World, headers: &HeaderMap, provider: &str) -> Result<ProviderGrant, Refusal> {
    let served = |connection: &str| registry::of_connection(connection).is_some_and(|found| found.id == provider);
    checked(world, headers, served)
}

/// The same for a connection that has an API of its own.
///
/// # Errors
/// [`Refusal`], without any look at the scopes.
pub fn of_connection(world: &World, headers: &HeaderMap, connection: &str) -> Result<ProviderGrant, Refusal> {
    checked(world, headers, |granted| granted == connection)
}

fn checked(world: &World, headers: &HeaderMap, serves: impl Fn(&str) -> bool) -> Result<ProviderGrant, Refusal> {
    let token = token(headers).ok_or(Refusal::Missing)?;
    let grant = world.provider_token(token).ok_or(Refusal::Unknown)?;
    match (serves(&grant.connection), grant.revoked, grant.expires_at > world.now_ms()) {
        (false, _, _) => Err(Refusal::Unknown),
        (true, true, _) => Err(Refusal::Revoked),
        (true, false, false) => Err(Refusal::Expired),
        (true, false, true) => Ok(grant),
    }
}

/// Demands one of several scopes.
///
/// # Errors
/// [`Refusal::Scope`] when the grant has none of them.
pub fn require(grant: &ProviderGrant, any_of: &[&str]) -> Result<(), Refusal> {
    if grant.scopes.iter().any(|scope| any_of.contains(&scope.as_str())) {
        return Ok(());
    }
    let needed = any_of.iter().map(|scope| (*scope).to_owned()).collect();
    Err(Refusal::Scope { needed, provided: grant.scopes.clone() })
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (matches!(scheme.to_ascii_lowercase().as_str(), "bearer" | "token") && !token.is_empty()).then_some(token)
}
