use serde::{Deserialize, Serialize};

use crate::objects::{ObjectClass, ObjectRequest};

/// What an account tells the chats of its user. Whoever cannot be told learns it when they ask next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatEvent {
    /// Consent for this connection was given (or ended): calls that wait for it go on.
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
    /// The user's MCP servers, or what they offer, are others.
    McpServersChanged {},
    /// Renamed by the user: open tabs learn it.
    Renamed {
        /// New title.
        title: String,
    },
}

/// The objects that are told.
pub struct Listeners;

impl ObjectClass for Listeners {
    const BINDING: &'static str = "CHAT";
}

impl ObjectRequest<Listeners> for ChatEvent {
    const NAME: &'static str = ChatEvent::NAME;
    type Reply = ();
}

impl ChatEvent {
    /// What it is called on the way.
    pub const NAME: &'static str = "account_event";
}
