//! The control API: look at everything, move everything. Loopback only.

pub mod observe;

use std::sync::Arc;

use axum::Router;

use crate::world::World;

/// The routes of the control port.
pub fn router(world: Arc<World>) -> Router {
    Router::new().with_state(world)
}
