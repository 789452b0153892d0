use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::tools::provider::{Caller, Provider, ProviderProblem, shape};

/// The names of the user's channels on Slack (SL-01 to SL-05).
pub struct ListChannels(pub Provider);

/// No input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {}

impl Tool for ListChannels {
    type Input = Input;
    const NAME: &'static str = "listChannels";
    const DESCRIPTION: &'static str = "List channels for the current user on Slack";
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

async fn list(slack: &Caller<'_>) -> Result<Value, ToolError> {
    // https://docs.slack.dev/reference/methods/conversations.list
    let query = [("exclude_archived", "true"), ("types", "public_channel,private_channel"), ("limit", "10")];
    let answer = slack.get("/conversations.list", &query).await?;
    if answer.get("ok") == Some(&Value::Bool(true)) {
        return Ok(shape::names(shape::list(&answer, "/channels", slack)?));
    }
    // Slack answers 200 to everything; what went wrong is in the body.
    let error = answer.get("error").and_then(Value::as_str).unwrap_or_default();
    let problem = match error {
        "not_authed" | "invalid_auth" | "token_revoked" | "token_expired" | "account_inactive" => {
            ProviderProblem::NeedsConnection
        }
        "ratelimited" | "rate_limited" => ProviderProblem::RateLimited { seconds: None },
        "missing_scope" => {
            let needed = answer.get("needed").and_then(Value::as_str).unwrap_or("another permission");
            ProviderProblem::NotAllowed { said: format!("{} is missing.", shape::clip(needed, 200)) }
        }
        "fatal_error" | "internal_error" | "service_unavailable" => ProviderProblem::Down { status: 503 },
        "" => ProviderProblem::Malformed,
        other => return Err(ToolError::Answer(format!("An error occurred: {}", shape::clip(other, 200)))),
    };
    Err(slack.error(problem).into())
}

#[cfg(test)]
mod tests {
    use deputy_http::Secret;
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

    /// SL-04: other errors are sentences.
    #[test]
    fn sl_04_other_errors() {
        for (body, sentence) in [
            (r#"{"ok":false,"error":"ratelimited"}"#, "Slack allows no more requests for now. Please try again later."),
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
