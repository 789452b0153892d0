//! One conversation with a server: Streamable HTTP, a session of its own that is ended afterwards.

use deputy_http::{BuildRequest, ReadResponse, Request, Response, TransportError, post, request};
use deputy_mcp::protocol::{
    CallToolResult, Implementation, Message, Notification, Params, Request as RpcRequest, Revision, RpcError, Tool,
    code, method,
};
use http::Method;
use serde_json::{Value, json};

use super::MAX_TOOLS;
use super::rows::Server;
use crate::account::core::{Core, Ports};
use crate::objects::Refusal;
use crate::tools::mcp::ServerProblem;

/// Pages of tools that are read at most.
const MAX_PAGES: usize = 8;

/// A server, begun with.
struct Begun<'a> {
    server: &'a Server,
    revision: String,
    session: Option<String>,
}

impl<P: Ports> Core<P> {
    /// All tools that a server offers.
    pub(super) async fn list_tools(&self, server: &Server) -> Result<Result<Vec<Tool>, ServerProblem>, Refusal> {
        let begun = match self.begin(server).await {
            Ok(begun) => begun,
            Err(problem) => return Ok(Err(problem)),
        };
        let listed = self.all_tools(&begun).await;
        self.end_conversation(begun).await;
        Ok(listed)
    }

    /// Calls a tool. With a problem comes whether the call was sent.
    pub(super) async fn ask_server(
        &self,
        server: &Server,
        tool: &str,
        arguments: &Value,
    ) -> Result<Result<CallToolResult, (ServerProblem, bool)>, Refusal> {
        let begun = match self.begin(server).await {
            Ok(begun) => begun,
            Err(problem) => return Ok(Err((problem, false))),
        };
        let called = self.say(&begun, method::TOOLS_CALL, json!({"name": tool, "arguments": arguments})).await;
        self.end_conversation(begun).await;
        Ok(called.and_then(read).map_err(|problem| {
            let sent = matches!(
                problem,
                ServerProblem::Slow
                    | ServerProblem::Down
                    | ServerProblem::TooLarge
                    | ServerProblem::Malformed
                    | ServerProblem::AsksForMore
            );
            (problem, sent)
        }))
    }

    async fn begin<'a>(&self, server: &'a Server) -> Result<Begun<'a>, ServerProblem> {
        let offered = Revision::V2025_11_25.as_str();
        let fresh = Begun { server, revision: offered.to_owned(), session: None };
        let client = Implementation {
            name: "Deputy".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Implementation::default()
        };
        // No capabilities: neither sampling nor roots nor elicitation are given to a server of others.
        let params = json!({"protocolVersion": offered, "capabilities": {}, "clientInfo": client});
        let answer = self.post(&fresh, &rpc(method::INITIALIZE, params)).await?;
        let session = answer.header("mcp-session-id").map(str::to_owned);
        let result = outcome_of(&answer)?;
        let revision = result.get("protocolVersion").and_then(Value::as_str).unwrap_or_default();
        if !Revision::WITH_SESSIONS.iter().any(|known| known.as_str() == revision) {
            return Err(ServerProblem::Malformed);
        }
        let begun = Begun { server, revision: revision.to_owned(), session };
        self.post(&begun, &Notification::new(method::INITIALIZED, Params::new()).into()).await?;
        Ok(begun)
    }

    async fn all_tools(&self, begun: &Begun<'_>) -> Result<Vec<Tool>, ServerProblem> {
        let mut tools: Vec<Tool> = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let params = cursor.as_ref().map_or_else(|| json!({}), |cursor| json!({"cursor": cursor}));
            let page = self.say(begun, method::TOOLS_LIST, params).await?;
            let listed = page.get("tools").and_then(Value::as_array).ok_or(ServerProblem::Malformed)?;
            // One tool that cannot be read does not hide the others.
            tools.extend(listed.iter().filter_map(|tool| read::<Tool>(tool.clone()).ok()));
            cursor = page.get("nextCursor").and_then(Value::as_str).map(str::to_owned);
            if cursor.is_none() || tools.len() >= MAX_TOOLS {
                break;
            }
        }
        Ok(tools)
    }

    async fn say(&self, begun: &Begun<'_>, method: &str, params: Value) -> Result<Value, ServerProblem> {
        outcome_of(&self.post(begun, &rpc(method, params)).await?)
    }

    async fn end_conversation(&self, begun: Begun<'_>) {
        if begun.session.is_some() {
            // Best effort: a session that is not ended dies of age.
            let _ = self.ports.send(addressed(request(Method::DELETE, &begun.server.url), &begun)).await;
        }
    }

    async fn post(&self, begun: &Begun<'_>, message: &Message) -> Result<Response, ServerProblem> {
        let request = addressed(post(&begun.server.url), begun)
            .header("accept", "application/json, text/event-stream")
            .json(message);
        let answer = self.ports.send(request).await.map_err(unsent)?;
        match answer.status().as_u16() {
            200..=299 => Ok(answer),
            401 => Err(ServerProblem::LogInNeeded),
            403 if answer
                .header("www-authenticate")
                .is_some_and(|challenge| challenge.contains("insufficient_scope")) =>
            {
                Err(ServerProblem::MorePermissionNeeded)
            }
            500..=599 => Err(ServerProblem::Down),
            _ => Err(ServerProblem::Malformed),
        }
    }
}

