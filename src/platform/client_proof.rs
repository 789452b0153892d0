//! The tenant, ready for one request that authenticates the client: with a private key each takes an assertion of its own.

use std::borrow::Cow;

use deputy_auth0::{AssertionError, Randomness, Tenant};

use super::crypto::ClientKey;
use super::log::{Level, note};
use super::{clock, random};
use crate::account::call::Refusal;
use crate::config::Settings;

/// Build one request from it, then prepare again. With a secret nothing has to be done.
///
/// Errors: 503 with the setting's name in the log.
pub async fn prepared(settings: &Settings) -> Result<Cow<'_, Tenant>, Refusal> {
    let signer = ClientKey(settings.client_key.as_ref());
    let randomness = Randomness::from_source(random::fill)?;
    settings.tenant.prepared(&signer, randomness, clock::now_ms()).await.map_err(unproven)
}

/// The client could not prove who it is; nothing was sent.
pub fn unproven(error: AssertionError) -> Refusal {
    note(Level::Error, "client_assertion", Some(error.code()), Some(error.developer_fix()));
    Refusal::new(503, error.code(), error.user_message())
}
