//! Who may call: an access token for the My Account audience with the scope of the call.

use axum::http::StatusCode;

use super::error::ApiError;
use crate::{
    tenant::{
        bearer::{self, Access},
        presented::Presented,
    },
    world::World,
};

/// Creating a connected account.
pub(crate) const CREATE: &str = "create:me:connected_accounts";
/// Listing them.
pub(crate) const READ: &str = "read:me:connected_accounts";
/// Removing one.
pub(crate) const DELETE: &str = "delete:me:connected_accounts";

/// The verified access token of the request.
///
/// # Errors
/// 401 without a good token for this API, 403 without the scope.
pub(crate) fn require(world: &World, presented: &Presented, scope: &str) -> Result<Access, ApiError> {
    let access = bearer::authenticate(world, presented)
        .filter(|access| access.is_for(&world.options().my_account_audience()))
        .ok_or_else(|| ApiError::new(StatusCode::UNAUTHORIZED, "Invalid or missing access token."))?;
    if !access.has(scope) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, format!("Insufficient scope, expected any of: {scope}")));
    }
    Ok(access)
}
