use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use crate::require_auth::{Auth, Denied, RequireAuth};

/// What anybody may read, what takes a token, what takes a scope.
pub fn router(auth: Arc<Auth>) -> Router {
    Router::new()
        .route("/api/public", get(public))
        .route("/api/private", get(private))
        .route("/api/private-scope", get(private_scope))
        .with_state(auth)
}

async fn public() -> Json<Value> {
    Json(json!({ "msg": "Hello." }))
}

/// The identity an agent would be handed (UA-17).
async fn private(RequireAuth(token): RequireAuth) -> Json<Map<String, Value>> {
    Json(token.identity())
}

async fn private_scope(auth: RequireAuth) -> Result<Json<Value>, Denied> {
    let token = auth.with_scopes("stock:trade")?;
    Ok(Json(
        json!({ "msg": "You may trade.", "sub": token.subject(), "scopes": token.scopes().iter().collect::<Vec<_>>() }),
    ))
}
