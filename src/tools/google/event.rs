use chrono::NaiveDate;
use serde_json::{Map, Value};

use crate::tools::provider::shape;

/// What an event of Google becomes.
const EVENT: [(&str, &str); 15] = [
    ("id", "/id"),
    ("summary", "/summary"),
    ("description", "/description"),
    ("startTime", "/start/dateTime"),
    ("startTime", "/start/date"),
    ("endTime", "/end/dateTime"),
    ("endTime", "/end/date"),
    ("timeZone", "/start/timeZone"),
    ("location", "/location"),
    ("status", "/status"),
    ("htmlLink", "/htmlLink"),
    ("eventType", "/eventType"),
    ("transparency", "/transparency"),
    ("visibility", "/visibility"),
    ("recurringEventId", "/recurringEventId"),
];
const ATTENDEE: [(&str, &str); 5] = [
    ("email", "/email"),
    ("name", "/displayName"),
    ("responseStatus", "/responseStatus"),
    ("self", "/self"),
    ("optional", "/optional"),
];
/// What Google means where it says nothing: not worth the model's time.
const USUAL: [(&str, &str); 3] = [("eventType", "default"), ("transparency", "opaque"), ("visibility", "default")];
/// Kinds of events that take nobody's time.
const NOT_BUSY: [&str; 2] = ["workingLocation", "birthday"];

/// An event as the model is told it, in the zone Google gives it in; none for one that was cancelled. Beside what the documents
/// name stands only what is not the usual: that it takes the whole day, that the user has declined, that it leaves them free, that
/// it is planned in another zone than the calendar's.
pub fn event(event: &Value, calendar_zone: &str) -> Option<Value> {
    if shape::text(event, "/status") == "cancelled" {
        return None;
    }
    let mut shown = shape::pick(event, &EVENT);
    let attendees: Vec<Value> = list(event, "attendees").iter().map(|one| shape::pick(one, &ATTENDEE)).collect();
    let members = shown.as_object_mut()?;
    for (name, usual) in USUAL {
        if members.get(name).is_some_and(|value| value == usual) {
            members.remove(name);
        }
    }
    if members.get("timeZone").is_some_and(|zone| zone == calendar_zone) {
        members.remove("timeZone");
    }
    if shape::text(event, "/summary").is_empty() {
        // Who may only see that somebody is busy sees no title.
        let private = matches!(shape::text(event, "/visibility"), "private" | "confidential");
        members.insert("summary".to_owned(), if private { "Private event" } else { "No title" }.into());
    }
    times(event, members);
    members.insert("attendees".to_owned(), attendees.into());
    let own = list(event, "attendees").iter().find(|one| one.get("self") == Some(&Value::Bool(true)));
    let answer = own.map_or("", |own| shape::text(own, "/responseStatus"));
    if matches!(answer, "declined" | "tentative" | "needsAction") {
        members.insert("myResponse".to_owned(), answer.into());
    }
    let free = answer == "declined"
        || shape::text(event, "/transparency") == "transparent"
        || NOT_BUSY.contains(&shape::text(event, "/eventType"));
    if free {
        members.insert("busy".to_owned(), false.into());
    }
    Some(shown)
}

fn times(event: &Value, members: &mut Map<String, Value>) {
    let day = |pointer: &str| shape::text(event, pointer).parse::<NaiveDate>().ok();
    if let Some(first) = day("/start/date") {
        members.insert("allDay".to_owned(), true.into());
        // Google's end is the day after the last one.
        let last = day("/end/date").and_then(|end| end.pred_opt()).filter(|last| *last > first);
        if let Some(last) = last {
            members.insert("lastDay".to_owned(), last.to_string().into());
        }
    }
    if event.get("endTimeUnspecified") == Some(&Value::Bool(true)) {
        members.remove("endTime");
        members.insert("endTimeUnspecified".to_owned(), true.into());
    }
}

