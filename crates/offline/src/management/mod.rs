//! Auth0's Management API v2, as far as a tenant is described by it: applications, APIs, grants, connections, roles, actions,
//! token exchange profiles and settings, and the identities of its users, over the directory that the tenant works with.

mod access;
mod actions;
mod body;
mod client_grants;
mod client_members;
mod clients;
mod connections;
mod enabled_clients;
mod error;
mod paging;
mod profiles;
mod resource_servers;
mod role_permissions;
mod roles;
mod settings;
mod users;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};

use self::error::ManagementError;
use crate::{tenant, world::World};

/// The routes below `/api/v2`.
pub(crate) fn router(world: Arc<World>) -> Router {
    let api = Router::new()
        .route("/clients", get(clients::list).post(clients::create))
        .route("/clients/{id}", get(clients::read).patch(clients::update).delete(clients::remove))
        .route("/resource-servers", get(resource_servers::list).post(resource_servers::create))
        .route(
            "/resource-servers/{id}",
            get(resource_servers::read).patch(resource_servers::update).delete(resource_servers::remove),
        )
        .route("/client-grants", get(client_grants::list).post(client_grants::create))
        .route(
            "/client-grants/{id}",
            get(client_grants::read).patch(client_grants::update).delete(client_grants::remove),
        )
        .route("/connections", get(connections::list).post(connections::create))
        .route("/connections/{id}", get(connections::read).patch(connections::update).delete(connections::remove))
        .route("/connections/{id}/clients", get(enabled_clients::list).patch(enabled_clients::update))
        .route("/roles", get(roles::list).post(roles::create))
        .route("/roles/{id}", get(roles::read).patch(roles::update).delete(roles::remove))
        .route(
            "/roles/{id}/permissions",
            get(role_permissions::list).post(role_permissions::add).delete(role_permissions::remove),
        )
        .route("/roles/{id}/users", post(role_permissions::assign))
        .route("/actions/actions", get(actions::list).post(actions::create))
        .route("/actions/actions/{id}", get(actions::read).patch(actions::update).delete(actions::remove))
        .route("/actions/actions/{id}/deploy", post(actions::deploy))
        .route("/token-exchange-profiles", get(profiles::list).post(profiles::create))
        .route("/token-exchange-profiles/{id}", get(profiles::read).patch(profiles::update))
        .route("/token-exchange-profiles/{id}", delete(profiles::remove))
        .route("/tenants/settings", get(settings::read).patch(settings::update))
        .route("/users/{id}", get(users::read))
        .route("/users/{id}/identities", post(users::link))
        .route("/users/{id}/identities/{provider}/{user_id}", delete(users::unlink))
        .fallback(not_found)
        .layer(from_fn_with_state(Arc::clone(&world), limit))
        .with_state(world);
    Router::new().nest("/api/v2", api)
}

/// Counts the request as the tenant counts those of its other endpoints.
async fn limit(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let Some((headers, allowed)) = tenant::count(&world) else { return next.run(request).await };
    let mut response = if allowed { next.run(request).await } else { ManagementError::too_many().into_response() };
    response.headers_mut().extend(headers);
    response
}

async fn not_found() -> ManagementError {
    ManagementError::missing("", "Not Found")
}
