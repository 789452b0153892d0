use serde::{Deserialize, Serialize};

use crate::account::connections::usage::PROVIDER_REFUSED;
use crate::account::core::{Core, Ports};
use crate::account::events::ChatEvent;
use crate::account::request::AccountRequest;
use crate::objects::Refusal;

/// A call waits for consent although a token was granted: the provider refused that one.
#[derive(Debug, Serialize, Deserialize)]
pub struct AwaitConnection {
    /// Chat id.
    pub chat: String,
    /// Tool call id.
    pub call_id: String,
    /// Connection name.
    pub connection: String,
}

impl AccountRequest for AwaitConnection {
    const NAME: &'static str = "await_connection";
    type Reply = ();

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<(), Refusal> {
        account.require_chat(&self.chat)?;
        account.wait_for_connection(&self.chat, &self.call_id, &self.connection)?;
        account.note_problem(&self.connection, Some(PROVIDER_REFUSED))
    }
}

/// In place of a connection's name: the call waits for a session.
const SESSION: &str = "";

impl<P: Ports> Core<P> {
    /// A call waits for consent to a connection.
    pub fn wait_for_connection(&self, chat: &str, call_id: &str, connection: &str) -> Result<(), Refusal> {
        self.exec(
            "INSERT INTO waiting (chat, call_id, connection, asked_at) VALUES (?, ?, ?, ?)
                ON CONFLICT (chat, call_id, connection) DO NOTHING",
            &[chat.into(), call_id.into(), connection.into(), self.ports.now().into()],
        )
    }

    /// A call waits for the user to sign in.
    pub fn wait_for_session(&self, chat: &str, call_id: &str) -> Result<(), Refusal> {
        self.wait_for_connection(chat, call_id, SESSION)
    }

    /// True when this call's own question about the connection was answered with consent already.
    pub fn was_answered(&self, chat: &str, call_id: &str, connection: &str) -> Result<bool, Refusal> {
        self.exists(
            "SELECT 1 AS value FROM waiting
                WHERE chat = ? AND call_id = ? AND connection = ? AND answered_at IS NOT NULL",
            &[chat.into(), call_id.into(), connection.into()],
        )
    }

    /// The call waits no longer.
    pub fn stop_waiting(&self, chat: &str, call_id: &str) -> Result<(), Refusal> {
        self.exec("DELETE FROM waiting WHERE chat = ? AND call_id = ?", &[chat.into(), call_id.into()])
    }

    /// Tells every chat with a call that waits for the connection what became of it.
    pub fn tell_connection(&self, connection: &str, connected: bool) -> Result<(), Refusal> {
        if connected {
            let binds = [self.ports.now().into(), connection.into()];
            self.exec("UPDATE waiting SET answered_at = ? WHERE connection = ?", &binds)?;
        }
        for chat in self.chats_waiting_for(connection)? {
            self.ports.tell_later(chat, ChatEvent::ConnectionChanged { connection: connection.to_owned(), connected });
        }
        Ok(())
    }

    /// Tells every chat with a call that waits for a session that there is one.
    pub fn tell_signed_in(&self, session: &str) -> Result<(), Refusal> {
        let chats = self.chats_waiting_for(SESSION)?;
        self.exec("DELETE FROM waiting WHERE connection = ?", &[SESSION.into()])?;
        for chat in chats {
            self.ports.tell_later(chat, ChatEvent::SignedIn { session: session.to_owned() });
        }
        Ok(())
    }

    fn chats_waiting_for(&self, connection: &str) -> Result<Vec<String>, Refusal> {
        self.texts("SELECT DISTINCT chat AS value FROM waiting WHERE connection = ?", &[connection.into()])
    }
}
