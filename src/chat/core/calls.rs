//! What the edge and the account ask of a chat ([`ChatCall`]).

use std::rc::Rc;

use deputy_agent::{Decision, Ports};
use serde_json::{Value, json};

use super::chat::Core;
use super::ports::Platform;
use super::sockets::POLICY_VIOLATION;
use crate::chat::call::ChatCall;

impl<P: Platform> Core<P> {
    /// Carries out a call; gives the reply. Turns that may go on after it do so without keeping the caller.
    pub async fn answer(self: &Rc<Self>, call: ChatCall) -> Value {
        let ports = self.ports();
        match call {
            ChatCall::ConnectionChanged { connection, connected: true } => {
                let waiting = self.driver.state().waiting_for(&connection);
                self.go_on(&waiting, true);
            }
            ChatCall::SignedIn { .. } => {
                let waiting = self.driver.state().waiting_for_session();
                self.go_on(&waiting, false);
            }
            // A cancelled consent is no answer: the card stays, with "Not now" on it.
            ChatCall::ConnectionChanged { connected: false, .. } => {}
            ChatCall::SessionEnded { session } => {
                ports.sockets.close_where("Unauthorized", &|socket| socket.session.as_deref() == Some(&*session));
            }
            ChatCall::Renamed { title } => ports.sockets.show_title(&title),
            ChatCall::Erase {} => self.erase().await,
            ChatCall::CancelSchedule { id } => {
                let cancelled = ports.schedules.remove(&id).await.unwrap_or(false);
                return json!({"cancelled": cancelled});
            }
        }
        json!({})
    }

    /// What these tool calls waited for has happened: they are tried again.
    fn go_on(self: &Rc<Self>, waiting: &[String], consented: bool) {
        let stream = self.ports().id();
        let mut goes_on = false;
        for call_id in waiting {
            match self.driver.answer(call_id, &Decision::Continue { consented }, &stream, None) {
                Ok(_) => goes_on = true,
                Err(error) => self.log_failure(&error),
            }
        }
        if goes_on {
            self.drive_later();
        }
    }

    async fn erase(&self) {
        let ports = self.ports();
        if let Err(error) = self.driver.clear(None) {
            self.log_failure(&error);
        }
        for socket in ports.sockets.all().iter() {
            socket.close(POLICY_VIOLATION, "This chat was deleted.");
        }
        for erased in [ports.schedules.erase(), ports.owner.forget(), ports.forget_plain()] {
            if let Err(error) = erased {
                self.log_failure(&error.into());
            }
        }
        ports.alarm.delete().await;
    }
}
