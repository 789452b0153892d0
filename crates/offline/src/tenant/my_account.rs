//! The My Account API: connected accounts (§4.3 of the reference).

mod access;
mod accounts;
mod complete;
mod connect;
mod error;
mod input;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use crate::world::World;

/// The five calls, below `/me/v1/connected-accounts`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/connect", post(connect::connect))
        .route("/complete", post(complete::complete))
        .route("/accounts", get(accounts::list))
        .route("/accounts/{id}", axum::routing::delete(accounts::delete))
        .route("/connections", get(accounts::connections))
}
