//! The seeded calendars: events at days counted from today, so that they are never in the past.

use std::sync::LazyLock;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::providers::registry::{self, ByAccount};
use crate::world::{ProviderGrant, World};

static AGENDAS: LazyLock<ByAccount<Agenda>> =
    LazyLock::new(|| registry::parse(include_str!("../../../data/google.json")));

/// What one Google account has.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agenda {
    /// The account's zone; the tenant user's own, or UTC, where the file names none.
    zone: Option<String>,
    /// Calendars; the one with id `primary` is the account's own.
    pub calendars: Vec<Calendar>,
    events: Vec<SeededEvent>,
}

/// One calendar of the list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// `primary` or an address.
    pub id: String,
    /// Its title.
    pub summary: String,
    /// `owner`, `writer`, `reader` or `freeBusyReader`.
    pub access_role: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeededEvent {
    id: String,
    /// Days from today.
    day: i32,
    /// Hours in the account's zone; without them the event takes the whole day.
    start: Option<String>,
    end: Option<String>,
    summary: String,
    description: Option<String>,
    location: Option<String>,
    #[serde(default)]
    attendees: Value,
    /// Shown, but not busy.
    #[serde(default)]
    free: bool,
    calendar: Option<String>,
    /// Further members as Google has them: `eventType`, `visibility` and the like.
    #[serde(default)]
    more: Map<String, Value>,
}

/// An event at its instants.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// First instant.
    pub start: Zoned,
    /// The instant after the last.
    pub end: Zoned,
    /// Whether it takes whole days.
    pub all_day: bool,
    /// Whether it makes its owner busy.
    pub busy: bool,
    /// Title.
    pub summary: String,
    /// Longer text.
    pub description: Option<String>,
    /// Place.
    pub location: Option<String>,
    /// Google's attendee objects, or null.
    pub attendees: Value,
    /// Further members as Google has them.
    pub more: Map<String, Value>,
}

/// The calendars behind a grant, on the day of the world's clock.
#[derive(Debug)]
pub struct Diary {
    agenda: &'static Agenda,
    /// The account, id of its primary calendar.
    pub account: String,
    zone: TimeZone,
    today: Date,
}

impl Diary {
    /// Opens the diary of a grant's account.
    pub fn open(world: &World, grant: &ProviderGrant) -> Option<Self> {
        let agenda = registry::of_account(&AGENDAS, &grant.account)?;
        let zone = agenda.zone.clone().or_else(|| world.user(&grant.user_id)?.zoneinfo);
        let zone = zone.and_then(|name| TimeZone::get(&name).ok()).unwrap_or(TimeZone::UTC);
        let now = i64::try_from(world.now_ms()).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok())?;
        let today = now.to_zoned(zone.clone()).date();
        Some(Self { agenda, account: grant.account.clone(), zone, today })
    }

    /// The calendars of the account.
    pub fn calendars(&self) -> &'static [Calendar] {
        &self.agenda.calendars
    }

    /// The IANA name of the account's zone.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The calendar of an id; `primary` and the account's address are one.
    pub fn calendar(&self, id: &str) -> Option<&'static Calendar> {
        let id = if id.eq_ignore_ascii_case(&self.account) { "primary" } else { id };
        self.agenda.calendars.iter().find(|calendar| calendar.id == id)
    }

    /// Events of a calendar that touch a period, by start.
    pub fn events(&self, calendar: &Calendar, from: Option<Timestamp>, until: Option<Timestamp>) -> Vec<Event> {
        let of_calendar = |event: &&SeededEvent| event.calendar.as_deref().unwrap_or("primary") == calendar.id;
        let touches = |event: &Event| {
            from.is_none_or(|from| event.end.timestamp() > from)
                && until.is_none_or(|until| event.start.timestamp() < until)
        };
        let mut events = self
            .agenda
            .events
            .iter()
            .filter(of_calendar)
            .filter_map(|event| self.place(event))
            .filter(touches)
            .collect::<Vec<_>>();
        events.sort_by_key(|event| event.start.timestamp());
        events
    }

    fn place(&self, event: &SeededEvent) -> Option<Event> {
        let date = self.today.checked_add(Span::new().try_days(event.day).ok()?).ok()?;
        let at = |date: Date, time: &str| date.to_datetime(time.parse::<Time>().ok()?).to_zoned(self.zone.clone()).ok();
        let (start, end) = match (&event.start, &event.end) {
            (Some(start), Some(end)) => (at(date, start)?, at(date, end)?),
            _ => (date.to_zoned(self.zone.clone()).ok()?, date.tomorrow().ok()?.to_zoned(self.zone.clone()).ok()?),
        };
        Some(Event {
            id: event.id.clone(),
            start,
            end,
            all_day: event.start.is_none(),
            busy: !event.free,
            summary: event.summary.clone(),
            description: event.description.clone(),
            location: event.location.clone(),
            attendees: event.attendees.clone(),
            more: event.more.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeded_calendars_parse_and_every_event_has_its_calendar() {
        let agendas: ByAccount<Agenda> = serde_json::from_str(include_str!("../../../data/google.json")).unwrap();
        assert!(agendas.len() >= 4);
        for (account, agenda) in agendas {
            for event in &agenda.events {
                let calendar = event.calendar.as_deref().unwrap_or("primary");
                assert!(agenda.calendars.iter().any(|known| known.id == calendar), "{account} {}", event.id);
                let times = [&event.start, &event.end].into_iter().flatten();
                assert!(times.clone().all(|time| time.parse::<Time>().is_ok()) && times.count() != 1, "{}", event.id);
            }
        }
    }
}
