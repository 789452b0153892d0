use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::tools::provider::{Bound, Caller, Next, Provider, shape, with_rest};

const MOST: Bound = Bound { records: 250, pages: 8 };
const CALENDAR: [(&str, &str); 3] = [("id", "/id"), ("name", "/summary"), ("accessRole", "/accessRole")];

/// The calendars the user has access to (TV-24).
pub struct ListUserCalendars(pub Provider);

/// No input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {}

impl Tool for ListUserCalendars {
    type Input = Input;
    const NAME: &'static str = "listUserCalendars";
    const DESCRIPTION: &'static str = "List all calendars the user has access to";
    const TOPICS: &'static str = "calendars";
    const EFFECT: Effect = Effect::Reads;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        self.0.authority(&[
            "openid",
            "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
            "https://www.googleapis.com/auth/calendar.events.readonly",
        ])
    }

    async fn call(
        &self,
        _input: Input,
        _permit: Permit,
        grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        calendars(&self.0.caller(grant.vault(self.0.connection()), context)?).await
    }
}

async fn calendars(google: &Caller<'_>) -> Result<Value, ToolError> {
    // https://developers.google.com/workspace/calendar/api/v3/reference/calendarList/list
    let next = Next::Token("pageToken", "/nextPageToken");
    let read = google.pages("/calendar/v3/users/me/calendarList", (&[], &[]), (next, "/items"), MOST).await?;
    let calendars = read.records.iter().map(|calendar| shape::pick(calendar, &CALENDAR)).collect();
    Ok(with_rest("calendars", calendars, read.rest))
}

#[cfg(test)]
mod tests {
    use deputy_http::Secret;
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::{TestContext, provider, providers, tool};

    fn ask(status: u16, body: &str) -> Result<Value, ToolError> {
        let context = TestContext::answering(deputy_http::response(status, body));
        let (google, token) = (provider("google"), Secret::new("provider-token"));
        let result = block_on(calendars(&google.caller(Some(&token), &context).unwrap()));
        let sent = context.sent.borrow();
        let [request] = sent.as_slice() else { panic!("one request") };
        assert_eq!(request.uri(), "https://google.test/calendar/v3/users/me/calendarList");
        result
    }

    /// TV-24: name, description, no input, scopes; the connection is a setting.
    #[test]
    fn tv_24_declaration() {
        let tool = tool("listUserCalendars");
        assert_eq!(tool.description, "List all calendars the user has access to");
        assert_eq!(tool.parameters["properties"], json!({}));
        for (change, name) in [(&[][..], "google-oauth2"), (&[("GOOGLE_CONNECTION_NAME", "work")][..], "work")] {
            let authority = ListUserCalendars(Provider::of(&providers(change), "google")).authority(&Input {});
            let [Authority::Vault { connection, scopes }] = authority.as_slice() else { panic!("{authority:?}") };
            assert_eq!(connection, name);
            let google = |scope: &str| format!("https://www.googleapis.com/auth/{scope}");
            let expected =
                ["openid".to_owned(), google("calendar.calendarlist.readonly"), google("calendar.events.readonly")];
            assert_eq!(scopes.as_slice(), expected);
        }
    }

    /// Trial 40: calendars behind an empty page are found, and those behind the bound announced.
    #[test]
    fn t40_pages_of_calendars() {
        let run = |answers: Vec<Value>| {
            let answers = answers.iter().map(|body| Ok(deputy_http::response(200, body.to_string())));
            let context = TestContext::with_answers(answers.collect::<Vec<_>>());
            let (google, token) = (provider("google"), Secret::new("provider-token"));
            let result = block_on(calendars(&google.caller(Some(&token), &context).unwrap())).unwrap();
            let urls: Vec<String> = context.sent.borrow().iter().map(|request| request.uri().to_string()).collect();
            (result, urls)
        };
        let eva = json!({"id": "eva@x.example", "summary": "Eva", "accessRole": "owner"});
        let (result, urls) = run(vec![json!({"items": [], "nextPageToken": "n"}), json!({"items": [eva]})]);
        assert_eq!(result, json!([{"id": "eva@x.example", "name": "Eva", "accessRole": "owner"}]));
        assert_eq!(urls[1], "https://google.test/calendar/v3/users/me/calendarList?pageToken=n");
        let many = (0..9).map(|page| json!({"items": [eva], "nextPageToken": page.to_string()})).collect();
        let (result, urls) = run(many);
        assert_eq!((result["calendars"].as_array().unwrap().len(), urls.len()), (8, 8));
        assert!(result["partial"].as_str().unwrap().contains("only the first 8"), "{result}");
    }

    /// TV-24: id, name and role of each; none is an empty list.
    #[test]
    fn tv_24_answers() {
        let body = r#"{"items":[{"id":"a","summary":"Ana","accessRole":"owner","etag":"x"},{"id":"b"}]}"#;
        assert_eq!(ask(200, body), Ok(json!([{"id": "a", "name": "Ana", "accessRole": "owner"}, {"id": "b"}])));
        assert_eq!(ask(200, r#"{"items":[]}"#), Ok(json!([])));
        assert_eq!(ask(200, r#"{"kind":"calendar#calendarList"}"#), Ok(json!([])));
        assert!(matches!(ask(401, ""), Err(ToolError::Unauthorized { .. })));
        assert!(matches!(ask(500, ""), Err(ToolError::Refused { .. })));
    }
}
