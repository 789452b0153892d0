//! Days and hours in plain words, resolved in the user's own zone.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// What the words mean as an instant, or `None` when they mean nothing.
///
/// Without a day it is the next time the hour strikes; without an hour there is no instant.
pub fn resolve(now: &Zoned, day: Option<&str>, time: Option<&str>) -> Option<Zoned> {
    let time = parse_time(time?)?;
    let date = match day.map(str::trim).filter(|day| !day.is_empty()) {
        Some(day) => parse_day(now.date(), day)?,
        None if time > now.time() => now.date(),
        None => now.date().tomorrow().ok()?,
    };
    date.to_datetime(time).to_zoned(now.time_zone().clone()).ok()
}

/// The first instant of the day that the words mean.
pub fn start_of_day(now: &Zoned, day: &str) -> Option<Zoned> {
    parse_day(now.date(), day)?.to_zoned(now.time_zone().clone()).ok()
}

/// The five-field cron expression for an hour of every day, or of one weekday.
pub fn cron(day: Option<&str>, time: &str) -> Option<String> {
    let time = parse_time(time)?;
    let days = match day.map(|day| day.trim().to_lowercase()) {
        None => "*".to_owned(),
        Some(day) => match day.as_str() {
            "" | "day" | "morning" | "evening" => "*".to_owned(),
            "weekday" | "workday" | "working day" => "1-5".to_owned(),
            other => parse_weekday(other)?.to_sunday_zero_offset().to_string(),
        },
    };
    Some(format!("{} {} * * {days}", time.minute(), time.hour()))
}

/// RFC 3339 with the zone's own offset at that instant, seconds precision.
pub fn rfc3339(instant: &Zoned) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// An RFC 3339 text said as a person would: "tomorrow at 09:00".
pub fn spoken(now: &Zoned, text: &str) -> Option<String> {
    let instant = text.parse::<Timestamp>().ok()?.to_zoned(now.time_zone().clone());
    let (today, date) = (now.date(), instant.date());
    let day = if date == today {
        "today".to_owned()
    } else if today.tomorrow().ok() == Some(date) {
        "tomorrow".to_owned()
    } else {
        instant.strftime("on %A, %-d %B").to_string()
    };
    Some(format!("{day} at {}", instant.strftime("%H:%M")))
}

/// The IANA zone of a city or zone name, by the time-zone database alone.
pub fn zone_of(place: &str) -> Option<String> {
    let wanted = place.trim().replace(' ', "_");
    if wanted.is_empty() {
        return None;
    }
    let names = jiff::tz::db().available().map(|name| name.to_string()).collect::<Vec<_>>();
    let whole = names.iter().find(|name| name.eq_ignore_ascii_case(&wanted));
    let city = || {
        names.iter().find(|name| {
            name.rsplit_once('/').is_some_and(|(area, city)| area != "Etc" && city.eq_ignore_ascii_case(&wanted))
        })
    };
    whole.or_else(city).cloned()
}

/// The clock of the conversation: an instant in a zone; an unknown zone counts as UTC.
pub fn clock(instant: Timestamp, zone: Option<&str>) -> Zoned {
    let zone = zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    instant.to_zoned(zone)
}

fn parse_day(today: Date, day: &str) -> Option<Date> {
    let day = day.trim().to_lowercase();
    match day.as_str() {
        "today" | "tonight" | "this morning" | "this afternoon" | "this evening" => return Some(today),
        "tomorrow" => return today.tomorrow().ok(),
        "the day after tomorrow" | "day after tomorrow" => return today.tomorrow().ok()?.tomorrow().ok(),
        "yesterday" => return today.yesterday().ok(),
        _ => {}
    }
    if let Ok(date) = day.parse::<Date>() {
        return Some(date);
    }
    let name = day.strip_prefix("on ").or_else(|| day.strip_prefix("next ")).unwrap_or(&day);
    today.nth_weekday(1, parse_weekday(name)?).ok()
}

