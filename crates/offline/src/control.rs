//! The control API: look at everything, move everything. Loopback only, never for a browser of another origin.

mod configuration;
mod error;
pub mod observe;
mod page;
mod people;
mod seed;
mod tokens;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{
        HeaderMap, StatusCode,
        header::{HOST, ORIGIN},
    },
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{get, patch, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use self::error::{ControlError, read};
use crate::{
    model,
    world::{Fault, World},
};

/// The routes of the control port.
pub fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/", get(page::page))
        .route("/health", get(|| async { Json(json!({ "ok": true })) }))
        .route("/reset", post(reset))
        .route("/users", get(|State(world): State<Arc<World>>| async move { Json(world.users()) }))
        .route("/grants", get(grants))
        .route("/requests", get(requests))
        .route("/tokens", get(tokens::list))
        .route("/approvals", get(|State(world): State<Arc<World>>| async move { Json(world.approvals()) }))
        .route("/approvals/{id}", post(people::decide))
        .route("/devices", get(|State(world): State<Arc<World>>| async move { Json(world.device_requests()) }))
        .route("/devices/{user_code}", post(people::decide_device))
        .route("/sessions/end", post(people::end_sessions))
        .route("/logout-tokens", get(|State(world): State<Arc<World>>| async move { Json(world.logout_deliveries()) }))
        .route("/logout-tokens", post(people::logout_token))
        .route("/effects", get(|State(world): State<Arc<World>>| async move { Json(world.effects_summary()) }))
        .route("/seed", post(seed::seed))
        .route("/tokens/revoke", post(tokens::revoke))
        .route("/tokens/expire", post(tokens::expire))
        .route("/clock", get(clock).post(set_clock))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/keys/rotate", post(rotate))
        .route("/model/rules", post(rules))
        .route("/policies", patch(configuration::policies))
        .route("/fga", patch(configuration::fga))
        .route("/clients/{id}", patch(configuration::client))
        .route("/connections/{name}", patch(configuration::connection))
        .route("/apis/{identifier}", patch(configuration::api).delete(configuration::remove_api))
        .merge(crate::mcp::control())
        .fallback(|| async { ControlError::new(StatusCode::NOT_FOUND, "not_found", "There is no such control route.") })
        .layer(from_fn(own_machine_only))
        .with_state(world)
}

/// A page of the web must neither read tokens (DNS rebinding) nor move the world (forged requests).
async fn own_machine_only(request: Request, next: Next) -> Response {
    if local(request.headers()) {
        return next.run(request).await;
    }
    let sentence = "The control API answers its own machine only.";
    ControlError::new(StatusCode::FORBIDDEN, "forbidden", sentence).into_response()
}

fn local(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else { return false };
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&name);
    let same_origin =
        headers.get(ORIGIN).is_none_or(|origin| origin.to_str().is_ok_and(|o| o == format!("http://{host}")));
    loopback && same_origin
}

async fn reset(State(world): State<Arc<World>>) -> Result<Json<Value>, ControlError> {
    let failed = |error: crate::world::StartError| {
        ControlError::new(StatusCode::INTERNAL_SERVER_ERROR, "seed", error.to_string())
    };
    world.reset().map_err(failed)?;
    Ok(Json(json!({ "ok": true })))
}

async fn grants(State(world): State<Arc<World>>) -> Json<Value> {
    let consents = world.state().logins.grants.clone();
    Json(json!({ "consents": consents, "connected_accounts": world.connected_accounts(None) }))
}

async fn requests(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!(world.requests()))
}

async fn clock(State(world): State<Arc<World>>) -> Json<Value> {
    let offset_ms = world.state().clock_offset_ms;
    Json(json!({ "offset_ms": offset_ms, "now_ms": world.now_ms() }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    offset_ms: i64,
}

async fn set_clock(State(world): State<Arc<World>>, body: axum::body::Bytes) -> Result<Json<Value>, ControlError> {
    let wanted: Clock = read(&body)?;
    world.state().clock_offset_ms = wanted.offset_ms;
    Ok(clock(State(world)).await)
}

async fn faults(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!(world.faults()))
}

async fn add_fault(State(world): State<Arc<World>>, body: axum::body::Bytes) -> Result<Json<Value>, ControlError> {
    let fault: Fault = read(&body)?;
    if fault.status.is_some_and(|status| !(200..=599).contains(&status)) {
        return Err(ControlError::bad_request("status must be between 200 and 599."));
    }
    if fault.probability.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
        return Err(ControlError::bad_request("probability must be between 0 and 1."));
    }
    world.add_fault(fault);
    Ok(Json(json!(world.faults())))
}

async fn clear_faults(State(world): State<Arc<World>>) -> Json<Value> {
    world.clear_faults();
    Json(json!([]))
}

async fn rotate(State(world): State<Arc<World>>) -> Json<Value> {
    world.keyring().rotate();
    Json(world.keyring().jwks())
}

async fn rules(State(world): State<Arc<World>>, body: axum::body::Bytes) -> Result<Json<Value>, ControlError> {
    let rules: Value = read(&body)?;
    model::set_rules(&world, &rules).map_err(|error| ControlError::bad_request(error.to_string()))?;
    Ok(Json(json!({ "ok": true })))
}
