//! The UserInfo endpoint (OIDC Core 5.3).

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{bearer, presented::Presented};
use crate::world::World;

/// `GET` or `POST /userinfo`.
pub(crate) async fn userinfo(State(world): State<Arc<World>>, presented: Presented) -> Response {
    let audience = format!("{}userinfo", world.options().issuer);
    let access = bearer::authenticate(&world, &presented);
    let user = access
        .filter(|access| access.is_for(&audience) && access.has("openid"))
        .and_then(|access| world.user(&access.subject).map(|user| user.claims(&access.scopes)));
    match user {
        Some(claims) => Json(claims).into_response(),
        None => (
            StatusCode::UNAUTHORIZED,
            [(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")],
            Json(json!({ "error": "invalid_token", "error_description": "Unauthorized" })),
        )
            .into_response(),
    }
}
