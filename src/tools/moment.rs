//! Date and time as a model writes them.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use deputy_agent::fields::Line;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::ports::TimeZones;

/// A date, or a date and time, in ISO 8601: with an offset it is that instant; without, it is on the wall clock of a zone; a
/// date alone is its midnight.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Line<1, 40>")]
pub struct Moment(Written);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Written {
    /// Milliseconds.
    Instant(i64),
    Wall(NaiveDateTime),
}

impl TryFrom<Line<1, 40>> for Moment {
    type Error = &'static str;

    fn try_from(line: Line<1, 40>) -> Result<Self, Self::Error> {
        written(&line).map(Self).ok_or("not an ISO 8601 date or time, such as 2026-11-24 or 2026-11-24T09:00:00+01:00")
    }
}

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1, "maxLength": 40})
    }
}

impl Moment {
    /// The instant, milliseconds, read on the wall clock of that zone if it has no offset. None before 1970 and in an unknown
    /// zone.
    pub fn at(&self, zone: &str, zones: &dyn TimeZones) -> Option<u64> {
        match self.0 {
            Written::Instant(at) => u64::try_from(at).ok(),
            Written::Wall(wall) => on_the_wall(wall, zone, zones),
        }
    }

    /// Its day on the wall clock of the zone: the date (`yyyy-MM-dd`), when it begins and when the next one does.
    pub fn day(&self, zone: &str, zones: &dyn TimeZones) -> Option<(String, u64, u64)> {
        let at = self.at(zone, zones)?;
        let wall = i64::try_from(at / 1000).ok()?.checked_add(i64::from(zones.offset(zone, at)?))?;
        let date = DateTime::from_timestamp(wall, 0)?.date_naive();
        let midnight = |date: NaiveDate| on_the_wall(date.and_time(NaiveTime::MIN), zone, zones);
        Some((date.to_string(), midnight(date)?, midnight(date.succ_opt()?)?))
    }
}

/// Reads what a model writes; the same as the type does.
pub fn parse(text: &str, zone: &str, zones: &dyn TimeZones) -> Option<u64> {
    Moment(written(text.trim())?).at(zone, zones)
}

fn written(text: &str) -> Option<Written> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(Written::Instant(instant.timestamp_millis()));
    }
    let times = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let time = times.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|date| date.and_time(NaiveTime::MIN));
    time.or_else(date).map(Written::Wall)
}

/// The offset depends on the instant that is being looked for: two rounds settle it.
fn on_the_wall(wall: NaiveDateTime, zone: &str, zones: &dyn TimeZones) -> Option<u64> {
    let wall = wall.and_utc().timestamp_millis();
    let mut at = u64::try_from(wall).ok()?;
    for _ in 0..2 {
        let offset = i64::from(zones.offset(zone, at)?).checked_mul(1000)?;
        at = u64::try_from(wall.checked_sub(offset)?).ok()?;
    }
    Some(at)
}

/// An instant in UTC as JavaScript's `Date` writes it into JSON.
pub fn iso(at: u64) -> Option<String> {
    let instant = DateTime::from_timestamp_millis(i64::try_from(at).ok()?)?;
    Some(instant.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::testing::TestZones;

    /// TV-21: the whole day of the user, whatever the instant was written in.
    #[test]
    fn tv_21_the_day_is_the_users() {
        let zones = TestZones;
        let day = |text: &str, zone: &str| {
            let (date, from, until) = Moment(written(text)?).day(zone, &zones)?;
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
        let zones = TestZones;
        let read = |text: &str| parse(text, "Europe/Berlin", &zones).and_then(iso);
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
