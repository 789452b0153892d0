//! Calendar API v3: `freeBusy`, `events.list` and `calendarList.list`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::agenda::{Calendar, Diary, Event};
use super::error::GoogleError;
use super::paging::{page, with_next};
use crate::providers::bearer;
use crate::world::World;

const FREE_BUSY: [&str; 4] = [
    "https://www.googleapis.com/auth/calendar",
    "https://www.googleapis.com/auth/calendar.readonly",
    "https://www.googleapis.com/auth/calendar.freebusy",
    "https://www.googleapis.com/auth/calendar.events.freebusy",
];
const EVENTS: [&str; 4] = [
    "https://www.googleapis.com/auth/calendar",
    "https://www.googleapis.com/auth/calendar.readonly",
    "https://www.googleapis.com/auth/calendar.events",
    "https://www.googleapis.com/auth/calendar.events.readonly",
];
const CALENDAR_LIST: [&str; 4] = [
    "https://www.googleapis.com/auth/calendar",
    "https://www.googleapis.com/auth/calendar.readonly",
    "https://www.googleapis.com/auth/calendar.calendarlist",
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
];
/// Google refuses free/busy periods beyond about three months.
const LONGEST_PERIOD_HOURS: i64 = 24 * 93;
/// And more calendars than this in one query.
const MOST_CALENDARS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FreeBusyQuery {
    time_min: Option<String>,
    time_max: Option<String>,
    time_zone: Option<String>,
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
}

