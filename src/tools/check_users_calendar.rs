use deputy_agent::{Api, Authority, Effect, Grant, Host, Permit, Tool, ToolError};
use deputy_http::Request;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::moment;

const CONNECTION: &str = "google-oauth2";
const SCOPE: &str = "https://www.googleapis.com/auth/calendar.freebusy";
const HOUR_MS: u64 = 3_600_000;
/// Characters of a provider's error that go into the answer.
const ERROR_CHARS: usize = 2_000;

/// Is the user free for the hour that begins then? (GC-01 to GC-06)
pub struct CheckUsersCalendar;

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(
        description = "Date and time to check, ISO 8601 with offset (for example 2026-11-24T09:00:00+01:00); without an offset it is in the user's time zone",
        extend("format" = "date-time")
    )]
    date: String,
}

#[derive(Deserialize)]
struct FreeBusy {
    calendars: Calendars,
}

#[derive(Deserialize)]
struct Calendars {
    primary: Calendar,
}

#[derive(Deserialize)]
struct Calendar {
    #[serde(default)]
    busy: Vec<Value>,
    #[serde(default)]
    errors: Vec<Value>,
}

impl Tool for CheckUsersCalendar {
    type Input = Input;
    const NAME: &'static str = "checkUsersCalendar";
    const DESCRIPTION: &'static str = "Check user availability on a given date time on their calendar";
    const EFFECT: Effect = Effect::Reads;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        vec![Authority::Vault { connection: CONNECTION.to_owned(), scopes: vec![SCOPE.to_owned()] }]
    }

    async fn call(&self, input: Input, _permit: Permit, grant: Grant, host: &dyn Host) -> Result<Value, ToolError> {
        let from = moment::parse(&input.date, &host.time_zone(), host);
        let range = from.and_then(|from| Some((moment::iso(from)?, moment::iso(from.checked_add(HOUR_MS)?)?)));
        let Some((time_min, time_max)) = range else {
            return Err(ToolError::Answer("The date is not a date and time in ISO 8601.".into()));
        };
        let (Some(token), Some(base)) = (grant.vault(CONNECTION), host.base_url(Api::Google)) else {
            return Err(unauthorized());
        };
        // https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query
        let body = json!({"timeMin": time_min, "timeMax": time_max, "timeZone": "UTC", "items": [{"id": "primary"}]});
        let request = Request::post(format!("{base}/calendar/v3/freeBusy")).bearer(token.clone()).json(&body);
        let response = host.send(request).await?;
        if response.status == 401 {
            return Err(unauthorized());
        }
        if !response.is_success() {
            let text: String = response.text().chars().take(ERROR_CHARS).collect();
            let status = response.status;
            return Err(ToolError::Answer(format!("Invalid response from Google Calendar API: {status} - {text}")));
        }
        let unreadable = || ToolError::Answer("Google Calendar's answer could not be read.".into());
        let primary = response.json::<FreeBusy>().map_err(|_| unreadable())?.calendars.primary;
        // A calendar that could not be looked at is not a free one.
        if !primary.errors.is_empty() {
            return Err(unreadable());
        }
        Ok(json!({"available": primary.busy.is_empty()}))
    }
}

fn unauthorized() -> ToolError {
    ToolError::Unauthorized {
        connection: CONNECTION.to_owned(),
        message: "Authorization required to access the Federated Connection".to_owned(),
    }
}
