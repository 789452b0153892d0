//! What the edge and the account tell a chat.

use std::rc::Rc;

use deputy_agent::{Decision, Ports};

use super::chat::Core;
use super::ports::{Account, Platform};
use super::sockets::POLICY_VIOLATION;
use super::store::stored;
use crate::account::sessions::is_bearer;

impl<P: Platform> Core<P> {
    /// Consent to a connection was given: tool calls that waited for it are tried again.
    pub fn connected(self: &Rc<Self>, connection: &str) {
        let waiting = self.driver.state().waiting_for(connection);
        self.go_on(&waiting, true);
    }

    /// The user has logged in again: tool calls that waited for it are tried again.
    pub fn signed_in(self: &Rc<Self>) {
        self.ports().begun.forget();
        let waiting = self.driver.state().waiting_for_session();
        self.go_on(&waiting, false);
    }

    /// A session has ended: its sockets are closed, and what was asked on the device in it counts no more.
    pub fn session_ended(self: &Rc<Self>, session: &str) {
        self.ports().sockets.close_where("Unauthorized", &|socket| socket.session.as_deref() == Some(session));
        if is_bearer(session) {
            // The next token may open it again.
            self.ports().begun.forget();
        } else {
            self.ports().begun.session_ended(session);
        }
        if let Err(error) = self.driver.session_ended(session) {
            self.log_failure(&error);
        }
        self.resume_work();
    }

    /// Looks what the account says of the user's servers, and tells every socket if it is something else than was known.
    pub async fn look_at_servers(&self) {
        let servers = &self.ports().servers;
        self.ports().begun.forget();
        let Ok(account) = self.ports().owner.account() else { return };
        let Ok(Some(now)) = account.servers(servers.version()).await else { return };
        self.ports().take_in_servers(now);
    }

    /// The user has renamed the chat: open tabs learn it.
    pub fn renamed(&self, title: &str) {
        self.ports().sockets.show_title(title);
    }

    /// Cancels a schedule. False when there is none of that id.
    pub async fn cancel_schedule(&self, id: &str) -> bool {
        let removed = self.ports().schedules.remove(id).await.unwrap_or(false);
        // A process that has just begun does not know what the alarm is set to.
        self.arm();
        removed
    }

    /// The chat was deleted: sockets are closed, everything is erased. Erasing twice is erasing.
    pub async fn erase(&self) {
        let ports = self.ports();
        ports.begun.forget();
        let (account, unspent) = (ports.owner.account(), ports.begun.take_unspent());
        if let Err(error) = self.driver.clear(None) {
            self.log_failure(&error);
        }
        for socket in ports.sockets.all().iter() {
            socket.close(POLICY_VIOLATION, "This chat was deleted.");
        }
        let erased = [
            ports.schedules.erase(),
            ports.owner.forget(),
            ports.forget_plain(),
            ports.uncollected.erase(),
            ports.servers.forget(),
        ];
        for erased in erased {
            if let Err(error) = erased {
                self.log_failure(&stored(error));
            }
        }
        ports.alarm.delete();
        if let Ok(account) = account
            && unspent > 0
        {
            account.spent(unspent).await;
        }
    }

    /// What these tool calls waited for has happened: they are tried again.
    fn go_on(self: &Rc<Self>, waiting: &[String], consented: bool) {
        for call_id in waiting {
            // Calls whose turns are over are told of on streams of their own.
            let stream = self.ports().id();
            if let Err(error) = self.driver.answer(call_id, &Decision::Continue { consented }, &stream, None) {
                self.log_failure(&error);
            }
        }
        if !waiting.is_empty() {
            self.drive_later();
        }
    }
}
