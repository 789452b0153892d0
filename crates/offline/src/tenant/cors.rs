//! Who may ask the tenant from a page of another origin (Fetch, 3.2 CORS protocol): applications that are registered, by the origins of
//! their callbacks, as Auth0's "Allowed Web Origins" are for most applications.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_EXPOSE_HEADERS, ORIGIN, VARY,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::world::World;

const ENDPOINTS: [&str; 5] = ["/oauth/token", "/oauth/revoke", "/userinfo", "/me/", "/.well-known/"];

/// Lets the page of a registered application read the answer, and answers what its browser asks beforehand. No credentials: nobody
/// comes with a cookie.
pub(crate) async fn allow(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let known = ENDPOINTS.iter().any(|prefix| request.uri().path().starts_with(prefix));
    let Some(origin) = request.headers().get(ORIGIN).filter(|_| known).cloned() else { return next.run(request).await };
    let allowed = origin.to_str().is_ok_and(|origin| is_registered(&world, origin));
    let asks = request.method() == Method::OPTIONS && request.headers().contains_key("access-control-request-method");
    let mut response = if asks { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    response.headers_mut().insert(VARY, HeaderValue::from_static("Origin"));
    if allowed {
        response.headers_mut().extend(headers(origin, asks));
    }
    response
}

fn is_registered(world: &World, origin: &str) -> bool {
    let of =
        |callback: &String| url::Url::parse(callback).is_ok_and(|url| url.origin().ascii_serialization() == origin);
    world.state().directory.clients.iter().any(|client| client.callbacks.iter().any(of))
}

fn headers(origin: HeaderValue, asked_beforehand: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let mut fixed = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    fixed(ACCESS_CONTROL_EXPOSE_HEADERS, "dpop-nonce, retry-after, www-authenticate");
    if asked_beforehand {
        fixed(ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PATCH, DELETE");
        fixed(ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, dpop, auth0-client");
    }
    headers
}
