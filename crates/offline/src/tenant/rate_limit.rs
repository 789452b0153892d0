//! The tenant's rate limit: off until a policy sets it, then told in headers and kept.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::RETRY_AFTER},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::OAuthError;
use crate::world::World;

const LIMITED: [&str; 6] = ["/oauth/token", "/bc-authorize", "/oauth/par", "/oauth/device/code", "/userinfo", "/me/"];

/// Counts the request; beyond the limit it is answered with 429.
pub(crate) async fn limit(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let my_account = path.starts_with("/me/");
    let headers = LIMITED.iter().any(|prefix| path.starts_with(prefix)).then(|| count(&world)).flatten();
    let Some((headers, allowed)) = headers else { return next.run(request).await };
    let mut response = if allowed { next.run(request).await } else { refusal(my_account) };
    response.headers_mut().extend(headers);
    response
}

/// The rate-limit headers, and whether the request is within the limit. `None` without a limit.
pub(crate) fn count(world: &World) -> Option<(HeaderMap, bool)> {
    let now = world.now_ms() / 1000;
    let (limit, used, reset) = {
        let mut state = world.state();
        let limit = state.directory.policies.rate_limit?;
        let (start, used) = &mut state.window;
        if now >= start.saturating_add(limit.window) {
            (*start, *used) = (now, 0);
        }
        *used = used.saturating_add(1);
        (limit.limit, *used, start.saturating_add(limit.window))
    };
    let mut headers = HeaderMap::new();
    let mut insert = |name: &'static str, value: u64| {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    };
    insert("x-ratelimit-limit", limit);
    insert("x-ratelimit-remaining", limit.saturating_sub(used));
    insert("x-ratelimit-reset", reset);
    let allowed = used <= limit;
    if !allowed {
        headers.insert(RETRY_AFTER, HeaderValue::from(reset.saturating_sub(now).max(1)));
    }
    Some((headers, allowed))
}

fn refusal(my_account: bool) -> Response {
    let status = StatusCode::TOO_MANY_REQUESTS;
    if my_account {
        let body = json!({
            "type": "https://auth0.com/api-errors#A0E-429-0001", "status": 429, "title": "Too Many Requests",
            "detail": "Global limit has been reached",
        });
        return (status, Json(body)).into_response();
    }
    OAuthError::new(status, "too_many_requests", "Global limit has been reached").into_response()
}
