//! The object's one alarm: schedules, waits that end, and a watchdog over the running turn.

use deputy_agent::{Ask, Driver, Origin, Ports, Schedule, TurnHead};
use futures::future::LocalBoxFuture;

use super::world::World;
use crate::platform::boxed::boxed;
use crate::platform::clock;
use crate::platform::log::{Level, Line};

/// While a turn runs the alarm comes after this time and looks whether somebody is at it, milliseconds.
const WATCHDOG_MS: u64 = 30_000;
/// A schedule that finds the chat full tries again after this time, milliseconds.
const BUSY_MS: u64 = 10_000;

impl World {
    /// Sets the alarm for the earliest schedule. A running turn or a wait may need it earlier: [`arm`].
    pub async fn arm(&self) {
        let next = self.list_schedules().first().map(|schedule| schedule.next_run);
        let set = *self.alarm.borrow();
        if let Some(next) = next
            && set.is_none_or(|set| next < set)
        {
            self.set_alarm(next).await;
        }
    }

    async fn set_alarm(&self, at: u64) {
        if *self.alarm.borrow() == Some(at) {
            return;
        }
        let offset = i64::try_from(at.saturating_sub(clock::now_ms())).unwrap_or(i64::MAX);
        if self.state.storage().set_alarm(offset).await.is_ok() {
            *self.alarm.borrow_mut() = Some(at);
        } else {
            Line { code: Some("alarm_not_set"), ..Line::new(Level::Error, "chat") }.write();
        }
    }

    async fn delete_alarm(&self) {
        if self.state.storage().delete_alarm().await.is_ok() {
            *self.alarm.borrow_mut() = None;
        }
    }
}

/// Sets the alarm for whatever comes first.
pub fn arm(driver: &Driver<World>) -> LocalBoxFuture<'_, ()> {
    boxed(set_earliest(driver))
}

async fn set_earliest(driver: &Driver<World>) {
    let world = driver.ports();
    let now = world.now();
    let (waits, runs) = {
        let state = driver.state();
        let runs = state.turn.as_ref().is_some_and(|turn| turn.stream.is_some()) || !state.queue.is_empty();
        (state.next_expiry(), runs)
    };
    let poll = driver.next_poll();
    let schedule = world.list_schedules().first().filter(|_| poll.is_none()).map(|schedule| schedule.next_run);
    let watchdog = runs.then(|| now.saturating_add(WATCHDOG_MS));
    match [schedule, waits, poll, watchdog].into_iter().flatten().min() {
        Some(next) => {
            // A watchdog that is already set early enough is left alone: every setting is a row.
            let set = *world.alarm.borrow();
            let early_enough = set.is_some_and(|set| set > now && set <= next) && Some(next) == watchdog;
            if !early_enough {
                world.set_alarm(next.max(now.saturating_add(1))).await;
            }
        }
        None if world.alarm.borrow().is_some() => world.delete_alarm().await,
        None => {}
    }
}

/// The alarm went off.
pub async fn run(driver: &Driver<World>) {
    let world = driver.ports();
    world.alarm.borrow_mut().take();
    let now = world.now();
    // A task does not end what the user is asked on the device: it waits for the few minutes that an approval lives.
    let due = if driver.next_poll().is_none() { world.due_schedules(now) } else { Vec::new() };
    for schedule in &due {
        fire(driver, schedule, now);
    }
    if let Err(error) = driver.expire() {
        world.log_failure(&error);
    }
    if let Err(error) = driver.poll_approvals().await {
        world.log_failure(&error);
    }
    // The watchdog of the turn that begins now is set before it does.
    arm(driver).await;
    boxed(driver.drive()).await;
    if !due.is_empty() {
        world.index_schedules().await;
    }
    arm(driver).await;
}

/// A schedule is due: the turn is accepted and the schedule moved on in one synchronous turn, so it runs once (CF-24).
fn fire(driver: &Driver<World>, schedule: &Schedule, now: u64) {
    let world = driver.ports();
    let head = TurnHead {
        id: world.named("turn_"),
        request: world.named("schedule_"),
        origin: Origin::Schedule,
        session: None,
        connection: None,
        message_id: world.named("msg_"),
        user_messages: Vec::new(),
        at: now,
    };
    let text = format!("Running scheduled task: {}", schedule.description);
    let ask = Ask { head, user: Some((world.named("msg_"), text)), keep_to: None };
    let advanced = match driver.accept(ask, None) {
        Ok(deputy_agent::Accepted::TooMany) => {
            let later = Schedule { next_run: now.saturating_add(BUSY_MS), ..schedule.clone() };
            world.postpone_schedule(&later)
        }
        Ok(_) => world.advance_schedule(schedule, now),
        Err(error) => {
            world.log_failure(&error);
            return;
        }
    };
    if let Err(error) = advanced {
        Line { code: Some("schedule_store"), detail: Some(&error.0), ..Line::new(Level::Error, "chat") }.write();
    }
}
