use deputy_wire::{Message, StreamEvent};

use crate::chat::TurnHead;

/// What is shown to the clients of a chat.
#[derive(Debug, Clone, PartialEq)]
pub enum Emission {
    /// A stream on which the turn goes on was opened; it is offered to this connection.
    Opened {
        /// Stream id.
        stream: String,
        /// Who began the turn or answered.
        offer: Option<String>,
    },
    /// More of a stream.
    Events {
        /// Stream id.
        stream: String,
        /// It extends an answer that clients have.
        continuation: bool,
        /// What happened.
        events: Vec<StreamEvent>,
    },
    /// Results of calls of earlier messages, at the beginning of the stream of the turn that tells of them: for who watches the chat. Who
    /// follows the stream alone does not know the calls, nor does whose own request it is: a client refuses a result of a call that is not
    /// in the message it builds.
    Results {
        /// Id of the stream.
        stream: String,
        /// The connection whose request it is.
        asked: Option<String>,
        /// What became of the calls.
        events: Vec<StreamEvent>,
    },
    /// A stream ended.
    Closed {
        /// Stream id.
        stream: String,
        /// It extends an answer that clients have.
        continuation: bool,
        /// The turn: who asked, and for what.
        head: TurnHead,
        /// How.
        ending: Ending,
    },
    /// An answer changed outside a stream.
    Updated {
        /// As it is now.
        message: Message,
    },
    /// The transcript changed; the named connection knows already.
    Transcript {
        /// Who knows.
        except: Option<String>,
    },
    /// The chat was cleared; the named connection knows already.
    Cleared {
        /// Who knows.
        except: Option<String>,
    },
}

/// How a stream ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// With the answer, or because the turn waits for a yes in the chat.
    Completed,
    /// Stopped by the user.
    Stopped,
    /// It failed: a sentence.
    Failed(String),
    /// The turn waits: Auth0's interrupt text.
    Interrupted(String),
}
