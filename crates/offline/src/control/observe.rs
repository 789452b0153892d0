//! What happens around every request: it is logged, and a fault may strike it.

use std::{
    io::{Write, stderr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CONTENT_TYPE, DATE},
    },
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::world::{Fault, RequestSeen, Service, World};

/// Bodies beyond this are refused: nothing here takes more.
const BODY_LIMIT: usize = 2 * 1024 * 1024;
/// Bodies beyond this are answered but not kept in the log.
const LOGGED_BODY_LIMIT: usize = 128 * 1024;
/// Parameters the log leaves out; tokens stay, because tests look for them.
const LEFT_OUT: [&str; 3] = ["password", "client_secret", "client_assertion"];

/// Wraps the routes of a service.
pub fn layer(router: Router, service: Service, world: Arc<World>) -> Router {
    router.layer(from_fn_with_state((service, world), observe))
}

async fn observe(State((service, world)): State<(Service, Arc<World>)>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let method = parts.method.to_string();
    let path = parts.uri.path().to_owned();
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let Ok(bytes) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let logged_body = if bytes.len() <= LOGGED_BODY_LIMIT { read_body(&parts.headers, &bytes) } else { None };
    let size = bytes.len();
    // The control API is never struck, or a fault could not be taken back.
    let fault = if service == Service::Control { None } else { world.strike(service, &method, &path, &bytes) };
    let answer = next.run(Request::from_parts(parts, Body::from(bytes)));
    let mut response = match &fault {
        None => answer.await,
        Some(fault) => {
            let done = if fault.after { Ok(answer.await) } else { Err(answer) };
            tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
            match (faulty(fault), done) {
                (Some(response), _) | (None, Ok(response)) => response,
                (None, Err(answer)) => answer.await,
            }
        }
    };
    if service == Service::Tenant {
        dated(&mut response, world.now_ms());
    }
    if service != Service::Control {
        let dropped = fault.as_ref().is_some_and(|fault| fault.drop);
        let status = if dropped { 0 } else { response.status().as_u16() };
        if !world.options().quiet {
            // Without standard error the world works on.
            let _ = writeln!(stderr(), "{} {method} {path} {status}", service.name());
        }
        let at_ms = world.now_ms();
        world.record_request(size, RequestSeen { at_ms, service, method, path, query, body: logged_body, status });
    }
    response
}

/// The tenant's clock is the world's, for who compares it with their own.
fn dated(response: &mut Response, now_ms: u64) {
    let time = i64::try_from(now_ms).ok().and_then(|now_ms| jiff::Timestamp::from_millisecond(now_ms).ok());
    let text = time.map(|time| time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    if let Some(date) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().entry(DATE).or_insert(date);
    }
}

fn faulty(fault: &Fault) -> Option<Response> {
    if fault.drop {
        // A body that fails before anything was flushed makes the server close the connection without an answer.
        let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("dropped on purpose")) });
        return Some(Response::new(Body::from_stream(broken)));
    }
    let status = StatusCode::from_u16(fault.status?).ok()?;
    let mut response = match &fault.body {
        Value::Null => status.into_response(),
        Value::String(text) => (status, text.clone()).into_response(),
        other => (status, axum::Json(other.clone())).into_response(),
    };
    for (name, value) in &fault.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    Some(response)
}

fn read_body(headers: &HeaderMap, bytes: &[u8]) -> Option<Value> {
    let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let mut value = if content_type.starts_with("application/json") {
        serde_json::from_slice(bytes).ok()?
    } else if content_type.starts_with("application/x-www-form-urlencoded") {
        let pairs: Map<String, Value> =
            form_urlencoded::parse(bytes).map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect();
        Value::Object(pairs)
    } else {
        return None;
    };
    if let Some(members) = value.as_object_mut() {
        members.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    }
    Some(value)
}
