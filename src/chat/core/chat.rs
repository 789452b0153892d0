//! One chat at work: its engine and everything the engine works with.

use std::rc::Rc;

use deputy_agent::{Driver, Ports, StoreError};

use super::engine_ports::EnginePorts;
use super::ports::{Owner, Platform};
use super::store::stored;
use crate::chat::Identity;
use crate::config::Settings;
use crate::objects::Refusal;
use crate::platform::log::{Level, note};

/// One chat. What it does with an event of the platform stands in the file of that kind of event.
pub struct Core<P: Platform> {
    pub(super) driver: Driver<EnginePorts<P>>,
}

impl<P: Platform> Core<P> {
    /// Opens the chat: its log is read, and what was left unfinished is put in order. [`Core::resume_work`] goes on with it.
    ///
    /// Errors: 500 when the log cannot be read.
    pub fn open(platform: P, settings: &Settings) -> Result<Rc<Self>, Refusal> {
        let unreadable = |error: StoreError| {
            note(Level::Error, "chat", Some("chat_unreadable"), Some(&error.0));
            Refusal::new(500, "chat_unreadable", "This chat cannot be read at the moment.")
        };
        let ports = EnginePorts::open(Rc::new(platform)).map_err(|error| unreadable(stored(error)))?;
        let tools = settings.registry(&ports.tool_ports());
        let log = ports.log.load().map_err(unreadable)?;
        let subject = ports.owner.get().map(|owner| owner.subject).unwrap_or_default();
        Ok(Rc::new(Self { driver: Driver::new(ports, tools, subject, log).map_err(unreadable)? }))
    }

    /// Lets in a caller whom the edge has verified. The first one is the owner; nobody else ever gets in (CF-08).
    ///
    /// Errors: 401 without an identity or with one that has ended, 403 for anybody but the owner, 500 when the owner cannot be
    /// stored.
    pub fn admit(&self, identity: Option<Identity>) -> Result<Identity, Refusal> {
        let begun = &self.ports().begun;
        let ended = |identity: &Identity| identity.session.as_deref().is_some_and(|session| begun.has_ended(session));
        let live =
            identity.filter(|identity| !identity.sub.is_empty() && identity.exp > self.now() && !ended(identity));
        let Some(identity) = live else { return Err(Refusal::new(401, "unauthenticated", "Unauthorized")) };
        match self.ports().owner.get() {
            Some(owner) if owner.subject == identity.sub => Ok(identity),
            Some(_) => Err(Refusal::new(403, "not_yours", "This chat is not yours.")),
            None => {
                let owner = Owner { subject: identity.sub.clone(), chat: identity.chat.clone() };
                let unstored = |_| Refusal::new(500, "chat_store", "This chat could not be opened.");
                self.ports().owner.set(owner).map_err(unstored)?;
                self.driver.set_account(&identity.sub);
                Ok(identity)
            }
        }
    }

    pub(super) fn ports(&self) -> &EnginePorts<P> {
        self.driver.ports()
    }

    pub(super) fn now(&self) -> u64 {
        self.ports().now()
    }

    /// Works on, without anybody waiting for it.
    pub(super) fn later(self: &Rc<Self>, work: impl AsyncFnOnce(&Rc<Self>) + 'static) {
        let core = Rc::clone(self);
        self.ports().platform.later(Box::pin(async move { work(&core).await }));
    }

    pub(super) fn unstored(&self, error: &StoreError) -> Refusal {
        self.log_failure(error);
        Refusal::new(500, "chat_store", "This chat could not be saved. Please try again.")
    }

    pub(super) fn log_failure(&self, error: &StoreError) {
        self.ports().log_failure(error);
    }
}
