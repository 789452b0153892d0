use std::rc::Rc;

use deputy_agent::{Authority, CallContext, Effect, Grant, InputProblem, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::event::event;
use crate::tools::moment::{self, Moment};
use crate::tools::ports::TimeZones;
use crate::tools::provider::{Bound, Caller, Next, Provider, shape};

/// The events of a day (TV-21).
pub struct GetCalendarEvents(pub Provider, pub Rc<dyn TimeZones>);

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "The day: yyyy-MM-dd in the user's time zone")]
    date: Moment,
}

/// What it asks of the user's account.
pub const SCOPES: [&str; 2] = ["openid", "https://www.googleapis.com/auth/calendar.events"];

/// Nobody has more events on one day; a page that is empty is not the end.
const MOST: Bound = Bound { records: 200, pages: 8 };

impl Tool for GetCalendarEvents {
    type Input = Input;
    const NAME: &'static str = "getCalendarEventsTool";
    const DESCRIPTION: &'static str = "Get calendar events for a given date from the user's Google Calendar";
    const TOPICS: &'static str = "calendar event meeting appointment agenda today tomorrow plan";
    const EFFECT: Effect = Effect::Reads;

    fn misfit(&self, input: &Input) -> Option<InputProblem> {
        input.date.misfit("date", &self.1.of_user(), self.1.as_ref())
    }

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        self.0.authority(&SCOPES)
    }

    async fn call(
        &self,
        input: Input,
        _permit: Permit,
        grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        events_of(&input.date, &self.0.caller(grant.vault(self.0.connection()), context)?, self.1.as_ref()).await
    }
}

/// The events of the day of that moment, in the user's time zone.
pub async fn events_of(date: &Moment, google: &Caller<'_>, zones: &dyn TimeZones) -> Result<Value, ToolError> {
    let day = date.day(&zones.of_user(), zones);
    let range = day.and_then(|(date, from, until)| Some((date, moment::iso(from)?, moment::iso(until)?)));
    let Some((date, from, until)) = range else {
        return Err(ToolError::Answer("The date is not a date in ISO 8601.".into()));
    };
    // https://developers.google.com/workspace/calendar/api/v3/reference/events/list
    let query = [
        ("timeMin", from.as_str()),
        ("timeMax", until.as_str()),
        ("singleEvents", "true"),
        ("orderBy", "startTime"),
        ("maxResults", "50"),
    ];
    let next = Next::Token("pageToken", "/nextPageToken");
    let read = google.pages("/calendar/v3/calendars/primary/events", (&query, &[]), (next, "/items"), MOST).await?;
    let events: Vec<Value> =
        read.records.iter().filter_map(|one| event(one, shape::text(&read.first, "/timeZone"))).collect();
    let mut answer = Map::new();
    answer.insert("date".to_owned(), date.into());
    answer.insert("eventsCount".to_owned(), events.len().into());
    answer.insert("events".to_owned(), events.into());
    if let Some(rest) = read.rest {
        answer.insert("partial".to_owned(), rest.into());
    }
    Ok(answer.into())
}

#[cfg(test)]
mod tests {
    use deputy_http::{Response, Secret};
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::{TestContext, TestZones, input, provider, tool};

    fn read(date: &str) -> Input {
        input::<GetCalendarEvents>(json!({ "date": date })).unwrap()
    }

    fn ask(date: &str, response: Response) -> (Result<Value, ToolError>, TestContext) {
        let context = TestContext::answering(response);
        let (google, token) = (provider("google"), Secret::new("provider-token"));
        let caller = google.caller(Some(&token), &context).unwrap();
        let result = block_on(events_of(&read(date).date, &caller, &TestZones));
        (result, context)
    }

    /// TV-21, GC-08: name, description, input with its zone; connection and scopes.
    #[test]
    fn tv_21_declaration() {
        let tool = tool("getCalendarEventsTool");
        assert_eq!(tool.description, "Get calendar events for a given date from the user's Google Calendar");
        assert_eq!(tool.parameters["required"], json!(["date"]));
        let scopes = vec!["openid".to_owned(), "https://www.googleapis.com/auth/calendar.events".to_owned()];
        let authority = GetCalendarEvents(provider("google"), Rc::new(TestZones)).authority(&read("2026-11-24"));
        assert_eq!(authority, [Authority::Vault { connection: "google-oauth2".into(), scopes }]);
    }

    /// TV-21: the whole local day of the primary calendar.
    #[test]
    fn tv_21_request() {
        for date in ["2026-11-24", "2026-11-24T15:00:00+01:00"] {
            let (_, context) = ask(date, deputy_http::response(200, "{}"));
            let sent = context.sent.borrow();
            let [request] = sent.as_slice() else { panic!("one request") };
            let uri = request.uri().to_string();
            let (url, query) = uri.split_once('?').unwrap();
            assert_eq!(url, "https://google.test/calendar/v3/calendars/primary/events");
            let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let expected = [
                pair("timeMin", "2026-11-23T23:00:00.000Z"),
                pair("timeMax", "2026-11-24T23:00:00.000Z"),
                pair("singleEvents", "true"),
                pair("orderBy", "startTime"),
                pair("maxResults", "50"),
            ];
            assert_eq!(deputy_http::parse_query(query), expected);
        }
        let why = input::<GetCalendarEvents>(json!({"date": "tomorrow"})).err().unwrap();
        assert!(why.contains("date: not an ISO 8601 date or time"), "{why}");
    }

