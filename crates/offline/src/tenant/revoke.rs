//! Token revocation (RFC 7009): Auth0 revokes refresh tokens only.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};

use super::{OAuthError, parameters::Parameters, token::client_auth};
use crate::world::{TokenKind, World};

/// `POST /oauth/revoke`.
pub(crate) async fn revoke(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, OAuthError> {
    let parameters = Parameters::from_body(&headers, &body)?;
    let client = client_auth::authenticate(&world, &headers, &parameters)?;
    let token = parameters.required("token")?;
    let mut state = world.state();
    // An unknown token is revoked already (RFC 7009 2.2).
    let Some(issued) = state.tokens.find(token).cloned() else { return Ok(StatusCode::OK) };
    if issued.client_id != client.client_id {
        return Err(OAuthError::invalid_request("The token was not issued to this client."));
    }
    let Some(refresh) = issued.refresh.filter(|_| issued.kind == TokenKind::RefreshToken) else {
        let sentence = "Only refresh tokens can be revoked.";
        return Err(OAuthError::new(StatusCode::BAD_REQUEST, "unsupported_token_type", sentence));
    };
    state.tokens.revoke_family(&refresh.family);
    Ok(StatusCode::OK)
}
