//! Date and time as a model writes them.

mod iso8601;

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveTime};
use deputy_agent::fields::Line;
use deputy_agent::{InputProblem, WallClock};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use self::iso8601::{Place, Written};
use super::ports::TimeZones;

/// Longest text of a moment, characters: with a fraction, an offset and a zone in brackets.
const LONGEST: usize = 100;

/// A date, or a date and time, in ISO 8601: with an offset it is that instant; without, it is on the wall clock of a zone; a
/// date alone is its midnight. A zone in brackets (RFC 9557) goes before the user's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Line<1, LONGEST>")]
pub struct Moment(Written);

impl TryFrom<Line<1, LONGEST>> for Moment {
    type Error = &'static str;

    fn try_from(line: Line<1, LONGEST>) -> Result<Self, Self::Error> {
        iso8601::read(&line)
            .map(Self)
            .ok_or("not an ISO 8601 date or time, such as 2026-11-24 or 2026-11-24T09:00:00+01:00")
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
        json_schema!({"type": "string", "minLength": 1, "maxLength": LONGEST})
    }
}

impl Moment {
    /// Reads a text as the type does.
    pub fn read(text: &str) -> Option<Self> {
        iso8601::read(text).map(Self)
    }

    /// The instant, milliseconds, read on the wall clock of that zone if it has no offset and no zone of its own. None before
    /// 1970, in an unknown zone, and with an offset that is not that of its own zone.
    pub fn at(&self, zone: &str, zones: &dyn TimeZones) -> Option<u64> {
        let wall = self.0.wall.and_utc();
        let seconds = match (self.0.place, &self.0.zone) {
            (Place::Wall, own) => instant(wall.timestamp(), own.as_deref().unwrap_or(zone), zones)?,
            (Place::Utc, _) => wall.timestamp(),
            (Place::Offset(offset), own) => {
                let at = wall.timestamp().checked_sub(i64::from(offset))?;
                let fits = |own: &String| zones.offset(own, u64::try_from(at).ok()?.checked_mul(1000)?);
                let right = own.as_ref().is_none_or(|own| fits(own) == Some(offset));
                Some(at).filter(|_| right)?
            }
        };
        let millis = seconds.checked_mul(1000)?.checked_add(i64::from(wall.timestamp_subsec_millis()))?;
        u64::try_from(millis).ok()
    }

    /// What is wrong with it for a user of this zone, as the input of a tool.
    pub fn misfit(&self, path: &str, zone: &str, zones: &dyn TimeZones) -> Option<InputProblem> {
        let rule = "names a time zone that is not known, an offset that is not that zone's, or a time before 1970";
        self.at(zone, zones).is_none().then(|| InputProblem { path: path.to_owned(), rule: rule.to_owned() })
    }

    /// Its day on the wall clock of the zone: the date (`yyyy-MM-dd`), when it begins and when the next one does.
    pub fn day(&self, zone: &str, zones: &dyn TimeZones) -> Option<(String, u64, u64)> {
        let at = self.at(zone, zones)?;
        let wall = i64::try_from(at / 1000).ok()?.checked_add(i64::from(zones.offset(zone, at)?))?;
        let date = DateTime::from_timestamp(wall, 0)?.date_naive();
        let midnight = |date: NaiveDate| {
            let seconds = instant(date.and_time(NaiveTime::MIN).and_utc().timestamp(), zone, zones)?;
            u64::try_from(seconds).ok()?.checked_mul(1000)
        };
        Some((date.to_string(), midnight(date)?, midnight(date.succ_opt()?)?))
    }
}

/// Reads what a model writes; the same as the type does.
pub fn parse(text: &str, zone: &str, zones: &dyn TimeZones) -> Option<u64> {
    Moment::read(text)?.at(zone, zones)
}

