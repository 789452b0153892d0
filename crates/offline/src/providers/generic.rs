//! An API for every connection that has no provider of its own: `/api/{connection}/…` answers who the token speaks for and
//! what was asked.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::bearer::{self, Refusal};
use crate::world::World;

/// The routes below `/api`.
pub fn router() -> Router<Arc<World>> {
    Router::new().route("/api/{connection}/{*path}", any(echo))
}

async fn echo(
    State(world): State<Arc<World>>,
    Path((connection, path)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let grant = match bearer::of_connection(&world, &headers, &connection) {
        Ok(grant) => grant,
        Err(refusal) => return refused(&refusal),
    };
    let query = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect::<serde_json::Map<_, _>>();
    let body = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice::<Value>(&body) };
    let Ok(body) = body else {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_json"}))).into_response();
    };
    Json(json!({
        "connection": connection, "account": grant.account, "scopes": grant.scopes, "method": method.as_str(), "path": path,
        "query": query, "body": body,
        "idempotency_key": headers.get("idempotency-key").and_then(|key| key.to_str().ok()),
    }))
    .into_response()
}

/// RFC 6750, 3.1
fn refused(refusal: &Refusal) -> Response {
    let challenge = if *refusal == Refusal::Missing { "Bearer" } else { "Bearer error=\"invalid_token\"" };
    let body = json!({"error": "invalid_token"});
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)], Json(body)).into_response()
}
