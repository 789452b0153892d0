use std::rc::Rc;

use worker::Env;

use super::caller::McpCaller;
use crate::config::Settings;

/// What is offered to one caller, for one request.
pub struct Product {
    /// Bindings.
    pub env: Env,
    /// Settings.
    pub settings: Rc<Settings>,
    /// Who calls.
    pub caller: McpCaller,
    /// Correlation id.
    pub id: String,
    /// When the request came, milliseconds since the epoch.
    pub now: u64,
}