    /// TV-21: a timed event with everything, an all-day one with nothing, an event without a title.
    #[test]
    fn tv_21_events() {
        let timed = json!({
            "id": "a", "kind": "calendar#event", "summary": "Planning", "description": "Bring sketches", "location": "Room",
            "start": {"dateTime": "2026-11-24T09:00:00+01:00"}, "end": {"dateTime": "2026-11-24T10:00:00+01:00"},
            "attendees": [{"email": "b@x.example", "displayName": "Ben", "responseStatus": "accepted", "self": true}],
            "status": "confirmed", "htmlLink": "https://calendar.example/a"
        });
        let day = json!({"id": "b", "start": {"date": "2026-11-24"}, "end": {"date": "2026-11-25"}, "summary": ""});
        let answer = json!({"items": [timed, day]}).to_string();
        let expected = json!({"date": "2026-11-24", "eventsCount": 2, "events": [
            {
                "id": "a", "summary": "Planning", "description": "Bring sketches", "location": "Room",
                "startTime": "2026-11-24T09:00:00+01:00", "endTime": "2026-11-24T10:00:00+01:00",
                "attendees": [{"email": "b@x.example", "name": "Ben", "responseStatus": "accepted", "self": true}],
                "status": "confirmed", "htmlLink": "https://calendar.example/a"
            },
            {"id": "b", "summary": "No title", "startTime": "2026-11-24", "endTime": "2026-11-25", "allDay": true, "attendees": []}
        ]});
        assert_eq!(ask("2026-11-24", deputy_http::response(200, answer)).0, Ok(expected));
        let none = json!({"date": "2026-11-24", "eventsCount": 0, "events": []});
        assert_eq!(ask("2026-11-24", deputy_http::response(200, r#"{"kind":"calendar#events"}"#)).0, Ok(none));
    }

    /// Trial 40: an empty page is not the end; what lies beyond the bound is announced; a page that fails is told.
    #[test]
    fn t40_pages_are_followed() {
        let item = |id: &str| json!({"id": id, "start": {"date": "2026-11-24"}, "end": {"date": "2026-11-25"}});
        let page = |items: Value, token: Value| {
            Ok(deputy_http::response(200, json!({"items": items, "nextPageToken": token}).to_string()))
        };
        let run = |answers: Vec<Result<Response, deputy_http::TransportError>>| {
            let context = TestContext::with_answers(answers);
            let (google, token) = (provider("google"), Secret::new("provider-token"));
            let caller = google.caller(Some(&token), &context).unwrap();
            let result = block_on(events_of(&read("2026-11-24").date, &caller, &TestZones));
            let urls: Vec<String> = context.sent.borrow().iter().map(|request| request.uri().to_string()).collect();
            (result, urls)
        };
        let (result, urls) = run(vec![page(json!([]), json!("C g=")), page(json!([item("a")]), json!(""))]);
        let result = result.unwrap();
        assert_eq!((&result["eventsCount"], result.get("partial")), (&json!(1), None));
        assert!(urls[1].ends_with("&pageToken=C+g%3D") && urls[1].contains("singleEvents=true"), "{urls:?}");
        let endless = (0..20).map(|page_number| page(json!([]), json!(format!("t{page_number}")))).collect();
        let (result, urls) = run(endless);
        assert_eq!(urls.len(), 8);
        assert!(result.unwrap()["partial"].as_str().unwrap().contains("there is more"));
        let (result, _) = run(vec![page(json!([item("a")]), json!("t")), Ok(deputy_http::response(429, "{}"))]);
        let result = result.unwrap();
        assert_eq!(result["eventsCount"], 1);
        assert!(
            result["partial"].as_str().unwrap().contains("not complete: Google allows no more requests"),
            "{result}"
        );
        let (result, _) = run(vec![page(json!([item("a")]), json!("t")), Ok(deputy_http::response(401, "{}"))]);
        assert!(matches!(result, Err(ToolError::Unauthorized { .. })));
    }

    /// TV-10: 401 asks for authorization in these words; a provider that is down or odd does not.
    #[test]
    fn tv_10_errors() {
        let message = "Authorization required to access the Token Vault connection".to_owned();
        let unauthorized = ToolError::Unauthorized { connection: "google-oauth2".into(), message };
        assert_eq!(ask("2026-11-24", deputy_http::response(401, "{}")).0, Err(unauthorized));
        for (status, body) in [(500, "{}"), (403, "{}"), (200, "[]"), (200, r#"{"items":1}"#)] {
            assert!(
                matches!(ask("2026-11-24", deputy_http::response(status, body)).0, Err(ToolError::Refused { .. })),
                "{body}"
            );
        }
    }
}
