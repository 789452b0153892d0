use serde::{Deserialize, Serialize};

/// Header that carries [`Identity`] from the edge to a chat object. The edge strips every inbound copy of `x-deputy-*`.
pub const IDENTITY_HEADER: &str = "x-deputy-identity";

/// Who is asking, as the edge verified it. No token.
///
/// It goes with what a chat answers to clients themselves: `GET /socket` (Upgrade), `GET /messages` and `POST /turn` (the body of
/// `POST /chat`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Subject.
    pub sub: String,
    /// Session id; none for a caller with a bearer token.
    pub session: Option<String>,
    /// When the session (or token) ends as things stand, milliseconds: a session that is used lasts longer.
    pub exp: u64,
    /// The chat, as the path names it.
    pub chat: String,
    /// What the user's MCP servers offer now, where the edge knows it: a chat that knows the same need not ask.
    pub servers_version: Option<u64>,
}
