//! The object's one alarm: what it is set to.

use std::cell::Cell;
use std::rc::Rc;

use super::ports::Platform;
use crate::platform::log::{Level, note};

/// The alarm. Every setting of it is a row, so it is set only when that changes something, and at once: what was written just before
/// is committed with it.
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

    /// It comes before this time, or then: who wants to be looked after then need not set it.
    pub fn comes_by(&self, at: u64) -> bool {
        self.at.get().is_some_and(|set| set > self.platform.now() && set <= at)
    }

    /// Sets it.
    pub fn set(self: &Rc<Self>, at: u64) {
        self.change(Some(at));
    }

    /// Sets it to this time, unless it comes earlier anyway.
    pub fn bring_forward(self: &Rc<Self>, at: u64) {
        if self.at.get().is_none_or(|set| at < set) {
            self.set(at);
        }
    }

    /// Deletes it.
    pub fn delete(self: &Rc<Self>) {
        self.change(None);
    }

    /// It went off.
    pub fn went_off(&self) {
        self.at.set(None);
    }

    fn change(self: &Rc<Self>, at: Option<u64>) {
        if at.is_some() && self.at.get() == at {
            return;
        }
        self.at.set(at);
        let alarm = Rc::clone(self);
        self.platform.later(Box::pin(async move {
            if !alarm.platform.set_alarm(at).await {
                alarm.at.set(None);
                note(Level::Error, "chat", Some("alarm_not_set"), None);
            }
        }));
    }
}
