//! Device authorization (RFC 8628 3.1).

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use rsa::rand_core::{OsRng, RngCore};
use serde_json::json;

use super::{
    OAuthError,
    parameters::Parameters,
    token::{self, client_auth},
};
use crate::world::{ApprovalState, DeviceRequest, Polling, World, random_id};

/// How long a device waits for its user, in seconds.
const LIFETIME: u64 = 900;
/// Letters that nobody mistakes for others and that form no words (RFC 8628 6.1).
const LETTERS: [char; 20] =
    ['B', 'C', 'D', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Z'];

/// `POST /oauth/device/code`: 200 with both codes.
///
/// # Errors
/// 401 `invalid_client`, 403 `unauthorized_client` without the grant, 403 `access_denied` for an unknown API.
pub(crate) async fn authorize(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let parameters = Parameters::from_body(&headers, &body)?;
    let client = client_auth::authenticate(&world, &headers, &parameters)?;
    if !client.may_use(token::GRANT_DEVICE) {
        let sentence = format!("Grant type '{}' not allowed for the client.", token::GRANT_DEVICE);
        return Err(OAuthError::unauthorized_client(sentence));
    }
    let audience = parameters.get("audience").map(str::to_owned);
    token::api(&world, audience.as_deref())?;
    let interval = world.state().directory.policies.polling_interval;
    let request = DeviceRequest {
        device_code: random_id(32),
        user_code: user_code(),
        client_id: client.client_id,
        audience,
        scope: parameters.scopes(),
        expires_at: world.now_ms().saturating_add(LIFETIME.saturating_mul(1000)),
        state: ApprovalState::Pending,
        user_id: None,
        sid: None,
        polling: Polling::every(interval),
    };
    let page = format!("{}activate", world.options().issuer);
    let answer = json!({
        "device_code": request.device_code,
        "user_code": request.user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={}", request.user_code),
        "expires_in": LIFETIME,
        "interval": interval,
    });
    world.state().approvals.devices.push(request);
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

fn user_code() -> String {
    let mut bytes = [0_u8; 8];
    OsRng.fill_bytes(&mut bytes);
    let letter = |byte: &u8| LETTERS.get(usize::from(*byte) % LETTERS.len()).copied().unwrap_or('B');
    let letters: Vec<char> = bytes.iter().map(letter).collect();
    let (first, second) = letters.split_at(4);
    format!("{}-{}", first.iter().collect::<String>(), second.iter().collect::<String>())
}
