//! What the edge and the account may ask of a chat. Clients' own requests have routes of their own (see
//! [`Identity`](super::identity::Identity)).

use std::rc::Rc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::core::Core;
use super::core::ports::Platform;
use super::program::{Invoke, Invoked};
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
