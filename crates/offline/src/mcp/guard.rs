//! `vault`: a resource server before which the tenant stands (RFC 9728, RFC 6750).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::asked::{Asked, status};
use super::servers::KnownServer;
use crate::tenant::bearer;
use crate::world::World;

/// What every token for `vault` has to carry.
const READ: &str = "vault:read";

/// `GET /.well-known/oauth-protected-resource/mcp/{name}`
pub(super) async fn metadata(State(world): State<Arc<World>>, Path(name): Path<String>) -> Response {
    if KnownServer::of(&name) != Some(KnownServer::Vault) {
        return status(404);
    }
    let resource = address(&world);
    Json(json!({
        "resource": resource, "authorization_servers": [world.options().issuer], "scopes_supported": [READ],
        "bearer_methods_supported": ["header"], "resource_name": "Vault",
    }))
    .into_response()
}

/// The scopes of the caller's token, or the refusal.
///
/// # Errors
/// 401 with a challenge without a good token for this address; 403 with one that lacks what the call needs.
pub(super) fn check(world: &World, asked: &Asked, call: Option<&Value>) -> Result<(), Box<Response>> {
    if asked.server != KnownServer::Vault {
        return Ok(());
    }
    let token = asked.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let Some(token) = token else { return Err(challenge(world, StatusCode::UNAUTHORIZED, None, READ)) };
    let resource = address(world);
    let access = bearer::verify(world, token).filter(|access| access.is_for(&resource));
    let Some(access) = access else {
        return Err(challenge(world, StatusCode::UNAUTHORIZED, Some("invalid_token"), READ));
    };
    let stores = call.and_then(|call| call.pointer("/params/name")).is_some_and(|name| name == "store_secret");
    let needed: &[&str] = if stores { &[READ, "vault:write"] } else { &[READ] };
    if needed.iter().all(|scope| access.has(scope)) {
        return Ok(());
    }
    Err(challenge(world, StatusCode::FORBIDDEN, Some("insufficient_scope"), &needed.join(" ")))
}

fn challenge(world: &World, status: StatusCode, error: Option<&str>, scope: &str) -> Box<Response> {
    let base = world.options().providers_base_url();
    let error = error.map(|error| format!("error=\"{error}\", ")).unwrap_or_default();
    let value = format!(
        "Bearer {error}resource_metadata=\"{base}/.well-known/oauth-protected-resource/mcp/vault\", scope=\"{scope}\""
    );
    let mut response = status.into_response();
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(WWW_AUTHENTICATE, value);
    }
    Box::new(response)
}

fn address(world: &World) -> String {
    format!("{}/mcp/vault", world.options().providers_base_url())
}
