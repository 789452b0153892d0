//! Requests to `/mcp`, as the runtime has them.

use std::pin::pin;

use deputy_http::{BuildRequest as _, Method};
use deputy_mcp::authorization::Access;
use deputy_mcp::protocol::{Request, Revision, RpcError, code, method};
use deputy_mcp::server::{Arrival, Endpoint, Fault, Part, StatelessRequest, events, reply, serve};
use futures::StreamExt as _;
use serde_json::{Value, json};
use worker::Response;

use super::caller::McpCaller;
use super::product::Product;
use super::tools::{AGENT, scopes_of};
use super::{McpAnswer, McpCall};
use crate::objects::Refusal;

/// The largest request, bytes.
const MOST: usize = 1024 * 1024;

/// Answers one request.
///
/// Errors: 413 for a request that is too large; 400 for one that broke off.
pub async fn answer(call: McpCall, caller: McpCaller) -> Result<McpAnswer, Refusal> {
    let McpCall { mut request, env, settings, id, now } = call;
    let read = read(&mut request).await?;
    let endpoint = Endpoint { origins: settings.allowed_origins.clone(), ..Endpoint::default() };
    let answer = match endpoint.take(&read, &settings.base_url) {
        Arrival::Answer(answer) => answer,
        Arrival::Stateless(asked) => {
            if let Some(scopes) = missing_scopes(&asked.request, &caller) {
                return Ok(McpAnswer::InsufficientScope(scopes));
            }
            return served(Product { env, settings, caller, id, now }, *asked).await.map(McpAnswer::Response);
        }
        Arrival::Listen(asked) => reply::fault(Some(asked.request.id), &Fault::NoMethod, Revision::V2026_07_28),
        Arrival::Begin(request) => {
            let spoken = json!({"supported": [Revision::V2026_07_28], "requested": request.params.get("protocolVersion")});
            let error = RpcError::new(code::UNSUPPORTED_PROTOCOL_VERSION, "This revision of the protocol is not spoken here.");
            reply::error(400, Some(request.id), error.with_data(spoken))
        }
        Arrival::Session { .. } => reply::no_session(),
    };
    written(answer).map(McpAnswer::Response)
}

/// What a token of the same user could have and this one has not: said by the status, before any JSON-RPC.
fn missing_scopes(request: &Request, caller: &McpCaller) -> Option<Vec<String>> {
    let needed = match request.method.as_str() {
        method::TOOLS_CALL => scopes_of(request.params.get("name").and_then(Value::as_str)?),
        method::RESOURCES_READ => &[AGENT],
        _ => return None,
    };
    match caller.may(needed) {
        Access::StepUp(scopes) => Some(scopes),
        Access::Allowed | Access::Hidden => None,
    }
}

/// Nothing is told before the response, so it is the whole answer.
async fn served(product: Product, asked: StatelessRequest) -> Result<Response, Refusal> {
    let takes_json = asked.accepts.json;
    let mut parts = pin!(serve(product, asked));
    while let Some(part) = parts.next().await {
        let Part::Response { alone, message } = part else { continue };
        if takes_json || alone.status() != 200 {
            return written(*alone);
        }
        let event = events::event(None, &deputy_http::json::write(&message));
        let answer = deputy_http::response(200, event);
        return events::HEADERS.iter().try_fold(written(answer)?, |response, (name, value)| with(response, name, value));
    }
    Err(Refusal::internal("mcp_unanswered"))
}

async fn read(request: &mut worker::Request) -> Result<deputy_http::Request, Refusal> {
    let method = Method::try_from(request.inner().method().as_str()).unwrap_or_default();
    let headers: Vec<(String, String)> = request.headers().entries().collect();
    let mut read = deputy_http::request(method, request.inner().url());
    for (name, value) in headers {
        read = read.header(&name, value);
    }
    let mut body = Vec::new();
    // A request without a body has no stream.
    if let Ok(mut stream) = request.stream() {
        while let Some(piece) = stream.next().await {
            body.extend(piece.map_err(|_| Refusal::new(400, "body_unreadable", "The request broke off."))?);
            if body.len() > MOST {
                return Err(Refusal::new(413, "body_too_large", "This request is too large."));
            }
        }
    }
    *read.body_mut() = body.into();
    Ok(read)
}

fn written(answer: deputy_http::Response) -> Result<Response, Refusal> {
    let (head, body) = answer.into_parts();
    let response = Response::from_bytes(body.to_vec()).map_err(|_| Refusal::internal("reply_unwritable"))?;
    let mut response = response.with_status(head.status.as_u16());
    let _ = response.headers_mut().delete("content-type");
    head.headers.iter().try_fold(response, |response, (name, value)| {
        with(response, name.as_str(), value.to_str().unwrap_or_default())
    })
}

fn with(mut response: Response, name: &str, value: &str) -> Result<Response, Refusal> {
    response.headers_mut().set(name, value).map_err(|_| Refusal::internal("header_unwritable"))?;
    Ok(response)
}
