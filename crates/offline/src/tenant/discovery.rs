//! Discovery documents (OIDC Discovery 1.0, RFC 8414) and the JWK set.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::token::GRANTS;
use crate::world::World;

/// The metadata, the same at both well-known addresses. It names only what this tenant serves.
pub(crate) async fn metadata(State(world): State<Arc<World>>) -> Json<Value> {
    let issuer = &world.options().issuer;
    let at = |path: &str| format!("{issuer}{path}");
    let policies = world.state().directory.policies.clone();
    let mut metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("oauth/token"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at(".well-known/jwks.json"),
        "revocation_endpoint": at("oauth/revoke"),
        "backchannel_authentication_endpoint": at("bc-authorize"),
        "device_authorization_endpoint": at("oauth/device/code"),
        "scopes_supported": ["openid", "profile", "offline_access", "name", "nickname", "email", "email_verified", "picture"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GRANTS,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
        "dpop_signing_alg_values_supported": ["ES256", "RS256"],
        "backchannel_token_delivery_modes_supported": ["poll"],
        "backchannel_user_code_parameter_supported": false,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["acr", "amr", "aud", "auth_time", "email", "email_verified", "exp", "iat", "iss", "name", "nickname", "picture", "sid", "sub"],
        "request_uri_parameter_supported": false,
        "request_parameter_supported": false,
        "require_request_uri_registration": false,
        "client_id_metadata_document_supported": policies.client_id_metadata_documents,
    });
    if let Some(members) = metadata.as_object_mut() {
        if policies.rp_logout_discovery {
            members.insert("end_session_endpoint".to_owned(), at("oidc/logout").into());
        }
        if policies.pushed_authorization_requests {
            members.insert("pushed_authorization_request_endpoint".to_owned(), at("oauth/par").into());
        }
        if policies.dynamic_client_registration {
            members.insert("registration_endpoint".to_owned(), at("oidc/register").into());
        }
    }
    Json(metadata)
}

/// The public keys.
pub(crate) async fn jwks(State(world): State<Arc<World>>) -> Json<Value> {
    Json(world.keyring().jwks())
}
