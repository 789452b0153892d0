//! The user's chats: which there are, what they are called, what a turn in one may know, what is scheduled in them.

mod conversations;
mod schedules;
mod turns;

use serde::{Deserialize, Serialize};

use super::authority::budgets::Counter;
use super::core::{Core, Ports};
use super::events::ChatEvent;
use super::request::AccountRequest;
use crate::objects::{Refusal, one_line};
use crate::platform::random;

pub use conversations::OpenConversation;
pub use schedules::{IndexSchedules, IndexedSchedule, ListSchedules, ScheduleSummary};
#[cfg(test)]
pub use turns::TurnContext;
pub use turns::{BeginTurn, SetTimeZone, SpendTokens};

/// What a chat is called until somebody names it.
const NEW_TITLE: &str = "New chat";
/// Rows of one answer at most, and where no number is asked for.
const MAX_PAGE: u32 = 200;

/// A chat of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatSummary {
    /// Chat id.
    pub id: String,
    /// Title.
    pub title: String,
    /// When it was made, milliseconds.
    pub created_at: u64,
}

/// Makes a chat.
#[derive(Debug, Serialize, Deserialize)]
pub struct CreateChat {}

impl AccountRequest for CreateChat {
    const NAME: &'static str = "create_chat";
    type Reply = ChatSummary;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<ChatSummary, Refusal> {
        account.create_chat()
    }
}

/// Chats, newest first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ListChats {
    /// At most that many (the account caps it).
    pub limit: Option<u32>,
    /// Only chats made before that time, milliseconds.
    pub before: Option<u64>,
    /// Only chats whose title holds this text.
    pub query: Option<String>,
}

impl AccountRequest for ListChats {
    const NAME: &'static str = "list_chats";
    type Reply = Vec<ChatSummary>;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<Vec<ChatSummary>, Refusal> {
        account.list_chats(&self)
    }
}

/// Is the chat in this account's index?
#[derive(Debug, Serialize, Deserialize)]
pub struct OwnsChat {
    /// Chat id.
    pub chat: String,
}

impl AccountRequest for OwnsChat {
    const NAME: &'static str = "owns_chat";
    type Reply = bool;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<bool, Refusal> {
        account.owns_chat(&self.chat)
    }
}

/// One chat of the index.
#[derive(Debug, Serialize, Deserialize)]
pub struct GetChat {
    /// Chat id.
    pub chat: String,
}

impl AccountRequest for GetChat {
    const NAME: &'static str = "get_chat";
    type Reply = ChatSummary;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<ChatSummary, Refusal> {
        account.chat(&self.chat)?.ok_or_else(Refusal::unknown_chat)
    }
}

/// Renames a chat.
#[derive(Debug, Serialize, Deserialize)]
pub struct RenameChat {
    /// Chat id.
    pub chat: String,
    /// New title.
    pub title: String,
    /// True when the agent named it: does not replace a title the user chose.
    pub automatic: bool,
}

impl AccountRequest for RenameChat {
    const NAME: &'static str = "rename_chat";
    type Reply = ChatSummary;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<ChatSummary, Refusal> {
        account.rename_chat(&self.chat, &self.title, self.automatic)
    }
}

/// Forgets a chat and what hangs on it; the edge then erases the chat object. The ledger stays.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeleteChat {
    /// Chat id.
    pub chat: String,
}

impl AccountRequest for DeleteChat {
    const NAME: &'static str = "delete_chat";
    type Reply = ();

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<(), Refusal> {
        account.delete_chat(&self.chat)
    }
}

/// A row of the index.
#[derive(Deserialize)]
struct ChatRow {
    id: String,
    title: String,
    created_at: u64,
}

impl From<ChatRow> for ChatSummary {
    fn from(ChatRow { id, title, created_at }: ChatRow) -> Self {
        Self { id, title, created_at }
    }
}

