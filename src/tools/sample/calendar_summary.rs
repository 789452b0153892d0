use std::rc::Rc;

use deputy_agent::{Authority, CallContext, Effect, Grant, InputProblem, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::tools::google::get_calendar_events::{SCOPES, events_of};
use crate::tools::moment::{self, Moment};
use crate::tools::ports::TimeZones;
use crate::tools::provider::{Provider, shape};

/// The events of a day in a few lines of text (MC-33): Token Vault for a caller with an access token.
pub struct CalendarSummary(pub Provider, pub Rc<dyn TimeZones>);

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "The day: yyyy-MM-dd in the user's time zone; today if it is left out")]
    #[serde(default)]
    date: Option<Moment>,
}

impl Tool for CalendarSummary {
    type Input = Input;
    const NAME: &'static str = "calendar_summary";
    const DESCRIPTION: &'static str = "Summarize the events of a day in the user's Google Calendar";
    const EFFECT: Effect = Effect::Reads;
    const PROGRAMS_ONLY: bool = true;

    fn misfit(&self, input: &Input) -> Option<InputProblem> {
        input.date.as_ref()?.misfit("date", &self.1.of_user(), self.1.as_ref())
    }

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        self.0.authority(&SCOPES)
    }

    async fn call(&self, input: Input, _: Permit, grant: Grant, context: &dyn CallContext) -> Result<Value, ToolError> {
        let today = || moment::iso(context.now()).as_deref().and_then(Moment::read);
        let date = input.date.or_else(today);
        let date = date.ok_or_else(|| ToolError::Answer("There is no such day.".to_owned()))?;
        let google = self.0.caller(grant.vault(self.0.connection()), context)?;
        events_of(&date, &google, self.1.as_ref()).await.map(|events| summary(&events).into())
    }
}

/// A line for each event.
fn summary(day: &Value) -> String {
    let date = shape::text(day, "/date");
    let events = day.get("events").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut text = match events {
        [] => format!("Nothing is planned on {date}."),
        [_] => format!("1 event on {date}:"),
        more => format!("{} events on {date}:", more.len()),
    };
    for event in events {
        let when = if event.get("allDay").is_some() {
            "all day".to_owned()
        } else {
            format!("{}–{}", time(shape::text(event, "/startTime")), time(shape::text(event, "/endTime")))
        };
        text.push_str(&format!("\n- {when} {}", shape::text(event, "/summary")));
    }
    if let Some(rest) = day.get("partial").and_then(Value::as_str) {
        text.push_str(&format!("\n{rest}"));
    }
    text
}

/// The time of the day, out of RFC 3339.
fn time(at: &str) -> &str {
    at.split_once('T').and_then(|(_, time)| time.get(..5)).unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn mc_33_a_day_in_a_few_lines() {
        let day = json!({"date": "2026-11-24", "eventsCount": 2, "events": [
            {"summary": "Tea", "startTime": "2026-11-24T11:00:00+01:00", "endTime": "2026-11-24T12:30:00+01:00"},
            {"summary": "Away", "allDay": true, "startTime": "2026-11-24"},
        ]});
        assert_eq!(summary(&day), "2 events on 2026-11-24:\n- 11:00–12:30 Tea\n- all day Away");
        assert_eq!(summary(&json!({"date": "2026-11-24", "events": []})), "Nothing is planned on 2026-11-24.");
        let odd = json!({"date": "2026-11-24", "events": [{"startTime": "soon"}], "partial": "There are more."});
        assert_eq!(summary(&odd), "1 event on 2026-11-24:\n- ?–? \nThere are more.");
    }
}
