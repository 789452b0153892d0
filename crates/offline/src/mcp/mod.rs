//! MCP servers of others, for the client's tests: `/mcp/{name}` on the providers' port. Streamable HTTP of the revisions with sessions, in a
//! few lines of its own: nothing here is shared with the client that it is there to try.
//!
//! | name | what it is |
//! |---|---|
//! | `notes` | open; a tool that reads, one that adds, one that deletes |
//! | `vault` | wants an access token of the tenant for its own address; writing wants a scope of its own |
//! | `evil` | open; descriptions and results full of instructions (`data/injections.json`) |
//! | `changing` | open; `POST /mcp/changing {"revision": 2}` on the control port changes one tool, adds one and renames one |
//! | `asking` | open; wants the user on a page first, or a form, or the client's model |
//! | `slow` | open; does not answer a call for half a minute |
//! | `closing` | open; closes the connection in the middle of a call |
//! | `huge` | open; answers a call with 2 MB |

mod answer;
mod guard;
mod servers;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::world::World;

use servers::KnownServer;

/// What the servers remember until the next reset.
#[derive(Debug, Default)]
pub(crate) struct McpState {
    /// Which tools `changing` offers.
    pub revision: u64,
    /// Sessions that were begun and not ended, by server and id.
    pub sessions: Vec<(String, String)>,
    /// Every call of a tool, oldest first.
    pub calls: Vec<Value>,
    /// What `notes` holds.
    pub notes: Vec<String>,
}

/// The routes on the providers' port.
pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/mcp/{name}", post(answer::message).get(no_stream).delete(answer::end))
        .route("/.well-known/oauth-protected-resource/mcp/{name}", get(guard::metadata))
}

/// The routes on the control port: what was called, and which tools `changing` has.
pub fn control() -> Router<Arc<World>> {
    Router::new().route("/mcp", get(calls)).route("/mcp/changing", post(change))
}

async fn no_stream() -> StatusCode {
    StatusCode::METHOD_NOT_ALLOWED
}

async fn calls(State(world): State<Arc<World>>) -> Json<Value> {
    let state = world.state();
    Json(json!({"calls": state.mcp.calls, "sessions": state.mcp.sessions.len(), "notes": state.mcp.notes}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    revision: u64,
}

async fn change(State(world): State<Arc<World>>, Json(change): Json<Change>) -> Json<Value> {
    world.state().mcp.revision = change.revision;
    Json(json!({"revision": change.revision}))
}

/// A request to one server.
struct Asked {
    server: KnownServer,
    headers: HeaderMap,
    body: Bytes,
}

impl Asked {
    fn read(Path(name): Path<String>, headers: HeaderMap, body: Bytes) -> Option<Self> {
        Some(Self { server: KnownServer::of(&name)?, headers, body })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

fn status(code: u16) -> Response {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}
