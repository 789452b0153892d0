use super::call::{ChatEntry, Done, Owns, Refusal};
use super::core::{Core, Host};
use super::counters::Counter;
use crate::chat::call::ChatCall;
use crate::platform::random;

/// What a chat is called until somebody names it.
const NEW_TITLE: &str = "New chat";
/// Rows of one answer at most, and without a wish.
const MAX_PAGE: u32 = 200;

impl<H: Host> Core<H> {
    /// Makes a chat. Its id is random and made here only.
    pub(super) fn create_chat(&self) -> Result<ChatEntry, Refusal> {
        let limits = self.settings.limits;
        let query = "SELECT count(*) AS first, coalesce(max(created_at), 0) AS second FROM chats";
        let (chats, newest) = self.pair(query, &[])?;
        if chats >= limits.chats {
            let message = format!("You have {chats} chats, which is the limit. Delete some to make room.");
            return Err(Refusal::limit("limit_chats", message));
        }
        self.check_today(Counter::Chats, limits.chats_per_day)?;
        let id = random::encode(&self.host.random::<16>()?);
        // Strictly growing, so that the order and paging by `before` are exact.
        let created_at = self.host.now().max(newest.saturating_add(1));
        self.exec(
            "INSERT INTO chats (id, title, title_by_user, created_at) VALUES (?, ?, 0, ?)",
            &[id.as_str().into(), NEW_TITLE.into(), created_at.into()],
        )?;
        self.count(Counter::Chats, 1)?;
        Ok(ChatEntry { id, title: NEW_TITLE.to_owned(), created_at })
    }

    /// Chats, newest first.
    pub(super) fn list_chats(
        &self,
        limit: Option<u32>,
        before: Option<u64>,
        query: Option<&str>,
    ) -> Result<Vec<ChatEntry>, Refusal> {
        const END_OF_TIME: u64 = 1 << 53;
        self.rows(
            "SELECT id, title, created_at AS createdAt FROM chats
                WHERE created_at < ? AND (? = '' OR instr(lower(title), lower(?)) > 0)
                ORDER BY created_at DESC LIMIT ?",
            &[
                before.unwrap_or(END_OF_TIME).min(END_OF_TIME).into(),
                query.unwrap_or_default().into(),
                query.unwrap_or_default().into(),
                u64::from(limit.unwrap_or(MAX_PAGE).clamp(1, MAX_PAGE)).into(),
            ],
        )
    }

    /// Is the chat in the index?
    pub(super) fn owns_chat(&self, chat: &str) -> Result<Owns, Refusal> {
        Ok(Owns { owns: self.exists("SELECT 1 AS value FROM chats WHERE id = ?", &[chat.into()])? })
    }

    /// Refuses for a chat that is not in the index.
    pub(super) fn require_chat(&self, chat: &str) -> Result<(), Refusal> {
        if self.owns_chat(chat)?.owns { Ok(()) } else { Err(Refusal::unknown_chat()) }
    }

    /// Renames a chat. A title the user chose is not replaced by the agent.
    pub(super) fn rename_chat(&self, chat: &str, title: &str, automatic: bool) -> Result<ChatEntry, Refusal> {
        self.require_chat(chat)?;
        let title = clean_title(title)
            .ok_or_else(|| Refusal::new(400, "title_empty", "A chat needs a title of at least one letter."))?;
        self.exec(
            "UPDATE chats SET title = ?, title_by_user = ? WHERE id = ? AND (title_by_user = 0 OR ? = 0)",
            &[title.as_str().into(), u64::from(!automatic).into(), chat.into(), u64::from(automatic).into()],
        )?;
        if !automatic {
            self.host.tell_later(chat.to_owned(), ChatCall::Renamed { title });
        }
        self.chat(chat)?.ok_or_else(Refusal::unknown_chat)
    }

    /// Forgets a chat and what hangs on it. The ledger stays.
    pub(super) fn delete_chat(&self, chat: &str) -> Result<Done, Refusal> {
        self.require_chat(chat)?;
        for statement in [
            "DELETE FROM chats WHERE id = ?",
            "DELETE FROM sockets WHERE chat = ?",
            "DELETE FROM waiting WHERE chat = ?",
            "DELETE FROM schedules WHERE chat = ?",
        ] {
            self.exec(statement, &[chat.into()])?;
        }
        self.forget_thread(chat)?;
        Ok(Done {})
    }

    pub(super) fn chat(&self, chat: &str) -> Result<Option<ChatEntry>, Refusal> {
        self.row("SELECT id, title, created_at AS createdAt FROM chats WHERE id = ?", &[chat.into()])
    }
}

/// One line of at most 120 characters; none when nothing is left.
fn clean_title(title: &str) -> Option<String> {
    const MAX_CHARS: usize = 120;
    let words: Vec<_> = title.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let line: String = words.join(" ").chars().take(MAX_CHARS).collect();
    (!line.is_empty()).then_some(line)
}
