//! Schedules: once at a time, after a delay, or by cron in a zone.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

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

/// Why a schedule was not stored or not removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The time has passed.
    #[error("the time is in the past")]
    Past,
    /// More than ten years ahead.
    #[error("the time is too far ahead")]
    TooFar,
    /// Not a cron expression of five fields, or one that never comes true.
    #[error("\"{0}\" is not a cron expression that comes true")]
    Cron(String),
    /// An unknown zone.
    #[error("\"{0}\" is not an IANA time zone")]
    Zone(String),
    /// The user's limit.
    #[error("{0}")]
    Limit(String),
    /// It could not be written.
    #[error("the schedule could not be stored")]
    Storage,
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

/// The next time a cron expression comes true after `after`, in its zone: the expression is read on the wall clock of the
/// zone. A wall-clock time that does not exist (spring) runs at the shifted instant; one that exists twice runs once.
pub fn next_cron(
    cron: &str,
    time_zone: &str,
    after: u64,
    offset: impl Fn(&str, u64) -> Option<i32>,
) -> Result<u64, ScheduleError> {
    let bad = || ScheduleError::Cron(cron.chars().take(60).collect());
    if cron.split_whitespace().count() != 5 {
        return Err(bad());
    }
    let pattern = croner::Cron::from_str(cron).map_err(|_| bad())?;
    let shift =
        |at: u64| offset(time_zone, at).ok_or_else(|| ScheduleError::Zone(time_zone.chars().take(60).collect()));
    let wall = |at: u64| -> Result<i64, ScheduleError> {
        let seconds = i64::try_from(at / 1000).map_err(|_| ScheduleError::TooFar)?;
        seconds.checked_add(i64::from(shift(at)?)).ok_or(ScheduleError::TooFar)
    };
    let mut from = wall(after)?;
    // Where the clock is set back, the next wall time can lie before `after`: then look further.
    for _ in 0..4 {
        let start = chrono::DateTime::from_timestamp(from, 0).ok_or(ScheduleError::TooFar)?;
        let next = pattern.find_next_occurrence(&start, false).map_err(|_| bad())?.timestamp();
        let guess = u64::try_from(next).map_err(|_| bad())?.saturating_mul(1000);
        // The offset depends on the instant that is being looked for: two rounds settle it.
        let mut at = guess.saturating_add_signed(-i64::from(shift(guess)?) * 1000);
        at = guess.saturating_add_signed(-i64::from(shift(at)?) * 1000);
        if at > after {
            return Ok(at);
        }
        from = next;
    }
    Err(bad())
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
    fn cron_is_read_on_the_wall_clock_of_its_zone() {
        let next = |after: &str| next_cron("0 9 * * *", "Europe/Berlin", utc(after), berlin).unwrap();
        assert_eq!(next("2026-11-23T07:00:00Z"), utc("2026-11-23T08:00:00Z"), "winter: 09:00 is 08:00 UTC");
        assert_eq!(next("2026-07-01T07:30:00Z"), utc("2026-07-02T07:00:00Z"), "summer: 09:00 is 07:00 UTC");
        assert_eq!(next("2026-03-28T08:30:00Z"), utc("2026-03-29T07:00:00Z"), "over the change");
    }

    #[test]
    fn the_hour_that_comes_twice_runs_once_and_the_one_that_is_missing_still_runs() {
        let first = next_cron("30 2 * * *", "Europe/Berlin", utc("2026-10-24T12:00:00Z"), berlin).unwrap();
        let second = next_cron("30 2 * * *", "Europe/Berlin", first, berlin).unwrap();
        assert!(second >= utc("2026-10-26T00:00:00Z"), "the second 02:30 of the same night is not another run");
        let spring = next_cron("30 2 * * *", "Europe/Berlin", utc("2026-03-28T12:00:00Z"), berlin).unwrap();
        assert!((utc("2026-03-29T00:00:00Z")..utc("2026-03-29T02:00:00Z")).contains(&spring));
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
