//! Deputy's Worker: an agent that acts for a signed-in user with exactly the authority that user gave.
//!
//! A request passes `edge` (session, origin, owner) and reaches one of four objects: `account`, one per user; `chat`, one per
//! chat; `library`, one per tenant or organisation; or an MCP session of `mcp`. What objects share is in `objects`; what they decide is in the crates; what
//! touches Cloudflare is in the crate `platform`.

mod account;
mod chat;
mod config;
mod connections;
mod edge;
#[cfg(test)]
mod errors_doc;
mod library;
mod mcp;
mod objects;
mod tools;

use deputy_platform as platform;
use worker::{Context, Env, Request, Response, event};

pub use account::Account;
pub use chat::Chat;
pub use library::Library;
pub use mcp::McpSession;

/// Once per isolate: a panic is written to the console with its message.
#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// Every HTTP request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    edge::handle(request, env, context).await
}
