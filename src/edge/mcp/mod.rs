//! `/mcp` as a protected resource: who may come in, how everybody else is refused, and what is published of it. What the server does
//! for a caller is in the room `mcp`.

mod bearer;
mod cors;
mod endpoint;
pub mod facade;
mod metadata;
pub mod route;
mod sender;

use worker::Response;

use super::reply;
use super::visit::Visit;
use crate::objects::Refusal;

pub use cors::cors_headers;
use route::McpRoute;

/// Answers one of the routes.
pub async fn answer(visit: &mut Visit, route: McpRoute, method: &str) -> Result<Response, Refusal> {
    if method == "OPTIONS" {
        return reply::no_content();
    }
    match route {
        McpRoute::Endpoint => endpoint::answer(visit).await,
        McpRoute::ProtectedResource => metadata::protected_resource(visit),
        McpRoute::ClientMetadata => metadata::client(visit),
        McpRoute::Facade(route) => facade::answer(visit, route).await,
    }
}
