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
mod asked;
mod guard;
mod servers;
mod state;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::world::World;

pub(crate) use state::McpState;

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
