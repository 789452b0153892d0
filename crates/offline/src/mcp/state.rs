use serde_json::Value;

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
