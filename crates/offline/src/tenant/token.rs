//! The token endpoint (RFC 6749 3.2), form and JSON bodies.

pub(crate) mod client_auth;
mod code;
mod exchange;
mod grants;
mod issue;
mod machine;
mod poll;
mod privileged;
mod refresh;
mod vault;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};

use self::issue::Binding;
pub(crate) use self::{code::verifies, grants::*, issue::api};
use super::{OAuthError, dpop, parameters::Parameters};
use crate::world::World;

/// `POST /oauth/token`.
pub(crate) async fn token(
    State(world): State<Arc<World>>,
    caller: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let parameters = Parameters::from_body(&headers, &body)?;
    let grant_type = parameters.required("grant_type")?;
    if !GRANTS.contains(&grant_type) {
        let sentence = format!("Unsupported grant type: {grant_type}");
        return Err(OAuthError::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", sentence));
    }
    let client = client_auth::authenticate(&world, &headers, &parameters)?;
    if !client.may_use(grant_type) {
        return Err(OAuthError::unauthorized_client(format!("Grant type '{grant_type}' not allowed for the client.")));
    }
    let jkt = dpop::proof(&world, &headers, "POST", "oauth/token", None)?;
    if client.require_proof_of_possession && jkt.is_none() {
        return Err(dpop::invalid("The client must show a DPoP proof."));
    }
    let binding = Binding::to_key(jkt.clone());
    let answer = match grant_type {
        GRANT_AUTHORIZATION_CODE => code::exchange(&world, &client, &parameters, binding)?,
        GRANT_REFRESH_TOKEN => refresh::refresh(&world, &client, &parameters, binding)?,
        GRANT_CLIENT_CREDENTIALS => machine::issue(&world, &client, &parameters, jkt)?,
        GRANT_CIBA => poll::backchannel(&world, &client, &parameters, binding)?,
        GRANT_DEVICE => poll::device(&world, &client, &parameters, binding)?,
        GRANT_TOKEN_EXCHANGE => exchange::exchange(&world, &client, &parameters, binding)?,
        _ => vault::exchange(&world, &client, &parameters, caller.map(|Extension(ConnectInfo(caller))| caller.ip()))?,
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}
