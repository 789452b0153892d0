use std::rc::Rc;

use deputy_agent::{Authority, CallContext, Effect, Grant, InputProblem, Permit, Tool, ToolError};
use deputy_http::{BuildRequest, ReadResponse, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::tools::moment::{self, Moment};
use crate::tools::ports::TimeZones;
use crate::tools::provider::{Provider, ProviderProblem};

const SCOPE: &str = "https://www.googleapis.com/auth/calendar.freebusy";
const HOUR_MS: u64 = 3_600_000;
/// Characters of a provider's error that go into the answer.
const ERROR_CHARS: usize = 2_000;

/// Is the user free for the hour that begins then? (GC-01 to GC-06)
pub struct CheckUsersCalendar(pub Provider, pub Rc<dyn TimeZones>);

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(
        description = "Date and time in ISO 8601; without an offset in the user's time zone",
        extend("format" = "date-time")
    )]
    date: Moment,
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
    const TOPICS: &'static str = "calendar free busy available availability";
    const EFFECT: Effect = Effect::Reads;

    fn misfit(&self, input: &Input) -> Option<InputProblem> {
        input.date.misfit("date", &self.1.of_user(), self.1.as_ref())
    }

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        self.0.authority(&[SCOPE])
    }

    async fn call(
        &self,
        input: Input,
        _permit: Permit,
        grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        let token = grant.vault(self.0.connection());
        availability(&input, &self.0, token, self.1.as_ref(), context).await
    }
}

async fn availability(
    input: &Input,
    google: &Provider,
    token: Option<&Secret>,
    zones: &dyn TimeZones,
    context: &dyn CallContext,
) -> Result<Value, ToolError> {
    let from = input.date.at(&zones.of_user(), zones);
    let range = from.and_then(|from| Some((moment::iso(from)?, moment::iso(from.checked_add(HOUR_MS)?)?)));
    let Some((time_min, time_max)) = range else {
        return Err(ToolError::Answer("The date is not a date and time in ISO 8601.".into()));
    };
    let (Some(token), Some(base)) = (token, google.base_url()) else {
        return Err(unauthorized(google.connection()));
    };
    // https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query
    let body = json!({"timeMin": time_min, "timeMax": time_max, "timeZone": "UTC", "items": [{"id": "primary"}]});
    let request = deputy_http::post(format!("{base}/calendar/v3/freeBusy")).bearer(token).json(&body);
    let response = context.send(request).await?;
    if !response.status().is_success() {
        // GC-06: status and body; what a known reason means stands behind them.
        let text: String = response.text().chars().take(ERROR_CHARS).collect();
        let status = response.status().as_u16();
        let message = format!("Invalid response from Google Calendar API: {status} - {text}");
        let problem = google.refusal(&response, context.now());
        let sentence = problem.sentence(google.name());
        return Err(match problem {
            ProviderProblem::NeedsConnection => unauthorized(google.connection()),
            ProviderProblem::RateLimited { .. } => {
                ToolError::Refused { code: problem.code(), message: format!("{message} {sentence}") }
            }
            ProviderProblem::NotAllowed { said, .. } if !said.is_empty() => {
                ToolError::Refused { code: "provider_not_allowed", message: format!("{message} {sentence}") }
            }
            _ => ToolError::Answer(message),
        });
    }
    let unreadable = || ToolError::Answer("Google Calendar's answer could not be read.".into());
    let primary = serde_json::from_str::<FreeBusy>(&response.text()).map_err(|_| unreadable())?.calendars.primary;
    // A calendar that could not be looked at is not a free one.
    if !primary.errors.is_empty() {
        return Err(unreadable());
    }
    Ok(json!({"available": primary.busy.is_empty()}))
}

