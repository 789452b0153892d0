use super::call::{Done, Refusal};
use super::core::{Core, Host};
use super::usage::PROVIDER_REFUSED;
use crate::chat::call::ChatCall;

/// In place of a connection's name: the call waits for a session.
const SESSION: &str = "";

impl<H: Host> Core<H> {
    /// A call waits for consent to a connection.
    pub(super) fn wait_for_connection(&self, chat: &str, call_id: &str, connection: &str) -> Result<(), Refusal> {
        self.exec(
            "INSERT INTO waiting (chat, call_id, connection, asked_at) VALUES (?, ?, ?, ?)
                ON CONFLICT (chat, call_id, connection) DO NOTHING",
            &[chat.into(), call_id.into(), connection.into(), self.host.now().into()],
        )
    }

    /// A call waits for consent although a token was granted: the provider refused that one.
    pub(super) fn await_connection(&self, chat: &str, call_id: &str, connection: &str) -> Result<Done, Refusal> {
        self.require_chat(chat)?;
        self.wait_for_connection(chat, call_id, connection)?;
        self.note_problem(connection, Some(PROVIDER_REFUSED))?;
        Ok(Done {})
    }

    /// A call waits for the user to sign in.
    pub(super) fn wait_for_session(&self, chat: &str, call_id: &str) -> Result<(), Refusal> {
        self.wait_for_connection(chat, call_id, SESSION)
    }

    /// True when this call's own question about the connection was answered with consent already.
    pub(super) fn was_answered(&self, chat: &str, call_id: &str, connection: &str) -> Result<bool, Refusal> {
        self.exists(
            "SELECT 1 AS value FROM waiting
                WHERE chat = ? AND call_id = ? AND connection = ? AND answered_at IS NOT NULL",
            &[chat.into(), call_id.into(), connection.into()],
        )
    }

    /// The call waits no longer.
    pub(super) fn stop_waiting(&self, chat: &str, call_id: &str) -> Result<(), Refusal> {
        self.exec("DELETE FROM waiting WHERE chat = ? AND call_id = ?", &[chat.into(), call_id.into()])
    }

    /// Tells every chat with a call that waits for the connection what became of it.
    pub(super) fn tell_connection(&self, connection: &str, connected: bool) -> Result<(), Refusal> {
        if connected {
            let binds = [self.host.now().into(), connection.into()];
            self.exec("UPDATE waiting SET answered_at = ? WHERE connection = ?", &binds)?;
        }
        for chat in self.chats_waiting_for(connection)? {
            self.host.tell_later(chat, ChatCall::ConnectionChanged { connection: connection.to_owned(), connected });
        }
        Ok(())
    }

    /// Tells every chat with a call that waits for a session that there is one.
    pub(super) fn tell_signed_in(&self, session: &str) -> Result<(), Refusal> {
        let chats = self.chats_waiting_for(SESSION)?;
        self.exec("DELETE FROM waiting WHERE connection = ?", &[SESSION.into()])?;
        for chat in chats {
            self.host.tell_later(chat, ChatCall::SignedIn { session: session.to_owned() });
        }
        Ok(())
    }

    fn chats_waiting_for(&self, connection: &str) -> Result<Vec<String>, Refusal> {
        self.texts("SELECT DISTINCT chat AS value FROM waiting WHERE connection = ?", &[connection.into()])
    }
}
