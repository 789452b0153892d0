//! Discovery documents (OIDC Discovery 1.0, RFC 8414) and the JWK set.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::token::{GRANT_AUTHORIZATION_CODE, GRANT_CLIENT_CREDENTIALS, GRANT_REFRESH_TOKEN, GRANT_TOKEN_VAULT};
use crate::world::World;

/// The metadata, the same at both well-known addresses. It names only what this tenant serves.
pub(crate) async fn metadata(State(world): State<Arc<World>>) -> Json<Value> {
    let issuer = &world.options().issuer;
    let at = |path: &str| format!("{issuer}{path}");
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("oauth/token"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at(".well-known/jwks.json"),
        "revocation_endpoint": at("oauth/revoke"),
        "end_session_endpoint": at("oidc/logout"),
        "scopes_supported": ["openid", "profile", "offline_access", "name", "nickname", "email", "email_verified", "picture"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [GRANT_AUTHORIZATION_CODE, GRANT_REFRESH_TOKEN, GRANT_CLIENT_CREDENTIALS, GRANT_TOKEN_VAULT],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["aud", "auth_time", "email", "email_verified", "exp", "iat", "iss", "name", "nickname", "picture", "sid", "sub"],
        "request_uri_parameter_supported": false,
        "request_parameter_supported": false,
    }))
}

/// The public keys.
pub(crate) async fn jwks(State(world): State<Arc<World>>) -> Json<Value> {
    Json(world.keyring().jwks())
}