fn unauthorized(connection: &str) -> ToolError {
    ToolError::Unauthorized {
        connection: connection.to_owned(),
        message: "Authorization required to access the Federated Connection".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use deputy_error::Explained;
    use deputy_http::Response;
    use futures::executor::block_on;

    use super::*;
    use crate::tools::testing::{TestContext, TestZones, input, provider, tool};

    fn read() -> Input {
        input::<CheckUsersCalendar>(json!({"date": "2026-11-24T09:00:00+01:00"})).unwrap()
    }

    fn ask(response: Response) -> (Result<Value, ToolError>, TestContext) {
        let context = TestContext::answering(response);
        let input = read();
        let result = block_on(availability(
            &input,
            &provider("google"),
            Some(&Secret::new("provider-token")),
            &TestZones,
            &context,
        ));
        (result, context)
    }

    /// GC-01, GC-02: name, description, input; one connection, the free/busy scope only.
    #[test]
    fn gc_01_gc_02_declaration() {
        let tool = tool("checkUsersCalendar");
        assert_eq!(tool.description, "Check user availability on a given date time on their calendar");
        assert_eq!(tool.parameters["required"], json!(["date"]));
        let authority = CheckUsersCalendar(provider("google"), Rc::new(TestZones)).authority(&read());
        let scopes = vec!["https://www.googleapis.com/auth/calendar.freebusy".to_owned()];
        assert_eq!(authority, [Authority::Vault { connection: "google-oauth2".into(), scopes }]);
    }

    /// GC-03: one call, this body.
    #[test]
    fn gc_03_request() {
        let (_, context) = ask(deputy_http::response(200, r#"{"calendars":{"primary":{"busy":[]}}}"#));
        let sent = context.sent.borrow();
        let [request] = sent.as_slice() else { panic!("one request") };
        assert_eq!(request.uri(), "https://google.test/calendar/v3/freeBusy");
        assert_eq!(request.headers()["authorization"], "Bearer provider-token");
        let body = &request.body().text();
        assert_eq!(
            serde_json::from_str::<Value>(body).unwrap(),
            json!({"timeMin": "2026-11-24T08:00:00.000Z", "timeMax": "2026-11-24T09:00:00.000Z", "timeZone": "UTC", "items": [{"id": "primary"}]})
        );
    }

    /// GC-04: free only if the busy list is empty, and if the calendar could be looked at.
    #[test]
    fn gc_04_result() {
        let busy = r#"{"calendars":{"primary":{"busy":[{"start":"a","end":"b"}]}}}"#;
        assert_eq!(ask(deputy_http::response(200, busy)).0, Ok(json!({"available": false})));
        assert_eq!(
            ask(deputy_http::response(200, r#"{"calendars":{"primary":{"busy":[]}}}"#)).0,
            Ok(json!({"available": true}))
        );
        let errors = r#"{"calendars":{"primary":{"busy":[],"errors":[{"reason":"notFound"}]}}}"#;
        for odd in [errors, "", "<html>", "{}"] {
            assert!(matches!(ask(deputy_http::response(200, odd)).0, Err(ToolError::Answer(_))), "{odd}");
        }
    }

    /// GC-05, TV-10: a 401 asks for authorization, in these words.
    #[test]
    fn gc_05_unauthorized() {
        let (result, _) = ask(deputy_http::response(401, "{}"));
        let Err(ToolError::Unauthorized { connection, message }) = result else { panic!("{result:?}") };
        assert_eq!(connection, "google-oauth2");
        assert_eq!(message, "Authorization required to access the Federated Connection");
    }

    /// GC-06: other failures keep status and body.
    #[test]
    fn gc_06_other_failures() {
        for status in [400, 403, 404, 500, 503] {
            let expected = format!("Invalid response from Google Calendar API: {status} - x");
            assert_eq!(ask(deputy_http::response(status, "x")).0, Err(ToolError::Answer(expected)));
        }
        let limited = ask(deputy_http::response(429, "x").with_header("retry-after", "9")).0.unwrap_err();
        assert_eq!(limited.code(), "provider_rate_limited");
        let sentence = "Invalid response from Google Calendar API: 429 - x Google allows no more requests for now. Please try again in 9 seconds.";
        assert_eq!(limited.to_string(), sentence);
        // Trial 37, of its kind: "too fast" as 403, and an API that nobody has enabled.
        let reason = |reason: &str| {
            json!({"error": {"code": 403, "message": "No.", "errors": [{"reason": reason}]}}).to_string()
        };
        let limited = ask(deputy_http::response(403, reason("userRateLimitExceeded"))).0.unwrap_err();
        assert_eq!(limited.code(), "provider_rate_limited");
        let disabled = ask(deputy_http::response(403, reason("accessNotConfigured"))).0.unwrap_err();
        assert!(
            disabled.code() == "provider_not_allowed" && disabled.to_string().contains("not enabled"),
            "{disabled}"
        );
        let scope = ask(deputy_http::response(403, reason("insufficientPermissions"))).0;
        assert!(matches!(scope, Err(ToolError::Unauthorized { .. })));
    }

    /// Trial 4: what names no instant is refused before anybody is asked for anything.
    #[test]
    fn t04_a_date_is_checked_before_consent() {
        let tool = CheckUsersCalendar(provider("google"), Rc::new(TestZones));
        let misfit = |date: &str| tool.misfit(&input::<CheckUsersCalendar>(json!({ "date": date })).unwrap());
        assert_eq!(misfit("2026-11-24T09:00[Asia/Tokyo]"), None);
        for date in ["2026-11-24T09:00[Mars/Base]", "2026-11-24T09:00+05:00[Europe/Berlin]"] {
            assert_eq!(misfit(date).unwrap().path, "date", "{date}");
        }
    }
}
