//! What the edge and the account may ask of a chat. Clients' own requests have routes of their own (see
//! [`Identity`](super::identity::Identity)).

use std::rc::Rc;

use deputy_wire::ToolPart;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::core::Core;
use super::core::ports::Platform;
use super::identity::Identity;
use crate::account::ChatEvent;
use crate::objects::{self, Refusal};

/// A request that a chat answers. What there is to drive afterwards, the chat drives by itself.
pub trait ChatRequest: Serialize + DeserializeOwned {
    /// What it is called on the way.
    const NAME: &'static str;
    /// What it is answered with.
    type Reply: Serialize + DeserializeOwned;

    /// The answer.
    async fn answer<P: Platform>(self, chat: &Rc<Core<P>>) -> Result<Self::Reply, Refusal>;
}

/// Everything that a chat answers.
pub(super) async fn dispatch<P: Platform>(chat: &Rc<Core<P>>, name: &str, body: &str) -> Result<String, Refusal> {
    objects::dispatch!(name, body, chat, ChatRequest: [ChatEvent, CancelSchedule, Erase, Invoke])
}

impl ChatRequest for ChatEvent {
    const NAME: &'static str = Self::NAME;
    type Reply = ();

    async fn answer<P: Platform>(self, chat: &Rc<Core<P>>) -> Result<(), Refusal> {
        match self {
            Self::ConnectionChanged { connection, connected: true } => chat.connected(&connection),
            // A cancelled consent is no answer: the card stays, with "Not now" on it.
            Self::ConnectionChanged { connected: false, .. } => {}
            Self::SignedIn { .. } => chat.signed_in(),
            Self::SessionEnded { session } => chat.session_ended(&session),
            Self::McpServersChanged {} => chat.look_at_servers().await,
            Self::Renamed { title } => chat.renamed(&title),
        }
        Ok(())
    }
}

/// Cancels a schedule. The reply is false when there is none of that id.
#[derive(Debug, Serialize, Deserialize)]
pub struct CancelSchedule {
    /// Schedule id.
    pub id: String,
}

impl ChatRequest for CancelSchedule {
    const NAME: &'static str = "cancel_schedule";
    type Reply = bool;

    async fn answer<P: Platform>(self, chat: &Rc<Core<P>>) -> Result<bool, Refusal> {
        Ok(chat.cancel_schedule(&self.id).await)
    }
}

/// A program calls a tool, or asks what became of a call. While the call runs, the answer waits for it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Invoke {
    /// Who asks, as the edge verified it.
    pub identity: Identity,
    /// The call that was begun before ([`Invoked::call`]); none for a new one. The very same call, if it has not ended or if nobody was
    /// told how it ended, is that one.
    pub call: Option<String>,
    /// Tool name.
    pub tool: String,
    /// The input.
    pub input: Value,
    /// What the program is called, for the reader of the chat.
    pub client: String,
    /// What the user answered to a question.
    pub answer: Option<ProgramAnswer>,
    /// How long a call that was begun before and waits for the user is waited for, milliseconds.
    pub patience_ms: u64,
}

/// What the user has answered, where the program asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramAnswer {
    /// Pending id of the question.
    pub pending: String,
    /// Yes or no.
    pub approved: bool,
}

/// How a program's call stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invoked {
    /// Its id.
    pub call: String,
    /// State and status.
    pub part: ToolPart,
}

impl ChatRequest for Invoke {
    const NAME: &'static str = "invoke";
    type Reply = Invoked;

    async fn answer<P: Platform>(self, chat: &Rc<Core<P>>) -> Result<Invoked, Refusal> {
        chat.invoke(self).await
    }
}

/// The chat was deleted: sockets are closed, everything is erased. Erasing twice is erasing.
#[derive(Debug, Serialize, Deserialize)]
pub struct Erase {}

impl ChatRequest for Erase {
    const NAME: &'static str = "erase";
    type Reply = ();

    async fn answer<P: Platform>(self, chat: &Rc<Core<P>>) -> Result<(), Refusal> {
        chat.erase().await;
        Ok(())
    }
}