impl<P: Ports> Core<P> {
    /// Makes a chat. Its id is random and made here only.
    pub fn create_chat(&self) -> Result<ChatSummary, Refusal> {
        let limits = self.settings.limits;
        let query = "SELECT count(*) AS first, coalesce(max(created_at), 0) AS second FROM chats";
        let (chats, newest) = self.pair(query, &[])?;
        if chats >= limits.chats {
            let message = format!("You have {chats} chats, which is the limit. Delete some to make room.");
            return Err(Refusal::limit("limit_chats", message));
        }
        self.check_today(Counter::Chats, limits.chats_per_day)?;
        let id = random::encode(&self.ports.random::<16>()?);
        // Strictly growing, so that the order and paging by `before` are exact.
        let created_at = self.ports.now().max(newest.saturating_add(1));
        self.exec(
            "INSERT INTO chats (id, title, title_by_user, created_at) VALUES (?, ?, 0, ?)",
            &[id.as_str().into(), NEW_TITLE.into(), created_at.into()],
        )?;
        self.count(Counter::Chats, 1)?;
        Ok(ChatSummary { id, title: NEW_TITLE.to_owned(), created_at })
    }

    fn list_chats(&self, list: &ListChats) -> Result<Vec<ChatSummary>, Refusal> {
        const END_OF_TIME: u64 = 1 << 53;
        let query = list.query.as_deref().unwrap_or_default();
        let rows = self.rows::<ChatRow>(
            "SELECT id, title, created_at FROM chats
                WHERE created_at < ? AND (? = '' OR instr(lower(title), lower(?)) > 0)
                ORDER BY created_at DESC LIMIT ?",
            &[
                list.before.unwrap_or(END_OF_TIME).min(END_OF_TIME).into(),
                query.into(),
                query.into(),
                u64::from(list.limit.unwrap_or(MAX_PAGE).clamp(1, MAX_PAGE)).into(),
            ],
        )?;
        Ok(rows.into_iter().map(ChatSummary::from).collect())
    }

    /// Is the chat in the index?
    pub fn owns_chat(&self, chat: &str) -> Result<bool, Refusal> {
        self.exists("SELECT 1 AS value FROM chats WHERE id = ?", &[chat.into()])
    }

    /// Refuses for a chat that is not in the index.
    pub fn require_chat(&self, chat: &str) -> Result<(), Refusal> {
        if self.owns_chat(chat)? { Ok(()) } else { Err(Refusal::unknown_chat()) }
    }

    fn rename_chat(&self, chat: &str, title: &str, automatic: bool) -> Result<ChatSummary, Refusal> {
        self.require_chat(chat)?;
        let title = clean_title(title)
            .ok_or_else(|| Refusal::new(400, "title_empty", "A chat needs a title of at least one letter."))?;
        self.exec(
            "UPDATE chats SET title = ?, title_by_user = ? WHERE id = ? AND (title_by_user = 0 OR ? = 0)",
            &[title.as_str().into(), u64::from(!automatic).into(), chat.into(), u64::from(automatic).into()],
        )?;
        if !automatic {
            self.ports.tell_later(chat.to_owned(), ChatEvent::Renamed { title });
        }
        self.chat(chat)?.ok_or_else(Refusal::unknown_chat)
    }

    fn delete_chat(&self, chat: &str) -> Result<(), Refusal> {
        self.require_chat(chat)?;
        for statement in [
            "DELETE FROM chats WHERE id = ?",
            "DELETE FROM sockets WHERE chat = ?",
            "DELETE FROM waiting WHERE chat = ?",
            "DELETE FROM schedules WHERE chat = ?",
        ] {
            self.exec(statement, &[chat.into()])?;
        }
        self.forget_conversation(chat)
    }

    pub fn chat(&self, chat: &str) -> Result<Option<ChatSummary>, Refusal> {
        let row = self.row::<ChatRow>("SELECT id, title, created_at FROM chats WHERE id = ?", &[chat.into()])?;
        Ok(row.map(ChatSummary::from))
    }
}

/// One line of at most 120 characters; none when nothing is left.
fn clean_title(title: &str) -> Option<String> {
    const MAX_CHARS: usize = 120;
    let line: String = one_line(title).chars().take(MAX_CHARS).collect();
    (!line.is_empty()).then_some(line)
}
