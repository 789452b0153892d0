//! The token endpoint (RFC 6749 3.2), form and JSON bodies.

pub(crate) mod client_auth;
mod code;
mod issue;
mod machine;
mod refresh;
mod vault;

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};

pub(crate) use self::code::verifies;
use super::{OAuthError, parameters::Parameters};
use crate::world::World;

pub(crate) const GRANT_AUTHORIZATION_CODE: &str = "authorization_code";
pub(crate) const GRANT_REFRESH_TOKEN: &str = "refresh_token";
pub(crate) const GRANT_CLIENT_CREDENTIALS: &str = "client_credentials";
pub(crate) const GRANT_TOKEN_VAULT: &str =
    "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token";

/// `POST /oauth/token`.
pub(crate) async fn token(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let parameters = Parameters::from_body(&headers, &body)?;
    let grant_type = parameters.required("grant_type")?;
    if ![GRANT_AUTHORIZATION_CODE, GRANT_REFRESH_TOKEN, GRANT_CLIENT_CREDENTIALS, GRANT_TOKEN_VAULT]
        .contains(&grant_type)
    {
        let sentence = format!("Unsupported grant type: {grant_type}");
        return Err(OAuthError::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", sentence));
    }
    let client = client_auth::authenticate(&world, &headers, &parameters)?;
    if !client.may_use(grant_type) {
        return Err(OAuthError::unauthorized_client(format!("Grant type '{grant_type}' not allowed for the client.")));
    }
    let answer = match grant_type {
        GRANT_AUTHORIZATION_CODE => code::exchange(&world, &client, &parameters)?,
        GRANT_REFRESH_TOKEN => refresh::refresh(&world, &client, &parameters)?,
        GRANT_CLIENT_CREDENTIALS => machine::issue(&world, &client, &parameters)?,
        _ => vault::exchange(&world, &client, &parameters)?,
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}
