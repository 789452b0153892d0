//! What the edge and the account may ask a chat object. Sockets and history have routes of their own:
//! `GET /socket` (Upgrade), `GET /messages` and `POST /turn` (the body of `POST /chat`), all with the identity header.

use serde::{Deserialize, Serialize};

/// Header that carries [`Identity`] from the edge to a chat object. The edge strips every inbound copy of `x-deputy-*`.
pub const IDENTITY_HEADER: &str = "x-deputy-identity";

/// Who is asking, as the edge verified it. No token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Subject.
    pub sub: String,
    /// Session id; none for a caller with a bearer token.
    pub session: Option<String>,
    /// When the session (or token) ends, milliseconds.
    pub exp: u64,
    /// The chat, as the path names it.
    pub chat: String,
}

/// One request to a chat object, `POST /call`, JSON. The answer is `{}` or the named type.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatCall {
    /// Consent for this connection was given (or ended): waiting calls go on.
    ConnectionChanged {
        /// Connection name.
        connection: String,
        /// False when the user cancelled: the calls keep waiting.
        connected: bool,
    },
    /// The session has ended: its sockets are closed with 1008 "Unauthorized".
    SessionEnded {
        /// Session id.
        session: String,
    },
    /// The user signed in again: calls that waited for it go on.
    SignedIn {
        /// The new session id.
        session: String,
    },
    /// Renamed by the user: open tabs learn it.
    Renamed {
        /// New title.
        title: String,
    },
    /// The chat was deleted: sockets are closed, everything is erased.
    Erase {},
    /// Cancels a schedule. Answer: `{"cancelled": bool}`.
    CancelSchedule {
        /// Schedule id.
        id: String,
    },
}
