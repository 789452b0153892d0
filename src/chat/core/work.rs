//! Turns go on, under the watch of the object's one alarm: schedules, waits that end, and a watchdog over the running turn.

use std::rc::Rc;

use deputy_agent::{Accepted, Ask, DUE, Origin, Ports, Schedule, TurnHead};

use super::chat::Core;
use super::ports::Platform;
use crate::platform::log::{Level, note};

/// A schedule that finds the chat full tries again after this time, milliseconds.
const BUSY_MS: u64 = 10_000;
/// One that finds a chat which can only be read, after this time: a build may come that can read it, milliseconds.
const READ_ONLY_MS: u64 = 3_600_000;

impl<P: Platform> Core<P> {
    /// Goes on with what was left unfinished, if there is anything.
    pub fn resume_work(self: &Rc<Self>) {
        if self.driver.has_work() {
            self.drive_later();
        }
    }

    /// The alarm went off.
    pub async fn alarm(&self) {
        let ports = self.ports();
        ports.alarm.went_off();
        let now = self.now();
        let due = ports.schedules.due(now);
        for schedule in &due {
            self.fire(schedule, now);
        }
        self.look_at_sessions().await;
        if let Err(error) = self.driver.expire() {
            self.log_failure(&error);
        }
        if let Err(error) = self.driver.poll_approvals().await {
            self.log_failure(&error);
        }
        self.driver.drive().await;
        if !due.is_empty() {
            ports.schedules.index().await;
        }
        ports.tell_spent().await;
        self.arm();
    }

    /// Drives without keeping whoever asked for it.
    pub(super) fn drive_later(self: &Rc<Self>) {
        self.later(async |core| core.driver.drive().await);
    }

    /// Sets the alarm for whatever comes first.
    pub(super) fn arm(&self) {
        self.ports().arm(&self.driver.state(), self.driver.next_poll());
    }

    /// A schedule is due: the turn is accepted and the schedule moved on in one synchronous turn, so it runs once (CF-24).
    fn fire(&self, schedule: &Schedule, now: u64) {
        let ports = self.ports();
        let head = TurnHead {
            id: ports.named("turn_"),
            request: ports.named("schedule_"),
            origin: Origin::Schedule,
            session: None,
            connection: None,
            message_id: ports.named("msg_"),
            user_messages: Vec::new(),
            at: now,
            reports: Vec::new(),
        };
        let text = format!("{DUE}{}", schedule.description);
        let ask = Ask { head, user: Some((ports.named("msg_"), text)), keep_to: None };
        let advanced = match self.driver.accept(ask, None) {
            Ok(full @ (Accepted::TooMany | Accepted::ReadOnly)) => {
                let pause = if full == Accepted::TooMany { BUSY_MS } else { READ_ONLY_MS };
                ports.schedules.store(&Schedule { next_run: now.saturating_add(pause), ..schedule.clone() })
            }
            Ok(_) => ports.schedules.advance(schedule, now),
            Err(error) => return self.log_failure(&error),
        };
        if let Err(error) = advanced {
            note(Level::Error, "chat", Some("schedule_store"), Some(&error.0));
        }
    }
}
