//! What the edge and the account may ask of a chat. Clients' own requests have routes of their own (see
//! [`Identity`](super::identity::Identity)).

use deputy_agent::{Decision, Driver, Ports};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use worker::Env;

use super::object::Chat;
use super::sockets::POLICY_VIOLATION;
use super::world::World;
use crate::account::ChatEvent;
use crate::objects::{self, ObjectClass, ObjectRequest, Refusal};
use crate::platform::ports::Sql;

/// A request that a chat answers. What there is to drive afterwards, the object drives.
pub trait ChatRequest: Serialize + DeserializeOwned {
    /// What it is called on the way.
    const NAME: &'static str;
    /// What it is answered with.
    type Reply: Serialize + DeserializeOwned;

    /// The answer.
    async fn answer(self, chat: &Driver<World>) -> Result<Self::Reply, Refusal>;
}

/// Asks the chat of that id.
///
/// Errors: the chat's own refusal, or 503 when it cannot be reached.
pub async fn ask<R: ChatRequest>(env: &Env, chat: &str, request: &R) -> Result<R::Reply, Refusal> {
    objects::ask::<Chat, R>(env, chat, request).await
}

/// Everything that a chat answers.
pub(super) async fn dispatch(chat: &Driver<World>, name: &str, body: &str) -> Result<String, Refusal> {
    objects::dispatch!(name, body, chat, ChatRequest: [ChatEvent, CancelSchedule, Erase])
}

impl ObjectClass for Chat {
    const BINDING: &'static str = "CHAT";
}

impl<R: ChatRequest> ObjectRequest<Chat> for R {
    const NAME: &'static str = R::NAME;
    type Reply = R::Reply;
}

impl ChatRequest for ChatEvent {
    const NAME: &'static str = Self::NAME;
    type Reply = ();

    async fn answer(self, chat: &Driver<World>) -> Result<(), Refusal> {
        let world = chat.ports();
        match self {
            Self::ConnectionChanged { connection, connected: true } => {
                let waiting = chat.state().waiting_for(&connection);
                go_on(chat, &waiting, true);
            }
            // A cancelled consent is no answer: the card stays, with "Not now" on it.
            Self::ConnectionChanged { connected: false, .. } => {}
            Self::SignedIn { .. } => {
                let waiting = chat.state().waiting_for_session();
                go_on(chat, &waiting, false);
            }
            Self::SessionEnded { session } => {
                world.sockets.close_where("Unauthorized", &|socket| socket.session.as_deref() == Some(&*session));
            }
            Self::Renamed { title } => world.show_title(&title),
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

    async fn answer(self, chat: &Driver<World>) -> Result<bool, Refusal> {
        Ok(chat.ports().remove_schedule(&self.id).await.unwrap_or(false))
    }
}

/// The chat was deleted: sockets are closed, everything is erased. Erasing twice is erasing.
#[derive(Debug, Serialize, Deserialize)]
pub struct Erase {}

impl ChatRequest for Erase {
    const NAME: &'static str = "erase";
    type Reply = ();

    async fn answer(self, chat: &Driver<World>) -> Result<(), Refusal> {
        let world = chat.ports();
        if let Err(error) = chat.clear(None) {
            world.log_failure(&error);
        }
        for socket in world.sockets.all().iter() {
            socket.close(POLICY_VIOLATION, "This chat was deleted.");
        }
        for query in ["DELETE FROM schedules", "DELETE FROM meta WHERE key IN ('owner', 'chat', 'plain')"] {
            if let Err(error) = world.log.sql().exec(query, &[]) {
                world.log_failure(&deputy_agent::StoreError(error.0));
            }
        }
        world.owner.borrow_mut().take();
        world.alarm.borrow_mut().take();
        let _ = world.state.storage().delete_alarm().await;
        Ok(())
    }
}

/// What these calls waited for has happened: they are tried again.
fn go_on(chat: &Driver<World>, waiting: &[String], consented: bool) {
    let world = chat.ports();
    let stream = world.id();
    for call_id in waiting {
        if let Err(error) = chat.answer(call_id, &Decision::Continue { consented }, &stream, None) {
            world.log_failure(&error);
        }
    }
}