/// The instant of a wall time, both in seconds.
fn instant(wall: i64, zone: &str, zones: &dyn TimeZones) -> Option<i64> {
    WallClock::new(zone, |zone, at| zones.offset(zone, at)).instant(wall)
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
            let (date, from, until) = Moment(iso8601::read(text)?).day(zone, &zones)?;
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

    /// Trial 4: ISO 8601 as models write it, all of it the same instant.
    #[test]
    fn t04_one_instant_in_every_common_form() {
        let zones = TestZones;
        let read = |text: &str| parse(text, "Europe/Berlin", &zones).and_then(iso);
        for text in [
            "2026-11-24T09:00+01:00",
            "2026-11-24T08:00Z",
            "2026-11-24t08:00z",
            "2026-11-24T09:00:00+0100",
            "2026-11-24T09:00:00+01",
            "2026-11-24T09+01",
            "2026-11-24T09:00:00.000+0100",
            "2026-11-24T09:00:00,000+01:00",
            "2026-11-24T09:00:00.000000000+01:00",
            "2026-11-24T09:00:00 +01:00",
            "2026-11-24 09:00:00+01:00",
            "2026-11-24  09:00",
            "2026-11-24 9:00",
            "2026-11-24T03:00:00\u{2212}05:00",
            "2026-11-24T02:30-0530",
            "20261124T080000Z",
            "20261124T0800Z",
            "20261124T090000+0100",
            "20261124 0900",
            "2026-11-24T09:00:00[Europe/Berlin]",
            "2026-11-24T09:00:00[!Europe/Berlin]",
            "2026-11-24T17:00[Asia/Tokyo]",
            "2026-11-24T09:00:00+01:00[Europe/Berlin]",
            "2026-11-24T09:00:00+01:00[Europe/Berlin][u-ca=iso8601]",
            "2026-11-24T08:00:00Z[Europe/Berlin]",
            "2026-11-24T09:00[+01:00]",
            "2026-11-24 08:00 UTC",
            "2026-W48-2T09:00",
            "2026W482T0900",
            "2026-328T09:00:00",
            "2026328T09",
            "  2026-11-24T09:00:00  ",
        ] {
            assert_eq!(read(text).as_deref(), Some("2026-11-24T08:00:00.000Z"), "{text}");
        }
        for text in ["2026-11-24T24:00:00", "2026-11-24T24:00", "2026-11-25", "20261125", "2026-W48-3", "2026-329"] {
            assert_eq!(read(text).as_deref(), Some("2026-11-24T23:00:00.000Z"), "{text}");
        }
        assert_eq!(read("2026-11-24T09:00:00.5+01:00").as_deref(), Some("2026-11-24T08:00:00.500Z"));
        assert_eq!(read("2026-12-31T23:59:60Z").as_deref(), Some("2027-01-01T00:00:00.000Z"));
        // The night when the clock goes back in New York: the first of the two.
        let new_york = parse("2026-11-01T01:30:00", "America/New_York", &zones).and_then(iso);
        assert_eq!(new_york.as_deref(), Some("2026-11-01T05:30:00.000Z"));
    }

    /// Trial 4: what is not a date, or says two things at once, is none.
    #[test]
    fn t04_nonsense_is_refused() {
        for text in [
            "2026-11-24T09:00:00Z+01:00",
            "2026-11-24T09:00:00+05:00[Europe/Berlin]",
            "2026-11-24T09:00:00+01:00[+02:00]",
            "2026-11-24T09:00[Mars/Base]",
            "2026-11-24T09:00[Europe/Berlin][Asia/Tokyo]",
            "2026-11-24T09:00[Europe/Berlin",
            "2026-11-24T09:00+25:00",
            "2026-11-24T09:00+1",
            "2026-11-24T09:00+01:60",
            "2026-11-24T9:0",
            "2026-11-24T090",
            "2026-11-24T",
            "2026-11-24T09:00 PM",
            "2026-11-24T24:01",
            "2026-11-24T23:60",
            "2026-02-30",
            "2026-W54-1",
            "2026-W48-8",
            "2026-366",
            "2026-11",
            "2026",
            "26-11-24",
            "24.11.2026",
            "11/24/2026",
            "Tue, 24 Nov 2026 09:00:00 +0100",
            "1795417200",
            "1969-12-31T23:59:59Z",
            "tomorrow at 9",
        ] {
            assert_eq!(parse(text, "Europe/Berlin", &TestZones), None, "{text}");
        }
        let why = serde_json::from_value::<Moment>(serde_json::json!("next Tuesday")).unwrap_err().to_string();
        assert!(why.contains("such as 2026-11-24 or 2026-11-24T09:00:00+01:00"), "{why}");
    }
}
