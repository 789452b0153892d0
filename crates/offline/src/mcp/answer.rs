//! Messages of JSON-RPC, one a request.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::asked::{Asked, status};
use super::guard;
use super::servers::{Called, KnownServer};
use crate::world::{World, random_id};

const REVISIONS: [&str; 2] = ["2025-11-25", "2025-06-18"];

/// `POST /mcp/{name}`
pub(super) async fn message(
    State(world): State<Arc<World>>,
    path: Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(asked) = Asked::read(path, headers, body) else { return status(404) };
    let Ok(message) = serde_json::from_slice::<Value>(&asked.body) else {
        return error(&Value::Null, -32700, "This is no JSON.");
    };
    if let Err(refused) = guard::check(&world, &asked, Some(&message)) {
        return *refused;
    }
    let accepts = asked.header("accept").unwrap_or_default();
    if !accepts.contains("application/json") || !accepts.contains("text/event-stream") {
        return status(406);
    }
    // Notifications and answers to what the server asked.
    let (Some(id), Some(method)) = (message.get("id").cloned(), message.get("method").and_then(Value::as_str)) else {
        return status(202);
    };
    let params = message.get("params").cloned().unwrap_or_default();
    if method == "initialize" {
        return begin(&world, asked.server, &id, &params);
    }
    let session = asked.header("mcp-session-id").unwrap_or_default().to_owned();
    let known = (asked.server.name().to_owned(), session);
    if known.1.is_empty() {
        // A client of the stateless revision looks here first.
        return (StatusCode::BAD_REQUEST, error(&id, -32600, "A session is begun with `initialize`.")).into_response();
    }
    if !world.state().mcp.sessions.contains(&known) {
        return status(404);
    }
    if !asked.header("mcp-protocol-version").is_none_or(|revision| REVISIONS.contains(&revision)) {
        return status(400);
    }
    match method {
        "ping" => result(&id, json!({})),
        "tools/list" => list(&world, asked.server, &id, &params),
        "tools/call" => call(&world, asked.server, &id, &params).await,
        _ => error(&id, -32601, "There is no such method."),
    }
}

/// `DELETE /mcp/{name}`
pub(super) async fn end(State(world): State<Arc<World>>, path: Path<String>, headers: HeaderMap) -> Response {
    let Some(asked) = Asked::read(path, headers, Bytes::new()) else { return status(404) };
    let session = asked.header("mcp-session-id").unwrap_or_default();
    let known = (asked.server.name().to_owned(), session.to_owned());
    world.state().mcp.sessions.retain(|open| *open != known);
    status(200)
}

fn begin(world: &World, server: KnownServer, id: &Value, params: &Value) -> Response {
    let wanted = params.get("protocolVersion").and_then(Value::as_str).unwrap_or_default();
    let revision = REVISIONS.into_iter().find(|known| *known == wanted).unwrap_or(REVISIONS[0]);
    let session = random_id(32);
    world.state().mcp.sessions.push((server.name().to_owned(), session.clone()));
    let mut response = result(
        id,
        json!({
            "protocolVersion": revision, "capabilities": {"tools": {"listChanged": true}},
            "serverInfo": {"name": server.name(), "version": "1.0.0"}, "instructions": server.instructions(),
        }),
    );
    if let Ok(value) = HeaderValue::try_from(session) {
        response.headers_mut().insert("mcp-session-id", value);
    }
    response
}

/// Three tools a page, so that a client that reads one page misses some.
fn list(world: &World, server: KnownServer, id: &Value, params: &Value) -> Response {
    const PAGE: usize = 3;
    let tools = server.tools(world.state().mcp.revision);
    let cursor = params.get("cursor").and_then(Value::as_str).and_then(|cursor| cursor.parse::<usize>().ok());
    let from = cursor.unwrap_or(0);
    let to = from.saturating_add(PAGE);
    let page: Vec<Value> = tools.iter().skip(from).take(PAGE).cloned().collect();
    let mut answer = json!({"tools": page});
    if to < tools.len()
        && let Some(members) = answer.as_object_mut()
    {
        members.insert("nextCursor".to_owned(), to.to_string().into());
    }
    result(id, answer)
}

async fn call(world: &World, server: KnownServer, id: &Value, params: &Value) -> Response {
    let tool = params.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let arguments = params.get("arguments").cloned().unwrap_or_else(|| json!({}));
    let revision = world.state().mcp.revision;
    if !server.tools(revision).iter().any(|known| known.get("name").is_some_and(|name| *name == tool)) {
        return error(id, -32602, "There is no such tool.");
    }
    world.state().mcp.calls.push(json!({"server": server.name(), "tool": tool, "arguments": arguments}));
    let called = server.call(&mut world.state().mcp, &tool, &arguments);
    match called {
        Called::Result(answer) => result(id, answer),
        Called::Error(code, data) => {
            let error = json!({"code": code, "message": "The user has to do something first.", "data": data});
            Json(json!({"jsonrpc": "2.0", "id": id, "error": error})).into_response()
        }
        Called::Stream(events) => {
            let text: String = events.iter().map(|event| format!("event: message\ndata: {event}\n\n")).collect();
            ([("content-type", "text/event-stream")], text).into_response()
        }
        Called::Late(answer) => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            result(id, answer)
        }
        Called::Closed => {
            let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("closed on purpose")) });
            ([("content-type", "text/event-stream")], Body::from_stream(broken)).into_response()
        }
    }
}

fn result(id: &Value, result: Value) -> Response {
    Json(json!({"jsonrpc": "2.0", "id": id, "result": result})).into_response()
}

fn error(id: &Value, code: i64, message: &str) -> Response {
    Json(json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})).into_response()
}
