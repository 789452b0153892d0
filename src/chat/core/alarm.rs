//! The object's one alarm: what it is set to.

use std::cell::Cell;
use std::rc::Rc;

use super::ports::Platform;
use crate::platform::log::{Level, note};

/// The alarm. Every setting of it is a row, so it is set only when that changes something.
pub struct Alarm<P> {
    platform: Rc<P>,
    at: Cell<Option<u64>>,
}

impl<P: Platform> Alarm<P> {
    /// An alarm of which nothing is known: it may be set from before the object slept.
    pub fn new(platform: Rc<P>) -> Self {
        Self { platform, at: Cell::default() }
    }

    /// What it is set to, milliseconds, as far as is known.
    pub fn at(&self) -> Option<u64> {
        self.at.get()
    }

    /// Sets it.
    pub async fn set(&self, at: u64) {
        if self.at.get() == Some(at) {
            return;
        }
        if self.platform.set_alarm(Some(at)).await {
            self.at.set(Some(at));
        } else {
            note(Level::Error, "chat", Some("alarm_not_set"), None);
        }
    }

    /// Sets it to this time, unless it comes earlier anyway.
    pub async fn bring_forward(&self, at: u64) {
        if self.at.get().is_none_or(|set| at < set) {
            self.set(at).await;
        }
    }

    /// Deletes it.
    pub async fn delete(&self) {
        if self.platform.set_alarm(None).await {
            self.at.set(None);
        }
    }

    /// It went off.
    pub fn went_off(&self) {
        self.at.set(None);
    }
}
