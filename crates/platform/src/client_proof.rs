//! The tenant, ready for one request that authenticates the client: with a private key each takes an assertion of its own.

use std::borrow::Cow;

use deputy_auth0::{AssertionError, PrivateKey, Randomness, Tenant};

use super::crypto::ClientKey;
use super::random::NoRandomness;
use super::{clock, random};

/// The client could not prove who it is; nothing was sent.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub enum NoProof {
    /// There was no randomness for the assertion's id.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The assertion could not be made.
    #[error(transparent)]
    Assertion(#[from] AssertionError),
}

/// Build one request from it, then prepare again. With a secret nothing has to be done.
pub async fn prepared<'a>(tenant: &'a Tenant, key: Option<&PrivateKey>) -> Result<Cow<'a, Tenant>, NoProof> {
    let randomness = Randomness::from_source(random::fill)?;
    Ok(tenant.prepared(&ClientKey(key), randomness, clock::now_ms()).await?)
}