fn parse_weekday(name: &str) -> Option<Weekday> {
    Some(match name.trim().trim_end_matches('s') {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

/// Hours are read on the 24-hour clock unless am, pm or a part of the day says otherwise.
fn parse_time(text: &str) -> Option<Time> {
    let text = text.trim().trim_end_matches(['?', '.', '!']).to_lowercase().replace("a.m.", "am").replace("p.m.", "pm");
    match text.as_str() {
        "noon" | "midday" => return Time::new(12, 0, 0, 0).ok(),
        "midnight" => return Time::new(0, 0, 0, 0).ok(),
        _ => {}
    }
    let digits = text.chars().take_while(|c| c.is_ascii_digit() || matches!(c, ':' | '.')).collect::<String>();
    let rest = text.strip_prefix(digits.as_str()).unwrap_or_default().trim();
    let (hour, minute) = digits.split_once([':', '.']).unwrap_or((digits.as_str(), "0"));
    let (hour, minute) = (hour.parse::<i8>().ok()?, minute.parse::<i8>().ok()?);
    let afternoon = ["pm", "in the afternoon", "in the evening"].iter().any(|words| rest.ends_with(words));
    let morning = ["am", "in the morning"].iter().any(|words| rest.ends_with(words));
    let hour = match (hour, afternoon, morning) {
        (12, false, true) => 0,
        (1..=11, true, _) => hour.checked_add(12)?,
        _ => hour,
    };
    Time::new(hour, minute, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Zoned {
        // A Wednesday, 12:30 in Berlin.
        clock("2026-08-05T10:30:00Z".parse().unwrap(), Some("Europe/Berlin"))
    }

    fn at(day: Option<&str>, time: &str) -> Option<String> {
        resolve(&now(), day, Some(time)).map(|instant| rfc3339(&instant))
    }

    #[test]
    fn hours_are_resolved_in_the_users_zone() {
        assert_eq!(at(Some("tomorrow"), "9").unwrap(), "2026-08-06T09:00:00+02:00");
        assert_eq!(at(Some("today"), "14:30").unwrap(), "2026-08-05T14:30:00+02:00");
        assert_eq!(at(Some("tomorrow"), "3 pm").unwrap(), "2026-08-06T15:00:00+02:00");
        assert_eq!(at(Some("tomorrow"), "12am").unwrap(), "2026-08-06T00:00:00+02:00");
        assert_eq!(at(Some("tomorrow"), "9 in the morning").unwrap(), "2026-08-06T09:00:00+02:00");
        assert_eq!(at(Some("tomorrow"), "9 o'clock").unwrap(), "2026-08-06T09:00:00+02:00");
        assert_eq!(at(Some("on friday"), "noon").unwrap(), "2026-08-07T12:00:00+02:00");
        assert_eq!(at(Some("2026-12-24"), "18:00").unwrap(), "2026-12-24T18:00:00+01:00");
    }

    #[test]
    fn an_hour_without_a_day_is_the_next_one() {
        assert_eq!(at(None, "14").unwrap(), "2026-08-05T14:00:00+02:00");
        assert_eq!(at(None, "9").unwrap(), "2026-08-06T09:00:00+02:00");
    }

    #[test]
    fn nonsense_is_no_instant() {
        assert_eq!(at(Some("someday"), "9"), None);
        assert_eq!(at(Some("tomorrow"), "25"), None);
        assert_eq!(at(Some("tomorrow"), "soon"), None);
        assert!(resolve(&now(), Some("tomorrow"), None).is_none());
    }

    #[test]
    fn cron_expressions_have_five_fields() {
        assert_eq!(cron(Some("day"), "9").unwrap(), "0 9 * * *");
        assert_eq!(cron(None, "9:30 pm").unwrap(), "30 21 * * *");
        assert_eq!(cron(Some("monday"), "8").unwrap(), "0 8 * * 1");
        assert_eq!(cron(Some("weekday"), "8").unwrap(), "0 8 * * 1-5");
        assert_eq!(cron(Some("blue moon"), "8"), None);
    }

    #[test]
    fn instants_are_said_like_a_person_would() {
        assert_eq!(spoken(&now(), "2026-08-06T09:00:00+02:00").unwrap(), "tomorrow at 09:00");
        assert_eq!(spoken(&now(), "2026-08-05T12:00:00.000Z").unwrap(), "today at 14:00");
        assert_eq!(spoken(&now(), "2026-08-10T09:00:00+02:00").unwrap(), "on Monday, 10 August at 09:00");
        assert_eq!(spoken(&now(), "whenever"), None);
    }

    #[test]
    fn cities_are_found_in_the_zone_database() {
        assert_eq!(zone_of("tokyo").unwrap(), "Asia/Tokyo");
        assert_eq!(zone_of("New York").unwrap(), "America/New_York");
        assert_eq!(zone_of("europe/berlin").unwrap(), "Europe/Berlin");
        assert_eq!(zone_of("Atlantis"), None);
    }
}
