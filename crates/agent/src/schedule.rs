//! Schedules: once at a time, after a delay, or by cron in a zone.

use serde::{Deserialize, Serialize};

use crate::{ScheduleError, next_cron};

/// When a task runs, as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Once, at a time.
    Scheduled {
        /// Milliseconds.
        at: u64,
    },
    /// Once, after a delay.
    Delayed {
        /// Seconds.
        seconds: u64,
    },
    /// Again and again, five fields, read in a zone.
    Cron {
        /// The expression.
        cron: String,
        /// IANA zone.
        time_zone: String,
    },
}

impl When {
    /// The word the tools and the schedules page use.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Scheduled { .. } => "scheduled",
            Self::Delayed { .. } => "delayed",
            Self::Cron { .. } => "cron",
        }
    }
}

/// A task to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSchedule {
    /// When.
    pub when: When,
    /// What.
    pub description: String,
}

/// A stored task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Id.
    pub id: String,
    /// When.
    pub when: When,
    /// What.
    pub description: String,
    /// Next run, milliseconds.
    pub next_run: u64,
}

const TEN_YEARS_MS: u64 = 10 * 366 * 86_400_000;

/// The first run of a new schedule. `offset` gives a zone's offset from UTC in seconds at an instant.
pub fn first_run(when: &When, now: u64, offset: impl Fn(&str, u64) -> Option<i32>) -> Result<u64, ScheduleError> {
    let at = match when {
        When::Scheduled { at } if *at <= now => return Err(ScheduleError::Past),
        When::Scheduled { at } => *at,
        When::Delayed { seconds } => {
            seconds.checked_mul(1000).and_then(|delay| now.checked_add(delay)).ok_or(ScheduleError::TooFar)?
        }
        When::Cron { cron, time_zone } => next_cron(cron, time_zone, now, offset)?,
    };
    if at.saturating_sub(now) > TEN_YEARS_MS { Err(ScheduleError::TooFar) } else { Ok(at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Berlin in 2026: summer time from 29 March 01:00 UTC to 25 October 01:00 UTC.
    fn berlin(zone: &str, at: u64) -> Option<i32> {
        (zone == "Europe/Berlin").then_some(if (1_774_746_000_000..1_792_890_000_000).contains(&at) {
            7200
        } else {
            3600
        })
    }

    fn utc(text: &str) -> u64 {
        chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis() as u64
    }

    #[test]
    fn what_cannot_be_scheduled_is_refused() {
        let now = utc("2026-11-23T07:00:00Z");
        let first = |when: &When| first_run(when, now, berlin);
        assert_eq!(first(&When::Scheduled { at: now }), Err(ScheduleError::Past));
        assert_eq!(first(&When::Delayed { seconds: u64::MAX }), Err(ScheduleError::TooFar));
        assert_eq!(first(&When::Delayed { seconds: 11 * 366 * 86_400 }), Err(ScheduleError::TooFar));
        assert_eq!(first(&When::Delayed { seconds: 5 }), Ok(now + 5000));
        for cron in ["", "nonsense", "61 * * * *", "0 0 31 2 *", "* * * * * *"] {
            let when = When::Cron { cron: cron.into(), time_zone: "Europe/Berlin".into() };
            assert!(matches!(first(&when), Err(ScheduleError::Cron(_))), "{cron}");
        }
        let when = When::Cron { cron: "* * * * *".into(), time_zone: "Mars/Base".into() };
        assert_eq!(first(&when), Err(ScheduleError::Zone("Mars/Base".into())));
    }
}
