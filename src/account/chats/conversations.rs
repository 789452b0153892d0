//! Conversations over `POST /chat` (TV-25): which chat a client means by its own name of one. Names are of one user: another
//! user's account has never heard of them.

use serde::{Deserialize, Serialize};

use super::ChatSummary;
use crate::account::core::{Core, Ports};
use crate::account::request::AccountRequest;
use crate::objects::Refusal;

/// Keys of the `meta` table.
const THREAD: &str = "thread:";

/// The chat of a conversation over `POST /chat`.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenConversation {
    /// What the client calls it, or the thread's id as we told it.
    pub name: Option<String>,
    /// The request begins something: without a known conversation it gets a new chat.
    pub begin: bool,
    /// What a new chat is called until the user names it; else it is called by what is said first.
    #[serde(default)]
    pub title: Option<String>,
    /// The chat that has had this name until now and takes no more: if it still has it, a new one gets it.
    #[serde(default)]
    pub instead_of: Option<String>,
}

impl AccountRequest for OpenConversation {
    const NAME: &'static str = "open_conversation";
    type Reply = ChatSummary;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<ChatSummary, Refusal> {
        account.open_conversation(&self)
    }
}

impl<P: Ports> Core<P> {
    /// The chat of a conversation: the one that was begun under this name (or that has this id), else a new one.
    fn open_conversation(&self, open: &OpenConversation) -> Result<ChatSummary, Refusal> {
        let name = open.name.as_deref();
        if let Some(name) = name {
            let known = self.text(
                "SELECT value FROM meta WHERE key = ? OR (substr(key, 1, 7) = 'thread:' AND value = ?) LIMIT 1",
                &[thread_key(name).as_str().into(), name.into()],
            )?;
            if let Some(value) = known.filter(|known| open.instead_of.as_ref() != Some(known))
                && let Some(chat) = self.chat(&value)?
            {
                return Ok(chat);
            }
        }
        if !open.begin {
            let message = "There is no such conversation, so nothing waits for this answer.";
            return Err(Refusal::new(404, "conversation_unknown", message));
        }
        let chat = self.create_chat()?;
        self.set_meta(&thread_key(name.unwrap_or(&chat.id)), &chat.id)?;
        match &open.title {
            Some(title) => self.rename_chat(&chat.id, title, true),
            None => Ok(chat),
        }
    }

    /// The chat is gone: its name is free again.
    pub fn forget_conversation(&self, chat: &str) -> Result<(), Refusal> {
        self.exec("DELETE FROM meta WHERE substr(key, 1, 7) = 'thread:' AND value = ?", &[chat.into()])
    }
}

fn thread_key(name: &str) -> String {
    format!("{THREAD}{name}")
}
