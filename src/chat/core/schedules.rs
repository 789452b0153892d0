//! Schedules of a chat: rows here, an index of them in the account.

use std::rc::Rc;

use deputy_agent::{NewSchedule, Schedule, ScheduleError, When, first_run, next_cron};
use futures::lock::Mutex;
use serde::Deserialize;

use super::alarm::Alarm;
use super::owner::Ownership;
use super::ports::{Account, Platform};
use crate::platform::log::{Level, note};
use crate::platform::ports::{Bind, SqlError};

/// A recurring task whose next time was not found is looked at again after this time, milliseconds.
const LOOK_AGAIN_MS: u64 = 3_600_000;
const ALL: &str = "SELECT body, next_run FROM schedules ORDER BY next_run, id";

/// The column is when the alarm comes for it: the next run of the body, or later, when that has passed and the next one was not
/// found.
#[derive(Deserialize)]
struct Row {
    body: String,
    next_run: u64,
}

/// The schedules of this chat.
pub struct Schedules<P> {
    platform: Rc<P>,
    owner: Rc<Ownership<P>>,
    alarm: Rc<Alarm<P>>,
    /// The account is told the whole list: whoever changes it tells it before the next one does.
    changing: Mutex<()>,
}

impl<P: Platform> Schedules<P> {
    /// The schedules in this database, whose tables are up to date.
    pub fn new(platform: Rc<P>, owner: Rc<Ownership<P>>, alarm: Rc<Alarm<P>>) -> Self {
        Self { platform, owner, alarm, changing: Mutex::default() }
    }

    /// All schedules, the next one first.
    pub fn list(&self) -> Vec<Schedule> {
        self.read(ALL, &[]).into_iter().map(|(schedule, _)| schedule).collect()
    }

    /// Schedules that are due. Those whose next time was not found get it now, if it can be found: they have run already.
    pub fn due(&self, now: u64) -> Vec<Schedule> {
        let query = "SELECT body, next_run FROM schedules WHERE next_run <= ? ORDER BY next_run, id";
        let mut due = Vec::new();
        for (schedule, alarm) in self.read(query, &[now.into()]) {
            if schedule.next_run == alarm {
                due.push(schedule);
            } else if let Err(error) = self.advance(&schedule, now) {
                note(Level::Error, "schedule_next_run", Some("schedule_store"), Some(&error.0));
            }
        }
        due
    }

    /// When the alarm is needed for the next one, milliseconds.
    pub fn next_run(&self) -> Option<u64> {
        self.read(ALL, &[]).first().map(|(_, alarm)| *alarm)
    }

    /// Adds a schedule. The call's id names it, so that a call that runs twice adds it once.
    pub async fn add(&self, new: NewSchedule, call_id: &str) -> Result<Schedule, ScheduleError> {
        let _changing = self.changing.lock().await;
        let next_run = first_run(&new.when, self.platform.now(), self.offset())?;
        let id = call_id.strip_prefix("call_").unwrap_or(call_id).to_owned();
        let schedule = Schedule { id, when: new.when, description: new.description, next_run };
        let mut all = self.list();
        let added = all.iter().all(|known| known.id != schedule.id);
        if added {
            all.push(schedule.clone());
        }
        let account = self.owner.account().map_err(|problem| ScheduleError::Limit(problem.message))?;
        account.index_schedules(&all, added).await.map_err(|problem| ScheduleError::Limit(problem.message))?;
        if self.owner.get().is_none() {
            // The chat was erased while the account was asked: nothing is to run in it.
            return Err(ScheduleError::Storage);
        }
        self.store(&schedule).map_err(|_| ScheduleError::Storage)?;
        self.arm();
        Ok(schedule)
    }

    /// Removes a schedule. False when there is none of that id.
    pub async fn remove(&self, id: &str) -> Result<bool, ScheduleError> {
        let _changing = self.changing.lock().await;
        if self.list().iter().all(|schedule| schedule.id != id) {
            return Ok(false);
        }
        self.delete(id).map_err(|_| ScheduleError::Storage)?;
        self.tell_account().await;
        self.arm();
        Ok(true)
    }

    /// Removes all, without telling the account: the chat is gone there already.
    pub fn erase(&self) -> Result<(), SqlError> {
        self.platform.exec("DELETE FROM schedules", &[])
    }

    /// Tells the account what is scheduled now.
    pub async fn index(&self) {
        let _changing = self.changing.lock().await;
        self.tell_account().await;
    }

    async fn tell_account(&self) {
        let told = match self.owner.account() {
            Ok(account) => account.index_schedules(&self.list(), false).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = told {
            note(Level::Warn, "account_call", Some(&problem.code), None);
        }
    }

    /// A schedule has run: a recurring one gets its next time, counted from when it was due; any other goes.
    pub fn advance(&self, schedule: &Schedule, now: u64) -> Result<(), SqlError> {
        match &schedule.when {
            // Runs that were missed while nothing could run are not made up for.
            When::Cron { cron, time_zone } => {
                match next_cron(cron, time_zone, schedule.next_run.max(now), self.offset()) {
                    Ok(next_run) => self.store(&Schedule { next_run, ..schedule.clone() }),
                    Err(error) => self.put_off(schedule, &error, now),
                }
            }
            When::Scheduled { .. } | When::Delayed { .. } => self.delete(&schedule.id),
        }
    }

    /// The next time was not found: the schedule stays, with the time it had, and the alarm comes to look again.
    fn put_off(&self, schedule: &Schedule, error: &ScheduleError, now: u64) -> Result<(), SqlError> {
        note(Level::Error, "schedule_next_run", Some("schedule_without_next_run"), Some(&error.to_string()));
        self.keep(schedule, now.saturating_add(LOOK_AGAIN_MS))
    }

    /// Keeps a schedule as it is now.
    pub fn store(&self, schedule: &Schedule) -> Result<(), SqlError> {
        self.keep(schedule, schedule.next_run)
    }

    fn keep(&self, schedule: &Schedule, alarm: u64) -> Result<(), SqlError> {
        let body = deputy_http::json::write(schedule);
        self.platform.exec(
            "INSERT OR REPLACE INTO schedules (id, body, next_run) VALUES (?, ?, ?)",
            &[schedule.id.as_str().into(), body.as_str().into(), alarm.into()],
        )
    }

    fn delete(&self, id: &str) -> Result<(), SqlError> {
        self.platform.exec("DELETE FROM schedules WHERE id = ?", &[id.into()])
    }

    /// A running turn or a wait may need the alarm earlier than the next schedule, so it is never put off here.
    fn arm(&self) {
        if let Some(next) = self.next_run() {
            self.alarm.bring_forward(next);
        }
    }

    /// Schedules, each with the time at which the alarm comes for it.
    fn read(&self, query: &str, binds: &[Bind<'_>]) -> Vec<(Schedule, u64)> {
        let rows: Vec<Row> = self.platform.rows(query, binds).unwrap_or_default();
        let read = |row: Row| Some((deputy_http::json::read(row.body.as_bytes()).ok()?, row.next_run));
        rows.into_iter().filter_map(read).collect()
    }

    fn offset(&self) -> impl Fn(&str, u64) -> Option<i32> {
        |zone, at| self.platform.zone_offset(zone, at)
    }
}
