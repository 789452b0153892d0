use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::tools::provider::{Bound, Caller, Next, Provider, ProviderProblem, shape, with_rest};

/// The names of the user's channels on Slack (SL-01 to SL-05).
pub struct ListChannels(pub Provider);

/// No input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {}

impl Tool for ListChannels {
    type Input = Input;
    const NAME: &'static str = "listChannels";
    const DESCRIPTION: &'static str = "List channels for the current user on Slack";
    const TOPICS: &'static str = "slack channel";
    const EFFECT: Effect = Effect::Reads;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        self.0.authority(&["channels:read", "groups:read"])
    }

    async fn call(
        &self,
        _input: Input,
        _permit: Permit,
        grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        list(&self.0.caller(grant.vault(self.0.connection()), context)?).await
    }
}

const MOST: Bound = Bound { records: 1_000, pages: 8 };

/// The documents ask for ten; what follows comes in larger pages.
async fn list(slack: &Caller<'_>) -> Result<Value, ToolError> {
    // https://docs.slack.dev/reference/methods/conversations.list
    let query = [("exclude_archived", "true"), ("types", "public_channel,private_channel"), ("limit", "10")];
    let next = Next::Token("cursor", "/response_metadata/next_cursor");
    let read = slack.pages("/conversations.list", (&query, &[("limit", "200")]), (next, "/channels"), MOST).await;
    let read = read.map_err(in_words)?;
    if read.first.get("ok") != Some(&Value::Bool(true)) {
        return Err(slack.error(ProviderProblem::Malformed).into());
    }
    Ok(with_rest("channels", shape::names(&read.records), read.rest))
}

