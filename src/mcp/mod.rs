//! The MCP server: what it offers to a caller whom `edge` has verified.

mod audit;
mod call;
mod caller;
mod endpoint;
mod offer;
mod outcome;
mod page;
mod product;
mod prompts;
mod resources;
mod served;
mod session;
mod state;
mod tools;

use std::rc::Rc;

use worker::{Env, Request, Response};

use crate::config::Settings;
use crate::objects::Refusal;

pub use caller::McpCaller;
pub use endpoint::answer;
pub use session::McpSession;

/// One request to `/mcp`.
pub struct McpCall {
    /// The request, its body unread. Its credentials were used; nothing here may read them again.
    pub request: Request,
    /// Bindings.
    pub env: Env,
    /// Settings.
    pub settings: Rc<Settings>,
    /// Correlation id.
    pub id: String,
    /// When it came, milliseconds since the epoch.
    pub now: u64,
}

/// What a request is answered.
pub enum McpAnswer {
    /// This.
    Response(Response),
    /// The caller's token lacks a scope that a new token could have: status 403 with a challenge that names all of these.
    InsufficientScope(Vec<String>),
}
