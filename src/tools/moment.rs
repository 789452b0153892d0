//! Date and time as a model writes them.

use chrono::DateTime;
use deputy_agent::Host;

/// Reads a date-time: with an offset it is that instant; without, it is on the wall clock of the zone; a date alone is its
/// midnight. Milliseconds.
pub fn parse(text: &str, zone: &str, host: &dyn Host) -> Option<u64> {
    let text = text.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return u64::try_from(instant.timestamp_millis()).ok();
    }
    // Completed to RFC 3339 with the offset 0. Chrono's reader of format strings would be 20 KB of the Worker.
    let rest = match text.len() {
        10 => "T00:00:00Z",
        16 => ":00Z",
        _ => "Z",
    };
    let wall = DateTime::parse_from_rfc3339(&format!("{text}{rest}")).ok()?.timestamp_millis();
    // The offset depends on the instant that is being looked for: two rounds settle it.
    let mut at = u64::try_from(wall).ok()?;
    for _ in 0..2 {
        let offset = i64::from(host.zone_offset(zone, at)?).checked_mul(1000)?;
        at = u64::try_from(wall.checked_sub(offset)?).ok()?;
    }
    Some(at)
}

/// The day of an instant on the wall clock of the zone: its date (`yyyy-MM-dd`), when it begins and when the next one does.
pub fn day(at: u64, zone: &str, host: &dyn Host) -> Option<(String, u64, u64)> {
    let wall = i64::try_from(at / 1000).ok()?.checked_add(i64::from(host.zone_offset(zone, at)?))?;
    let date = DateTime::from_timestamp(wall, 0)?.date_naive();
    let (day, next) = (date.to_string(), date.succ_opt()?.to_string());
    let (from, until) = (parse(&day, zone, host)?, parse(&next, zone, host)?);
    Some((day, from, until))
}

/// An instant in UTC as JavaScript's `Date` writes it into JSON.
pub fn iso(at: u64) -> Option<String> {
    let instant = DateTime::from_timestamp_millis(i64::try_from(at).ok()?)?;
    Some(instant.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::testing::TestHost;

    /// TV-21: the whole day of the user, whatever the instant was written in.
    #[test]
    fn tv_21_the_day_is_the_users() {
        let host = TestHost::default();
        let day = |text: &str, zone: &str| {
            let (date, from, until) = day(parse(text, zone, &host)?, zone, &host)?;
            Some(format!("{date} {} {}", iso(from)?, iso(until)?))
        };
        let berlin = "2026-11-24 2026-11-23T23:00:00.000Z 2026-11-24T23:00:00.000Z";
        for text in ["2026-11-24", "2026-11-24T00:00:00+01:00", "2026-11-24T23:59:59", "2026-11-23T23:00:00Z"] {
            assert_eq!(day(text, "Europe/Berlin").unwrap(), berlin, "{text}");
        }
        let tokyo = "2026-11-24 2026-11-23T15:00:00.000Z 2026-11-24T15:00:00.000Z";
        assert_eq!(day("2026-11-24", "Asia/Tokyo").unwrap(), tokyo);
        let twenty_five_hours = "2026-11-01 2026-11-01T04:00:00.000Z 2026-11-02T05:00:00.000Z";
        assert_eq!(day("2026-11-01", "America/New_York").unwrap(), twenty_five_hours);
        assert_eq!(day("2026-11-24", "Mars/Base"), None);
    }

    #[test]
    fn gc_08_an_instant_whatever_the_model_writes() {
        let host = TestHost::default();
        let read = |text: &str| parse(text, "Europe/Berlin", &host).and_then(iso);
        let expected = Some("2026-11-24T08:00:00.000Z".to_owned());
        assert_eq!(read("2026-11-24T09:00:00+01:00"), expected);
        assert_eq!(read("2026-11-24T08:00:00Z"), expected);
        assert_eq!(read("2026-11-24T09:00:00"), expected, "on the user's wall clock");
        assert_eq!(read("2026-11-24 09:00"), expected);
        assert_eq!(read("2026-11-24"), Some("2026-11-23T23:00:00.000Z".to_owned()));
        for odd in ["", "tomorrow", "2026-13-01", "2026-11-24T25:00:00Z", "0000-00-00"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
