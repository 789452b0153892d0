//! Who may call: an access token for the Management API with a scope of the call.

use axum::http::header::AUTHORIZATION;

use super::error::ManagementError;
use crate::{
    tenant::{Access, Presented, authenticate},
    world::World,
};

/// Audience of the Management API: the issuer and `api/v2/`.
pub(crate) fn audience(world: &World) -> String {
    format!("{}api/v2/", world.options().issuer)
}

/// The verified access token of the request.
///
/// # Errors
/// 401 without a good token for this API, 403 without any of the scopes.
pub(crate) fn require(world: &World, presented: &Presented, any_of: &[&str]) -> Result<Access, ManagementError> {
    if presented.headers.get(AUTHORIZATION).is_none() {
        return Err(ManagementError::unauthorized("Missing authentication"));
    }
    let access = authenticate(world, presented).ok_or_else(|| ManagementError::unauthorized("Invalid token"))?;
    let audience = audience(world);
    if !access.is_for(&audience) {
        let had = access.audiences.join(",");
        return Err(ManagementError::unauthorized(&format!("Bad audience: {had}, expected {audience}")));
    }
    if any_of.iter().any(|scope| access.has(scope)) { Ok(access) } else { Err(ManagementError::scope(any_of)) }
}