/// `POST /calendar/v3/freeBusy`.
pub async fn free_busy(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, GoogleError> {
    let diary = open(&world, &headers, &FREE_BUSY)?;
    let query: FreeBusyQuery = serde_json::from_slice(&body).map_err(|_| GoogleError::Payload)?;
    let from = instant(query.time_min.as_deref(), "timeMin")?.ok_or(GoogleError::required("timeMin"))?;
    let until = instant(query.time_max.as_deref(), "timeMax")?.ok_or(GoogleError::required("timeMax"))?;
    check_order(from, until)?;
    if until.duration_since(from).as_hours() > LONGEST_PERIOD_HOURS {
        let message = "The requested time range is too long.".to_owned();
        return Err(GoogleError::Parameter { reason: "timeRangeTooLong", message, location: "timeMax" });
    }
    if query.items.len() > MOST_CALENDARS {
        return Err(GoogleError::Parameter {
            reason: "tooManyCalendarsRequested",
            message: "Too many calendars requested.".to_owned(),
            location: "items",
        });
    }
    let zone = zone(query.time_zone.as_deref())?;
    let answer = |item: &Item| {
        let busy = diary.calendar(&item.id).map(|calendar| busy(&diary, calendar, from, until, &zone));
        let answer = match busy {
            Some(busy) => json!({"busy": busy}),
            None => json!({"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}),
        };
        (item.id.clone(), answer)
    };
    let calendars = query.items.iter().map(answer).collect::<Map<_, _>>();
    let said = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let (time_min, time_max) = (said(from), said(until));
    Ok(Json(json!({"kind": "calendar#freeBusy", "timeMin": time_min, "timeMax": time_max, "calendars": calendars})))
}

/// The parameters of `events.list` that this double knows; others are ignored.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventsQuery {
    time_min: Option<String>,
    time_max: Option<String>,
    time_zone: Option<String>,
    single_events: Option<String>,
    order_by: Option<String>,
    max_results: Option<String>,
    page_token: Option<String>,
}

/// `GET /calendar/v3/calendars/{calendarId}/events`.
pub async fn events(
    State(world): State<Arc<World>>,
    Path(calendar): Path<String>,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Json<Value>, GoogleError> {
    let diary = open(&world, &headers, &EVENTS)?;
    let calendar = diary.calendar(&calendar).ok_or(GoogleError::NotFound)?;
    let from = instant(query.time_min.as_deref(), "timeMin")?;
    let until = instant(query.time_max.as_deref(), "timeMax")?;
    if let (Some(from), Some(until)) = (from, until) {
        check_order(from, until)?;
    }
    let single = query.single_events.as_deref() == Some("true");
    match query.order_by.as_deref() {
        None | Some("updated") => {}
        Some("startTime") if single => {}
        Some("startTime") => {
            let message = "The requested ordering is not available for the particular query.".to_owned();
            return Err(GoogleError::Parameter { reason: "badRequest", message, location: "orderBy" });
        }
        Some(other) => return Err(GoogleError::invalid("orderBy", other)),
    }
    let most = match query.max_results.as_deref() {
        None => 250,
        Some(text) => match text.parse::<usize>() {
            Ok(most @ 1..=2500) => most,
            _ => return Err(GoogleError::invalid("maxResults", text)),
        },
    };
    let zone = match query.time_zone.as_deref() {
        Some(name) => zone(Some(name))?,
        None => zone(Some(diary.zone_name()))?,
    };
    let found = diary.events(calendar, from, until);
    let (found, next) = page(found, query.page_token.as_deref(), most)?;
    let items = found.iter().map(|event| resource(event, &diary, &zone)).collect::<Vec<_>>();
    let answer = json!({
        "kind": "calendar#events", "etag": "\"offline\"", "summary": calendar.summary, "timeZone": diary.zone_name(),
        "accessRole": calendar.access_role, "defaultReminders": [], "items": items,
    });
    Ok(Json(with_next(answer, next)))
}

/// `GET /calendar/v3/users/me/calendarList`.
pub async fn calendar_list(State(world): State<Arc<World>>, headers: HeaderMap) -> Result<Json<Value>, GoogleError> {
    let diary = open(&world, &headers, &CALENDAR_LIST)?;
    let entry = |calendar: &Calendar| {
        let primary = calendar.id == "primary";
        let id = if primary { diary.account.as_str() } else { calendar.id.as_str() };
        let mut entry = json!({
            "kind": "calendar#calendarListEntry", "etag": "\"offline\"", "id": id, "summary": calendar.summary,
            "timeZone": diary.zone_name(), "accessRole": calendar.access_role, "selected": true,
        });
        if let (true, Some(members)) = (primary, entry.as_object_mut()) {
            members.insert("primary".to_owned(), Value::Bool(true));
        }
        entry
    };
    let items = diary.calendars().iter().map(entry).collect::<Vec<_>>();
    Ok(Json(json!({"kind": "calendar#calendarList", "etag": "\"offline\"", "items": items})))
}

fn open(world: &World, headers: &HeaderMap, scopes: &[&str]) -> Result<Diary, GoogleError> {
    let grant = bearer::grant(world, headers, "google")?;
    bearer::require(&grant, scopes)?;
    Diary::open(world, &grant).ok_or(GoogleError::NotFound)
}

/// The busy times of a calendar inside a period, merged where they touch.
fn busy(diary: &Diary, calendar: &Calendar, from: Timestamp, until: Timestamp, zone: &TimeZone) -> Vec<Value> {
    let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
    for event in diary.events(calendar, Some(from), Some(until)).into_iter().filter(|event| event.busy) {
        let (start, end) = (event.start.timestamp().max(from), event.end.timestamp().min(until));
        match merged.last_mut() {
            Some(last) if last.1 >= start => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    let said = |at: Timestamp| said_in(&at.to_zoned(zone.clone()));
    merged.into_iter().map(|(start, end)| json!({"start": said(start), "end": said(end)})).collect()
}

fn resource(event: &Event, diary: &Diary, zone: &TimeZone) -> Value {
    let moment = |at: &Zoned| {
        if event.all_day {
            json!({"date": at.date().to_string()})
        } else {
            json!({"dateTime": said_in(&at.with_time_zone(zone.clone())), "timeZone": diary.zone_name()})
        }
    };
    let mut resource = json!({
        "kind": "calendar#event", "id": event.id, "status": "confirmed", "summary": event.summary,
        "htmlLink": format!("https://www.google.com/calendar/event?eid={}", event.id),
        "creator": {"email": diary.account, "self": true}, "organizer": {"email": diary.account, "self": true},
        "start": moment(&event.start), "end": moment(&event.end), "iCalUID": format!("{}@google.com", event.id),
        "eventType": "default", "transparency": if event.busy { "opaque" } else { "transparent" },
    });
    let optional = [
        ("description", event.description.clone().map(Value::from)),
        ("location", event.location.clone().map(Value::from)),
        ("attendees", event.attendees.is_array().then(|| event.attendees.clone())),
    ];
    if let Some(members) = resource.as_object_mut() {
        members.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        members.extend(event.more.clone());
    }
    resource
}

fn said_in(at: &Zoned) -> String {
    let format = if at.time_zone() == &TimeZone::UTC { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%:z" };
    at.strftime(format).to_string()
}

fn instant(text: Option<&str>, name: &'static str) -> Result<Option<Timestamp>, GoogleError> {
    text.map(|text| text.parse().map_err(|_| GoogleError::invalid(name, text))).transpose()
}

fn zone(name: Option<&str>) -> Result<TimeZone, GoogleError> {
    let name = name.unwrap_or("UTC");
    if name == "UTC" {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(name).map_err(|_| GoogleError::invalid("timeZone", name))
}

fn check_order(from: Timestamp, until: Timestamp) -> Result<(), GoogleError> {
    if from < until {
        return Ok(());
    }
    let message = "The specified time range is empty.".to_owned();
    Err(GoogleError::Parameter { reason: "timeRangeEmpty", message, location: "timeMax" })
}
