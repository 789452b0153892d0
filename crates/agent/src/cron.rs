//! When a cron expression comes true on the wall clock of a zone.

use std::str::FromStr;

use croner::CronComponent;

use crate::ScheduleError;
use crate::wall_clock::{Stretch, WallClock, earliest};

/// How often the search goes on behind a change of the clock, or to the next day that fits. An expression that fits a day at
/// all fits one within this many looks.
const LOOKS: usize = 64;
/// Characters of what the model or the user wrote that go into a sentence.
const SHOWN: usize = 60;

/// The next time a cron expression of five fields comes true after `after` (milliseconds), read on the wall clock of its zone.
/// `offset` gives a zone's offset from UTC in seconds at an instant in milliseconds.
///
/// Where the clock is set forward, a time that does not exist is moved by the length of the gap: 02:30 runs at 03:30. Where it is
/// set back, a time that exists twice runs once, the first time. What runs every so many minutes, or every hour, goes on doing
/// so through both.
///
/// Errors: not such an expression, or one that never comes true; an unknown zone.
pub fn next_cron(
    cron: &str,
    time_zone: &str,
    after: u64,
    offset: impl Fn(&str, u64) -> Option<i32>,
) -> Result<u64, ScheduleError> {
    let bad = || ScheduleError::Cron(cron.chars().take(SHOWN).collect());
    let unknown = || ScheduleError::Zone(time_zone.chars().take(SHOWN).collect());
    let pattern = Pattern::read(cron).ok_or_else(bad)?;
    let clock = WallClock::new(time_zone, offset);
    let mut from = i64::try_from(after / 1000).map_err(|_| ScheduleError::TooFar)?.saturating_add(1);
    for _ in 0..LOOKS {
        let stretch = clock.stretch(from).ok_or_else(unknown)?;
        let regular = pattern.regular(from, &stretch).ok_or_else(bad)?;
        let found = [Some(regular - stretch.offset), pattern.moved(from, &stretch)].into_iter().flatten();
        match found.filter(|at| *at < stretch.ends).min() {
            Some(at) => return Ok(u64::try_from(at).map_err(|_| bad())?.saturating_mul(1000)),
            None if stretch.changes => from = stretch.ends,
            None => from = stretch.ends.max(earliest(regular)),
        }
    }
    Err(bad())
}

/// An expression, and what becomes of it when the clock is changed.
struct Pattern {
    cron: croner::Cron,
    /// Times that do not exist are moved.
    moves: bool,
    /// Times that exist twice count once.
    once: bool,
}

impl Pattern {
    fn read(cron: &str) -> Option<Self> {
        if cron.split_whitespace().count() != 5 {
            return None;
        }
        let cron = croner::Cron::from_str(cron).ok()?;
        let (minutes, hours) = (&cron.pattern.minutes, &cron.pattern.hours);
        let every_hour = hours.count_set_values(ALL) == 24;
        let steps = is_step(minutes);
        Some(Self { moves: !(steps && every_hour), once: !(steps || every_hour), cron })
    }

    /// The next wall time, from an instant of the stretch on, that comes true as the clock shows it.
    fn regular(&self, from: i64, stretch: &Stretch) -> Option<i64> {
        let wall = from + stretch.offset;
        let repeated = stretch.began.filter(|(_, before)| self.once && *before > stretch.offset);
        self.next(repeated.map_or(wall, |(began, before)| wall.max(began + before)))
    }

    /// The next instant, from one of the stretch on, at which a time runs that the clock has left out.
    fn moved(&self, from: i64, stretch: &Stretch) -> Option<i64> {
        let (began, before) = stretch.began.filter(|(_, before)| self.moves && *before < stretch.offset)?;
        let wall = self.next(from.max(began) + before)?;
        (wall < began + stretch.offset).then_some(wall - before)
    }

    /// The first wall time that fits, from this one on.
    fn next(&self, wall: i64) -> Option<i64> {
        let start = chrono::DateTime::from_timestamp(wall, 0)?;
        Some(self.cron.find_next_occurrence(&start, true).ok()?.timestamp())
    }
}

/// Every value of a field, as croner counts them.
const ALL: u8 = 1;

