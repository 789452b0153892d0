//! What the model is told beside a message of the user: the day and the hour, that a task is due, and what has been done already.
//!
//! It is kept with the message for good, so that what stands before the newest message is the same from turn to turn and a
//! provider's prompt cache holds.

use chrono::{DateTime, Datelike as _, FixedOffset, Timelike as _};
use deputy_wire::ToolPart;

/// Characters of a call's input that are repeated.
const INPUT_CHARS: usize = 300;

/// What a model is told with a task that is due. A small one takes a reminder for a wish to be reminded, or refuses it, unless it is told
/// what to do with it.
const DUE_NOW: &str = "\n[The time of this task has come, so do it now; do not schedule it again. If it is a reminder, remind the user in one \
    sentence. Use a tool only if the task needs one.]";

/// A wall clock: an instant in a zone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock<'a> {
    /// Milliseconds.
    pub at: u64,
    /// IANA name.
    pub time_zone: &'a str,
    /// Its offset from UTC then, seconds.
    pub offset_seconds: i32,
    /// Why it is not the user's own zone, if it is not.
    pub instead: Option<&'a str>,
}

/// What the model is told with a message. Every sentence stands in brackets of its own, behind an empty line.
pub(crate) fn told(clock: Clock<'_>, due: bool, done: &[(&ToolPart, u64)]) -> String {
    let mut said = now(clock);
    if due {
        said.push_str(DUE_NOW);
    }
    for (part, at) in done {
        let input: String = part.input.to_string().chars().take(INPUT_CHARS).collect();
        let time = time_of_day(*at, clock.at, clock.offset_seconds);
        let line = format!(
            "\n[Already done, in an answer that the user has dropped: {} {input}, {time}. Do it again only if the user wants it a \
             second time.]",
            part.tool
        );
        said.push_str(&line);
    }
    said
}

/// Weekday, date, time and zone, and what tomorrow is.
fn now(clock: Clock<'_>) -> String {
    let Some(now) = wall(clock.at, clock.offset_seconds) else { return String::new() };
    let zone = match clock.instead {
        None => format!("time zone {}", clock.time_zone),
        Some(why) => format!("time zone {} ({why})", clock.time_zone),
    };
    let tomorrow = now.date_naive().succ_opt().map(|day| format!(" Tomorrow is {}.", day.format("%A %Y-%m-%d")));
    format!(
        "[Now: {}, {zone}, UTC{}.{}]",
        now.format("%A %Y-%m-%d, %H:%M"),
        now.format("%:z"),
        tomorrow.unwrap_or_default()
    )
}

/// `at 10:02`, with the date when it is another day than `now`.
pub fn time_of_day(at: u64, now: u64, offset_seconds: i32) -> String {
    match (wall(at, offset_seconds), wall(now, offset_seconds)) {
        (Some(then), Some(now)) if then.num_days_from_ce() == now.num_days_from_ce() => {
            format!("at {:02}:{:02}", then.hour(), then.minute())
        }
        (Some(then), _) => format!("on {} at {:02}:{:02}", then.format("%Y-%m-%d"), then.hour(), then.minute()),
        (None, _) => "before".to_owned(),
    }
}

fn wall(at: u64, offset_seconds: i32) -> Option<DateTime<FixedOffset>> {
    let instant = i64::try_from(at).ok().and_then(DateTime::from_timestamp_millis)?;
    Some(instant.with_timezone(&FixedOffset::east_opt(offset_seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Issue 11: "tomorrow" was wrong seven times of seven without it.
    #[test]
    fn the_day_the_hour_the_zone_and_tomorrow_are_said() {
        let at = 1_798_694_520_000; // 2026-12-31T05:22:00Z
        let clock = Clock { at, time_zone: "Asia/Kolkata", offset_seconds: 19_800, instead: None };
        let said = told(clock, false, &[]);
        assert_eq!(
            said,
            "[Now: Thursday 2026-12-31, 10:52, time zone Asia/Kolkata, UTC+05:30. Tomorrow is Friday 2027-01-01.]"
        );
        let unknown = Clock { time_zone: "UTC", offset_seconds: 0, instead: Some("the user's is not known"), ..clock };
        assert!(
            told(unknown, true, &[])
                .starts_with("[Now: Thursday 2026-12-31, 05:22, time zone UTC (the user's is not known), UTC+00:00.")
        );
        assert!(told(unknown, true, &[]).contains("do it now; do not schedule it again"));
    }

    #[test]
    fn a_time_of_another_day_has_its_date() {
        let (morning, night) = (1_798_694_520_000, 1_798_694_520_000 + 68_000_000);
        assert_eq!(time_of_day(morning, morning + 60_000, 0), "at 05:22");
        assert_eq!(time_of_day(morning, night, 0), "on 2026-12-31 at 05:22");
    }
}
