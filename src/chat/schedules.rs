//! Schedules of a chat: rows here, an index of them in the account.

use deputy_agent::{NewSchedule, Schedule, ScheduleError, When, first_run, next_cron};
use serde::Deserialize;

use super::world::World;
use crate::account::chats::{IndexSchedules, ScheduleSummary};
use crate::platform::ports::{Sql, SqlError};
use crate::platform::{clock, intl};

#[derive(Deserialize)]
struct Row {
    body: String,
}

impl World {
    /// All schedules, the next one first.
    pub fn list_schedules(&self) -> Vec<Schedule> {
        self.read_schedules("SELECT body FROM schedules ORDER BY next_run, id", &[])
    }

    /// Schedules that are due.
    pub fn due_schedules(&self, now: u64) -> Vec<Schedule> {
        self.read_schedules("SELECT body FROM schedules WHERE next_run <= ? ORDER BY next_run, id", &[now.into()])
    }

    /// Adds a schedule. The call's id names it, so that a call that runs twice adds it once.
    pub async fn add_schedule(&self, new: NewSchedule, call_id: &str) -> Result<Schedule, ScheduleError> {
        let next_run = first_run(&new.when, clock::now_ms(), offset)?;
        let id = call_id.strip_prefix("call_").unwrap_or(call_id).to_owned();
        let schedule = Schedule { id, when: new.when, description: new.description, next_run };
        let mut all = self.list_schedules();
        let added = all.iter().all(|known| known.id != schedule.id);
        if added {
            all.push(schedule.clone());
        }
        let index = IndexSchedules { chat: self.chat_id(), schedules: summaries(&all), added };
        self.ask_account(&index).await.map_err(|refusal| ScheduleError::Limit(refusal.message.clone()))?;
        self.store_schedule(&schedule).map_err(|_| ScheduleError::Storage)?;
        self.arm().await;
        Ok(schedule)
    }

    /// Removes a schedule. False when there is none of that id.
    pub async fn remove_schedule(&self, id: &str) -> Result<bool, ScheduleError> {
        if self.list_schedules().iter().all(|schedule| schedule.id != id) {
            return Ok(false);
        }
        self.delete_schedule(id).map_err(|_| ScheduleError::Storage)?;
        self.index_schedules().await;
        self.arm().await;
        Ok(true)
    }

    /// Tells the account what is scheduled now.
    pub async fn index_schedules(&self) {
        let schedules = summaries(&self.list_schedules());
        self.tell_account(IndexSchedules { chat: self.chat_id(), schedules, added: false }).await;
    }

    /// A schedule has run: a recurring one gets its next time, counted from when it was due; any other goes.
    pub fn advance_schedule(&self, schedule: &Schedule, now: u64) -> Result<(), SqlError> {
        let next = match &schedule.when {
            // Runs that were missed while nothing could run are not made up for.
            When::Cron { cron, time_zone } => next_cron(cron, time_zone, schedule.next_run.max(now), offset).ok(),
            When::Scheduled { .. } | When::Delayed { .. } => None,
        };
        match next {
            Some(next_run) => self.store_schedule(&Schedule { next_run, ..schedule.clone() }),
            None => self.delete_schedule(&schedule.id),
        }
    }

    /// A schedule could not run now: it runs later.
    pub fn postpone_schedule(&self, later: &Schedule) -> Result<(), SqlError> {
        self.store_schedule(later)
    }

    fn store_schedule(&self, schedule: &Schedule) -> Result<(), SqlError> {
        let body = deputy_http::json::write(schedule);
        self.log.sql().exec(
            "INSERT OR REPLACE INTO schedules (id, body, next_run) VALUES (?, ?, ?)",
            &[schedule.id.as_str().into(), body.as_str().into(), schedule.next_run.into()],
        )
    }

    fn delete_schedule(&self, id: &str) -> Result<(), SqlError> {
        self.log.sql().exec("DELETE FROM schedules WHERE id = ?", &[id.into()])
    }

    fn read_schedules(&self, query: &str, binds: &[crate::platform::ports::Bind<'_>]) -> Vec<Schedule> {
        let rows: Vec<Row> = self.log.sql().rows(query, binds).unwrap_or_default();
        rows.iter().filter_map(|row| deputy_http::json::read(row.body.as_bytes()).ok()).collect()
    }
}

fn offset(zone: &str, at: u64) -> Option<i32> {
    let plausible = intl::zone_name_is_plausible(zone);
    plausible.then(|| intl::zone_offset_minutes(zone, at).ok()).flatten().map(|minutes| minutes.saturating_mul(60))
}

fn summaries(schedules: &[Schedule]) -> Vec<ScheduleSummary> {
    let summary = |schedule: &Schedule| {
        let (cron, time_zone) = match &schedule.when {
            When::Cron { cron, time_zone } => (Some(cron.clone()), Some(time_zone.clone())),
            When::Scheduled { .. } | When::Delayed { .. } => (None, None),
        };
        ScheduleSummary {
            id: schedule.id.clone(),
            description: schedule.description.clone(),
            kind: schedule.when.kind().to_owned(),
            cron,
            time_zone,
            next_run: schedule.next_run,
        }
    };
    schedules.iter().map(summary).collect()
}