fn addressed(request: Request, begun: &Begun<'_>) -> Request {
    let request = request.header("mcp-protocol-version", &begun.revision);
    match &begun.session {
        Some(session) => request.header("mcp-session-id", session),
        None => request,
    }
}

fn rpc(method: &str, params: Value) -> Message {
    let params = match params {
        Value::Object(params) => params,
        _ => Params::new(),
    };
    RpcRequest::new(1, method, params).into()
}

/// The response to the one request that was sent, out of JSON or a stream.
fn outcome_of(answer: &Response) -> Result<Value, ServerProblem> {
    let text = answer.text();
    let stream = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"));
    let messages: Vec<String> = if stream { events(&text) } else { vec![text] };
    let mut asked = false;
    for message in messages {
        match Message::read(message.as_bytes()) {
            Ok(Message::Response(response)) => return response.outcome.map_err(refused),
            Ok(Message::Request(_)) => asked = true,
            _ => {}
        }
    }
    Err(if asked { ServerProblem::AsksForMore } else { ServerProblem::Malformed })
}

/// The data of the events of a stream that has ended (WHATWG HTML, 9.2.6).
fn events(text: &str) -> Vec<String> {
    let normal = text.replace("\r\n", "\n").replace('\r', "\n");
    let data = |event: &str| {
        let lines = event.lines().filter_map(|line| line.strip_prefix("data:"));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    };
    normal.split("\n\n").map(data).filter(|data| !data.is_empty()).collect()
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, ServerProblem> {
    deputy_http::json::read_value(&value).map_err(|_| ServerProblem::Malformed)
}

fn refused(error: RpcError) -> ServerProblem {
    if error.code == code::URL_ELICITATION_REQUIRED {
        let url = error.data.as_ref().and_then(|data| data.pointer("/elicitations/0/url")).and_then(Value::as_str);
        // Only what a browser may open.
        if let Some(url) = url.filter(|url| url.starts_with("https://") && url.len() <= 2_048) {
            return ServerProblem::AsksForPage { url: url.to_owned() };
        }
    }
    ServerProblem::Refused { code: error.code }
}

fn unsent(error: TransportError) -> ServerProblem {
    match error {
        TransportError::TimedOut { .. } => ServerProblem::Slow,
        TransportError::TooLarge { .. } => ServerProblem::TooLarge,
        _ => ServerProblem::Down,
    }
}
