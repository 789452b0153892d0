//! Double of Auth0 FGA and of an OpenFGA server: OpenFGA's HTTP API over the evaluator of `deputy-fga`, with the token check of either.
//!
//! Of that crate only the answering side is here. Its client has no part in this program: one misunderstanding must not hide in both.

mod access;

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use deputy_fga::api::{self, Moment};
use rsa::rand_core::{OsRng, RngCore};

use crate::world::World;

/// Beyond this nothing is read: the API itself refuses less, in its own words.
const READ_LIMIT: usize = 4 * api::BODY_LIMIT;

/// The routes of the FGA port.
pub fn router(world: Arc<World>) -> Router {
    Router::new().fallback(answer).with_state(world)
}

async fn answer(State(world): State<Arc<World>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, READ_LIMIT).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    if let Err(refusal) = access::check(&world, &parts) {
        return of(refusal.response());
    }
    let random = u128::from(OsRng.next_u64()) << 64 | u128::from(OsRng.next_u64());
    let moment = Moment { now_ms: world.now_ms(), random };
    let request = deputy_http::Request::from_parts(parts, bytes.into());
    let mut state = world.state();
    of(api::answer(&mut state.fga.stores, &request, moment))
}

fn of(response: deputy_http::Response) -> Response {
    response.map(|body| Body::from(Bytes::from(body)))
}