/// Every so many: `*`, `*/5`, `0-59/5`.
fn is_step(field: &CronComponent) -> bool {
    field.from_wildcard || field.step > 1 || field.count_set_values(ALL) == 60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> u64 {
        chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis() as u64
    }

    fn offset(zone: &str, at: u64) -> Option<i32> {
        let zone = jiff::tz::db().get(zone).ok()?;
        Some(zone.to_offset(jiff::Timestamp::from_millisecond(at as i64).ok()?).seconds())
    }

    fn next(cron: &str, zone: &str, after: &str) -> String {
        let at = next_cron(cron, zone, utc(after), offset).unwrap();
        chrono::DateTime::from_timestamp_millis(at as i64).unwrap().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    /// Trial 1: what runs every so many minutes goes on in the night when the clock goes forward, west of UTC as well.
    #[test]
    fn t01_every_so_many_minutes_goes_on() {
        for (cron, zone, after, right) in [
            ("*/15 * * * *", "America/Denver", "2026-03-08T08:45:00Z", "2026-03-08T09:00:00Z"),
            ("*/10 * * * *", "America/New_York", "2027-03-14T06:50:00Z", "2027-03-14T07:00:00Z"),
            ("*/5 * * * *", "America/Toronto", "2026-03-08T06:55:00Z", "2026-03-08T07:00:00Z"),
            ("* * * * *", "America/Los_Angeles", "2026-03-08T09:59:00Z", "2026-03-08T10:00:00Z"),
            ("*/7 * * * *", "America/Havana", "2026-03-08T04:56:00Z", "2026-03-08T05:00:00Z"),
            ("*/15 * * * *", "America/Santiago", "2026-09-06T03:45:00Z", "2026-09-06T04:00:00Z"),
            ("*/15 * * * *", "Atlantic/Azores", "2026-03-29T00:45:00Z", "2026-03-29T01:00:00Z"),
            ("*/15 * * * *", "Europe/Madrid", "2026-03-29T00:45:00Z", "2026-03-29T01:00:00Z"),
            ("0 * * * *", "America/Denver", "2026-03-08T08:00:00Z", "2026-03-08T09:00:00Z"),
            // Autumn: the second time as well.
            ("*/30 * * * *", "America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z"),
            ("0 * * * *", "America/New_York", "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z"),
            ("*/15 1-4 * * *", "America/New_York", "2026-11-01T05:45:00Z", "2026-11-01T06:00:00Z"),
            // Half an hour, on Lord Howe.
            ("*/15 * * * *", "Australia/Lord_Howe", "2026-10-03T15:15:00Z", "2026-10-03T15:30:00Z"),
        ] {
            assert_eq!(next(cron, zone, after), right, "{cron} in {zone} after {after}");
        }
    }

    /// Trial 1: a fixed time that does not exist is moved by the length of the gap, one that exists twice runs once.
    #[test]
    fn t01_a_fixed_time_runs_once() {
        for (cron, zone, after, right) in [
            ("30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", "2026-03-08T07:30:00Z"),
            ("30 2 * * *", "America/New_York", "2026-03-08T07:29:59Z", "2026-03-08T07:30:00Z"),
            ("30 2 * * *", "America/New_York", "2026-03-08T07:30:00Z", "2026-03-09T06:30:00Z"),
            ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"),
            ("5 0 * * *", "America/Havana", "2026-03-08T04:00:00Z", "2026-03-08T05:05:00Z"),
            ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", "2026-10-03T15:45:00Z"),
            ("30 1 * * *", "America/New_York", "2026-11-01T04:00:00Z", "2026-11-01T05:30:00Z"),
            ("30 1 * * *", "America/New_York", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"),
            ("30 1 * * *", "America/New_York", "2026-11-01T06:10:00Z", "2026-11-02T06:30:00Z"),
            ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
            ("0 9 * * *", "Europe/Berlin", "2026-03-28T08:30:00Z", "2026-03-29T07:00:00Z"),
            ("0 9 29 2 *", "Europe/Berlin", "2026-11-23T07:00:00Z", "2028-02-29T08:00:00Z"),
            ("0 9 * * 1", "Asia/Kathmandu", "2026-11-24T07:00:00Z", "2026-11-30T03:15:00Z"),
            // A day that was left out altogether: 30 December 2011 on Samoa.
            ("0 12 30 12 *", "Pacific/Apia", "2011-12-29T23:00:00Z", "2011-12-30T22:00:00Z"),
        ] {
            assert_eq!(next(cron, zone, after), right, "{cron} in {zone} after {after}");
        }
    }

    #[test]
    fn what_is_no_expression_and_what_never_comes_true_is_refused() {
        let now = utc("2026-11-23T07:00:00Z");
        for cron in ["", "nonsense", "61 * * * *", "0 0 31 2 *", "* * * * * *", "* * * *", "@daily"] {
            assert!(matches!(next_cron(cron, "Europe/Berlin", now, offset), Err(ScheduleError::Cron(_))), "{cron}");
        }
        let zone = next_cron("* * * * *", "Mars/Base", now, offset);
        assert_eq!(zone, Err(ScheduleError::Zone("Mars/Base".into())));
    }
}
