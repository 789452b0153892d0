//! Provider APIs and their consent pages.

use std::sync::Arc;

use axum::Router;

use crate::world::World;

/// What the providers remember: effects such as drafts and orders.
#[derive(Debug, Default)]
pub struct ProvidersState {}

impl ProvidersState {
    /// Forgets everything.
    pub fn reset(&self) {}
}

/// The routes of the providers port.
pub fn router(world: Arc<World>) -> Router {
    Router::new().with_state(world)
}
