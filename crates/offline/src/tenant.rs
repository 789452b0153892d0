//! The Auth0 tenant.

use std::sync::Arc;

use axum::Router;

use crate::world::World;

/// The routes of the tenant's port.
pub fn router(world: Arc<World>) -> Router {
    Router::new().with_state(world)
}