/// SL-04: what Slack says in the body of a good answer, in the documents' words.
fn in_words(error: ToolError) -> ToolError {
    match &error {
        ToolError::Refused { code: "provider_refused", message } => match message.split_once("(200): ") {
            Some((_, said)) => ToolError::Answer(format!("An error occurred: {said}")),
            None => error,
        },
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use deputy_error::Explained;
    use deputy_http::{ReadResponse, Secret};
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::{TestContext, input, provider, tool};

    fn ask(status: u16, body: &str) -> (Result<Value, ToolError>, TestContext) {
        let context = TestContext::answering(deputy_http::response(status, body));
        let (slack, token) = (provider("slack"), Secret::new("provider-token"));
        let result = block_on(list(&slack.caller(Some(&token), &context).unwrap()));
        (result, context)
    }

    /// SL-01, SL-02: name, description, no input (SL-05: what else is sent is ignored); connection and scopes.
    #[test]
    fn sl_01_sl_02_declaration() {
        let tool = tool("listChannels");
        assert_eq!(tool.description, "List channels for the current user on Slack");
        assert_eq!(tool.parameters["properties"], json!({}));
        assert!(input::<ListChannels>(json!({"date": "2026-11-24"})).is_ok());
        let scopes = vec!["channels:read".to_owned(), "groups:read".to_owned()];
        let authority = ListChannels(provider("slack")).authority(&Input {});
        assert_eq!(authority, [Authority::Vault { connection: "sign-in-with-slack".into(), scopes }]);
    }

    /// SL-01, SL-03: one call with these parameters; the names, of public and private channels. SL-05: one without is left out.
    #[test]
    fn sl_01_sl_03_names() {
        let body = r#"{"ok":true,"channels":[{"name":"general"},{"id":"C2"},{"name":"founders","is_private":true}]}"#;
        let (result, context) = ask(200, body);
        assert_eq!(result, Ok(json!(["general", "founders"])));
        let sent = context.sent.borrow();
        let [request] = sent.as_slice() else { panic!("one request") };
        let uri = request.uri().to_string();
        let (url, query) = uri.split_once('?').unwrap();
        assert_eq!(url, "https://slack.test/conversations.list");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected =
            [pair("exclude_archived", "true"), pair("types", "public_channel,private_channel"), pair("limit", "10")];
        assert_eq!(deputy_http::parse_query(query), expected);
        assert_eq!(request.headers()["authorization"], "Bearer provider-token");
        assert_eq!(ask(200, r#"{"ok":true}"#).0, Ok(json!([])));
    }

    /// SL-04: 401, and 200 with an error of the token, ask for authorization.
    #[test]
    fn sl_04_unauthorized() {
        let message = "Authorization required to access the Token Vault".to_owned();
        let unauthorized = Err(ToolError::Unauthorized { connection: "sign-in-with-slack".into(), message });
        assert_eq!(ask(401, "{}").0, unauthorized);
        for error in ["not_authed", "invalid_auth", "token_revoked", "token_expired", "account_inactive"] {
            let body = json!({"ok": false, "error": error}).to_string();
            assert_eq!(ask(200, &body).0, unauthorized, "{error}");
        }
    }

    /// Trial 36: an empty page is not the end, more than ten channels are there, and what lies beyond the bound is announced.
    #[test]
    fn t36_pages_of_channels() {
        let page = |names: &[String], cursor: &str| {
            let channels: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
            json!({"ok": true, "channels": channels, "response_metadata": {"next_cursor": cursor}})
        };
        let run = |answers: Vec<Value>| {
            let answers = answers.iter().map(|body| Ok(deputy_http::response(200, body.to_string())));
            let context = TestContext::with_answers(answers.collect::<Vec<_>>());
            let (slack, token) = (provider("slack"), Secret::new("provider-token"));
            let result = block_on(list(&slack.caller(Some(&token), &context).unwrap()));
            let urls: Vec<String> = context.sent.borrow().iter().map(|request| request.uri().to_string()).collect();
            (result, urls)
        };
        let names = |from: usize, to: usize| (from..to).map(|n| format!("room-{n}")).collect::<Vec<_>>();
        let (result, urls) = run(vec![page(&[], "Zg=="), page(&names(0, 10), "Zw=="), page(&names(10, 40), "")]);
        assert_eq!(result.unwrap(), json!(names(0, 40)));
        assert!(urls[1].ends_with("types=public_channel%2Cprivate_channel&limit=200&cursor=Zg%3D%3D"), "{}", urls[1]);
        let endless = (0..9).map(|n| page(&names(n, n + 1), &format!("c{n}"))).collect();
        let (result, urls) = run(endless);
        let result = result.unwrap();
        assert_eq!((result["channels"].as_array().unwrap().len(), urls.len()), (8, 8));
        assert!(result["partial"].as_str().unwrap().contains("there are more"), "{result}");
        // A limit in the middle, which Slack may say with status 200.
        let (result, _) = run(vec![page(&names(0, 10), "c"), json!({"ok": false, "error": "ratelimited"})]);
        let result = result.unwrap();
        assert!(result["partial"].as_str().unwrap().contains("allows no more requests"), "{result}");
        let (result, _) = run(vec![page(&names(0, 10), "c"), json!({"ok": false, "error": "token_revoked"})]);
        assert!(matches!(result, Err(ToolError::Unauthorized { .. })));
    }

    /// Trial 37, of its kind: a limit in an answer with status 200 has its time in the head.
    #[test]
    fn t37_slacks_limit_says_when_to_come_back() {
        let answer =
            deputy_http::response(200, r#"{"ok":false,"error":"ratelimited"}"#).with_header("retry-after", "30");
        let context = TestContext::answering(answer);
        let (slack, token) = (provider("slack"), Secret::new("provider-token"));
        let error = block_on(list(&slack.caller(Some(&token), &context).unwrap())).unwrap_err();
        assert_eq!(error.code(), "provider_rate_limited");
        assert!(error.to_string().ends_with("in 30 seconds."), "{error}");
    }

    /// SL-04: other errors are sentences.
    #[test]
    fn sl_04_other_errors() {
        for (body, sentence) in [
            (
                r#"{"ok":false,"error":"ratelimited"}"#,
                "Slack allows no more requests for now. Please try again in 60 seconds.",
            ),
            (
                r#"{"ok":false,"error":"missing_scope","needed":"groups:read"}"#,
                "Slack does not allow this: groups:read is missing.",
            ),
            (r#"{"ok":false,"error":"invalid_types"}"#, "An error occurred: invalid_types"),
            (r#"{"ok":false,"error":"internal_error"}"#, "Slack is not available now (503). Please try again later."),
            (r#"{"ok":false}"#, "The answer of Slack could not be read."),
            (r#"{"ok":true,"channels":{}}"#, "The answer of Slack could not be read."),
            ("[]", "The answer of Slack could not be read."),
        ] {
            assert_eq!(ask(200, body).0.unwrap_err().to_string(), sentence, "{body}");
        }
        assert!(matches!(ask(500, "").0, Err(ToolError::Refused { .. })));
    }
}
