use std::fmt;

use serde::{Deserialize, Serialize};

use crate::protocol::{Implementation, Revision, ServerCapabilities};

/// What was agreed on with a server. To be kept: with it a client goes on after its process has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// How messages travel.
    pub transport: Transport,
    /// The revision whose rules are followed.
    pub revision: Revision,
    /// The revision by the server's word, which may be older than any that has rules of its own here.
    pub protocol_version: String,
    /// Names the session, where the server keeps one (2025-11-25 and before).
    pub session_id: Option<SessionId>,
    /// Who the server says it is.
    pub server: Implementation,
    /// What it offers.
    pub capabilities: ServerCapabilities,
    /// What it says of how it is used. Not to be believed.
    pub instructions: Option<String>,
}

/// How messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// Streamable HTTP (2025-03-26 and later).
    Streamable,
    /// HTTP with SSE (2024-11-05). A connection is made for each request, so that nothing has to stay open between.
    EventStream,
}

/// The name of a session: whoever has it can speak in it, so it is not printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(String);

impl SessionId {
    /// `Mcp-Session-Id`, if it is what it has to be: visible ASCII.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let visible = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        visible.then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