fn list<'e>(event: &'e Value, name: &str) -> &'e [Value] {
    event.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(more: Value) -> Value {
        let mut given = json!({
            "id": "e", "status": "confirmed", "summary": "Tea",
            "start": {"dateTime": "2026-11-24T11:00:00+01:00"}, "end": {"dateTime": "2026-11-24T12:00:00+01:00"}
        });
        given.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event(&given, "Europe/Berlin").unwrap()
    }

    fn with_answer(answer: &str) -> Value {
        shown(json!({"attendees": [
            {"email": "eva@x.example", "self": true, "responseStatus": answer},
            {"email": "tom@x.example", "responseStatus": "declined", "optional": true}
        ]}))
    }

    /// Trial 40: what does not take the user's time says so.
    #[test]
    fn t40_what_leaves_the_user_free_says_so() {
        let declined = with_answer("declined");
        assert_eq!((&declined["myResponse"], &declined["busy"]), (&json!("declined"), &json!(false)));
        assert_eq!(
            declined["attendees"][0],
            json!({"email": "eva@x.example", "responseStatus": "declined", "self": true})
        );
        for (answer, said) in
            [("tentative", json!("tentative")), ("needsAction", json!("needsAction")), ("accepted", json!(null))]
        {
            let shown = with_answer(answer);
            assert_eq!((shown.get("myResponse").unwrap_or(&json!(null)), shown.get("busy")), (&said, None), "{answer}");
        }
        for (more, kind) in [
            (json!({"transparency": "transparent"}), json!(null)),
            (
                json!({"eventType": "workingLocation", "transparency": "transparent", "visibility": "public"}),
                json!("workingLocation"),
            ),
            (json!({"eventType": "birthday"}), json!("birthday")),
        ] {
            let shown = shown(more.clone());
            assert_eq!(
                (&shown["busy"], shown.get("eventType").unwrap_or(&json!(null))),
                (&json!(false), &kind),
                "{more}"
            );
        }
        for kind in ["outOfOffice", "focusTime", "fromGmail"] {
            let shown = shown(json!({ "eventType": kind }));
            assert_eq!((&shown["eventType"], shown.get("busy")), (&json!(kind), None));
        }
        let usual = shown(json!({"eventType": "default", "transparency": "opaque", "visibility": "default"}));
        assert_eq!(usual, shown(json!({})));
    }

    /// Trial 40: cancelled events are none; private ones have no title to be told.
    #[test]
    fn t40_cancelled_and_private() {
        assert_eq!(event(&json!({"id": "x", "status": "cancelled"}), ""), None);
        let private = shown(json!({"summary": null, "visibility": "private"}));
        assert_eq!((&private["summary"], &private["visibility"]), (&json!("Private event"), &json!("private")));
        assert_eq!(shown(json!({"summary": ""}))["summary"], "No title");
        assert_eq!(event(&json!({}), "").unwrap(), json!({"summary": "No title", "attendees": []}));
    }

    /// Trial 40: days, ends, zones.
    #[test]
    fn t40_times() {
        let day = |start: &str, end: &str| shown(json!({"start": {"date": start}, "end": {"date": end}}));
        let one = day("2026-11-24", "2026-11-25");
        assert_eq!((&one["allDay"], one.get("lastDay")), (&json!(true), None));
        assert_eq!(day("2026-11-23", "2026-11-27")["lastDay"], "2026-11-26");
        let open = shown(json!({"endTimeUnspecified": true, "end": {"dateTime": "2026-11-24T11:00:00+01:00"}}));
        assert_eq!((&open["endTimeUnspecified"], open.get("endTime")), (&json!(true), None));
        assert_eq!(shown(json!({"end": null})).get("endTime"), None);
        let abroad = shown(json!({"start": {"dateTime": "2026-11-24T11:00:00-05:00", "timeZone": "America/New_York"}}));
        assert_eq!(
            (&abroad["startTime"], &abroad["timeZone"]),
            (&json!("2026-11-24T11:00:00-05:00"), &json!("America/New_York"))
        );
        let home = json!({"start": {"dateTime": "2026-11-24T11:00:00+01:00", "timeZone": "Europe/Berlin"}});
        assert_eq!(shown(home).get("timeZone"), None);
        assert_eq!(shown(json!({"recurringEventId": "r"}))["recurringEventId"], "r");
    }
}
