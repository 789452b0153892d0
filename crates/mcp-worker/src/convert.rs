//! Requests and answers of the runtime as those of `http`.

use deputy_http::{Request, Response};
use deputy_mcp::server::events;
use deputy_platform::clock;
use futures::future::{Either, select};
use futures::{Stream, StreamExt, pin_mut, stream};
use http::{HeaderName, HeaderValue, Method};
use worker::ResponseBody;

/// After so long without an event something is sent, so that nobody on the way closes the connection, milliseconds.
const QUIET_MS: u64 = 25_000;

/// A request of the runtime whose body was read.
pub fn incoming(request: &worker::Request, body: Vec<u8>) -> Request {
    let method = Method::try_from(request.method().to_string().as_str()).unwrap_or_default();
    let mut incoming = deputy_http::request(method, request.inner().url());
    for (name, value) in request.headers().entries() {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            incoming.headers_mut().append(name, value);
        }
    }
    *incoming.body_mut() = body.into();
    incoming
}

/// An answer for the runtime.
pub fn outgoing(answer: Response) -> worker::Result<worker::Response> {
    let (head, body) = answer.into_parts();
    let body = if body.is_empty() { ResponseBody::Empty } else { ResponseBody::Body(body.to_vec()) };
    let mut response = worker::Response::from_body(body)?.with_status(head.status.as_u16());
    for (name, value) in &head.headers {
        response.headers_mut().append(name.as_str(), value.to_str().unwrap_or_default())?;
    }
    Ok(response)
}

/// Server-sent events for the runtime.
pub fn streamed(open: impl Stream<Item = String> + Unpin + 'static) -> worker::Result<worker::Response> {
    let mut response = worker::Response::from_stream(kept_open(open).map(Ok::<_, worker::Error>))?;
    for (name, value) in events::HEADERS {
        response.headers_mut().set(name, value)?;
    }
    Ok(response)
}

fn kept_open(open: impl Stream<Item = String> + Unpin) -> impl Stream<Item = String> {
    stream::unfold(open, |mut open| async move {
        let event = {
            let next = open.next();
            let quiet = clock::sleep(QUIET_MS);
            pin_mut!(quiet);
            match select(next, quiet).await {
                Either::Left((event, _)) => event,
                Either::Right(_) => Some(events::COMMENT.to_owned()),
            }
        };
        event.map(|event| (event, open))
    })
}
