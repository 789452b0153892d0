//! Requests to `/mcp`, as the runtime has them.

use deputy_mcp::authorization::Access;
use deputy_mcp::protocol::{Message, Request, method};
use deputy_mcp::server::Endpoint;
use deputy_mcp_worker::incoming;
use futures::StreamExt as _;
use serde_json::Value;

use super::audit::ToolCalled;
use super::caller::McpCaller;
use super::served::{Asked, Served};
use super::tools::{AGENT, scopes_of};
use super::{McpAnswer, McpCall};
use crate::objects::Refusal;

/// The largest request, bytes.
const MOST: usize = 1024 * 1024;

/// Code of a call that was refused for that, in the log (RFC 6750, 3.1).
const INSUFFICIENT_SCOPE: &str = "insufficient_scope";

/// Answers one request.
///
/// Errors: 413 for a request that is too large; 400 for one that broke off; 503 when a session cannot be reached.
pub async fn answer(call: McpCall, caller: McpCaller) -> Result<McpAnswer, Refusal> {
    let McpCall { mut request, env, settings, id, now } = call;
    let body = read(&mut request).await?;
    if let Ok(Message::Request(asked)) = Message::read(&body)
        && let Some(scopes) = missing_scopes(&asked, &caller)
    {
        if let Some(tool) = called_tool(&asked) {
            ToolCalled { id: &id, caller: &caller, tool, code: INSUFFICIENT_SCOPE }.log();
        }
        return Ok(McpAnswer::InsufficientScope(scopes));
    }
    let request = incoming(&request, body);
    // Who may send was decided before; what is allowed there is allowed here.
    let origin = request.headers().get("origin").and_then(|origin| origin.to_str().ok()).map(str::to_owned);
    let endpoint = Endpoint { origins: origin.into_iter().collect(), ..Endpoint::default() };
    let asked = Asked { caller, id, now }.caller();
    let answer = deputy_mcp_worker::answer::<Served>(&env, &endpoint, &settings.base_url, &asked, &request).await;
    let unreached =
        |_| Refusal::new(503, "mcp_session_unreachable", "This does not work at the moment. Please try again.");
    answer.map(McpAnswer::Response).map_err(unreached)
}

/// What a token of the same user could have and this one has not: said by the status, before any JSON-RPC.
fn missing_scopes(request: &Request, caller: &McpCaller) -> Option<Vec<String>> {
    let needed = match request.method.as_str() {
        method::TOOLS_CALL => scopes_of(called_tool(request)?),
        method::RESOURCES_READ => &[AGENT],
        _ => return None,
    };
    match caller.may(needed) {
        Access::StepUp(scopes) => Some(scopes),
        Access::Allowed | Access::Hidden => None,
    }
}

/// The tool that is called, if one is.
fn called_tool(request: &Request) -> Option<&str> {
    let name = request.params.get("name").and_then(Value::as_str);
    name.filter(|_| request.method == method::TOOLS_CALL)
}

async fn read(request: &mut worker::Request) -> Result<Vec<u8>, Refusal> {
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
    Ok(body)
}
