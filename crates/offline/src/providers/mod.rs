//! Doubles of the providers' APIs and their consent pages, all on one port: `/google`, `/github`, `/slack`, `/salesforce`,
//! `/shop`, `/stock`, `/api/{connection}` for all others, and `/{connection}/consent`; MCP servers of others below `/mcp` (`crate::mcp`). Seeded data is in `data/`; tokens are those of the tenant's vault.

mod bearer;
mod consent;
mod consent_page;
mod generic;
mod github;
mod google;
mod orders;
mod registry;
mod revoke;
mod salesforce;
mod slack;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;

use crate::world::World;

/// The routes of the providers port.
pub fn router(world: Arc<World>) -> Router {
    Router::new()
        .merge(google::router())
        .merge(github::router())
        .merge(slack::router())
        .merge(salesforce::router())
        .merge(orders::router())
        .merge(generic::router())
        .merge(consent::router())
        .merge(revoke::router())
        .merge(crate::mcp::router())
        .fallback(unknown)
        .with_state(world)
}

async fn unknown(uri: Uri) -> Response {
    let error =
        json!({"error": {"code": 404, "message": format!("no provider serves {}", uri.path()), "status": "NOT_FOUND"}});
    (StatusCode::NOT_FOUND, Json(error)).into_response()
}
