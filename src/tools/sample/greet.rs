use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use deputy_auth0::{ApiExchange, Client, ExchangeGrant, Tenant, TokenSet, api_exchange_request, api_exchange_response};
use deputy_error::Explained as _;
use deputy_http::{BuildRequest, ReadResponse, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::platform::log::{Level, Line};

/// Says hello, and calls a protected API in the caller's name (MC-09, MC-18); none where there is no such API.
pub struct Greet(pub Option<ApiOnBehalf>);

/// An API that is called in a user's name, with a token that the tenant gives for the user's.
#[derive(Debug, Clone)]
pub struct ApiOnBehalf {
    /// The tenant.
    pub tenant: Tenant,
    /// The client that asks for the token.
    pub client: Client,
    /// How.
    pub grant: ExchangeGrant,
    /// Where the API is, without a trailing slash.
    pub base_url: String,
    /// Its identifier at the tenant.
    pub audience: String,
    /// What is asked for; sent only if it is set (MC-18).
    pub scope: Option<String>,
}

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "The name of the person to greet", length(max = 200))]
    #[serde(default)]
    name: String,
}

impl Tool for Greet {
    type Input = Input;
    const NAME: &'static str = "greet";
    const DESCRIPTION: &'static str = "Greet a user with personalized authentication information";
    const EFFECT: Effect = Effect::Reads;
    const PROGRAMS_ONLY: bool = true;

    fn unavailable(&self) -> Option<String> {
        let missing = "The protected API is not set up here: API_BASE_URL and API_AUTH0_AUDIENCE are missing.";
        self.0.is_none().then(|| missing.to_owned())
    }

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        vec![Authority::Session]
    }

    async fn call(&self, input: Input, _: Permit, grant: Grant, context: &dyn CallContext) -> Result<Value, ToolError> {
        self.greet(&input.name, grant.session(), context).await.map(Value::from)
    }
}

impl Greet {
    async fn greet(&self, name: &str, token: Option<&Secret>, context: &dyn CallContext) -> Result<String, ToolError> {
        let Some(api) = &self.0 else {
            return Err(ToolError::Answer("The protected API is not set up here.".to_owned()));
        };
        let own = api.exchanged(token, context).await?;
        let request = deputy_http::get(format!("{}/api/private-scope", api.base_url));
        // The caller's token is for this server and goes nowhere else.
        let request = match &own {
            Some(own) => request.bearer(&own.access_token),
            None => request,
        };
        let response = context.send(request).await?;
        let status = response.status();
        if !status.is_success() {
            let message = format!("The protected API refused this ({}).", status.as_u16());
            return Err(ToolError::Refused { code: "refused_by_provider", message });
        }
        let data: Value = response.json().map_err(|_| {
            let message = "The protected API's answer cannot be read.".to_owned();
            ToolError::Refused { code: "refused_by_provider", message }
        })?;
        let name = match name.trim() {
            "" => "there",
            name => name,
        };
        let user = context.user().map(|user| user.subject.as_str()).unwrap_or_default();
        Ok(format!("Hello, {name} ({user})!\n\nUpstream API Response: {data:#}"))
    }
}

impl ApiOnBehalf {
    /// A token for the API, for the one that the caller sent; none without one (MC-19).
    async fn exchanged(
        &self,
        token: Option<&Secret>,
        context: &dyn CallContext,
    ) -> Result<Option<TokenSet>, ToolError> {
        let Some(subject_token) = token else { return Ok(None) };
        let exchange = ApiExchange {
            client: &self.client,
            grant: &self.grant,
            subject_token,
            audience: &self.audience,
            scope: self.scope.as_deref(),
        };
        let response = context.send(api_exchange_request(&self.tenant, &exchange)).await?;
        api_exchange_response(response, context.now()).map(Some).map_err(|error| {
            let detail = format!("Error during token exchange: {error}");
            let line = Line::new(Level::Warn, "token_exchange_failed");
            Line { code: Some(error.code()), detail: Some(&detail), ..line }.write();
            ToolError::Refused { code: "token_exchange_failed", message: error.user_message().into_owned() }
        })
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::TestContext;

    fn greet(scope: Option<&str>) -> Greet {
        let set = [
            ("AUTH0_ISSUER", "https://tenant.test/"),
            ("MCP_AUTH0_CLIENT_ID", "mcp"),
            ("MCP_AUTH0_CLIENT_SECRET", "mcp-secret-value"),
        ];
        let settings = crate::config::testing::settings(&set).unwrap();
        Greet(Some(ApiOnBehalf {
            tenant: settings.tenant.clone(),
            client: settings.mcp.client.clone().unwrap(),
            grant: ExchangeGrant::OnBehalfOf,
            base_url: "http://localhost:8787".to_owned(),
            audience: "http://localhost:8787/".to_owned(),
            scope: scope.map(str::to_owned),
        }))
    }

    fn exchanged() -> deputy_http::Response {
        let body = json!({"access_token": "for-the-api", "token_type": "Bearer", "expires_in": 60,
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"});
        deputy_http::response(200, body.to_string())
    }

    fn answers(api: deputy_http::Response) -> TestContext {
        TestContext::with_answers([Ok(exchanged()), Ok(api)])
    }

    fn form(request: &deputy_http::Request) -> Vec<(String, String)> {
        deputy_http::parse_query(std::str::from_utf8(request.body()).unwrap())
    }

    /// MC-09: the texts, byte for byte; an empty name is "there".
    #[test]
    fn mc_09_texts() {
        let token = Secret::new("the-callers");
        for (name, said) in [("", "there"), (" Ann ", "Ann"), ("  ", "there")] {
            let context = answers(deputy_http::response(200, r#"{"msg":"ok"}"#));
            let text = block_on(greet(None).greet(name, Some(&token), &context)).unwrap();
            assert_eq!(text, format!("Hello, {said} ()!\n\nUpstream API Response: {{\n  \"msg\": \"ok\"\n}}"));
        }
    }

    /// MC-18: the tenant is given the caller's token, the API another one; scope is sent only if it is set.
    #[test]
    fn mc_18_the_api_never_sees_the_callers_token() {
        let token = Secret::new("the-callers");
        for scope in [None, Some("read:private")] {
            let context = answers(deputy_http::response(200, "{}"));
            block_on(greet(scope).greet("Ann", Some(&token), &context)).unwrap();
            let sent = context.sent.borrow();
            let [exchange, call] = sent.as_slice() else { panic!("two requests") };
            assert_eq!(exchange.uri(), "https://tenant.test/oauth/token");
            let pair = |name: &str| form(exchange).into_iter().find(|(key, _)| key == name).map(|(_, value)| value);
            assert_eq!(pair("subject_token").as_deref(), Some("the-callers"));
            assert_eq!(pair("audience").as_deref(), Some("http://localhost:8787/"));
            assert_eq!(pair("scope").as_deref(), scope);
            assert_eq!(call.uri(), "http://localhost:8787/api/private-scope");
            assert_eq!(call.headers()["authorization"], "Bearer for-the-api");
        }
    }

    /// MC-19: no token, a good exchange (above), one that fails: the API is asked without a token, or not at all.
    #[test]
    fn mc_19_without_a_token_and_with_one_that_is_not_exchanged() {
        let context = TestContext::answering(deputy_http::response(401, "{}"));
        let refused = block_on(greet(None).greet("Ann", None, &context)).unwrap_err();
        assert!(refused.to_string().contains("401"), "{refused}");
        assert!(context.sent.borrow()[0].headers().get("authorization").is_none());
        let context = TestContext::answering(deputy_http::response(403, r#"{"error":"access_denied"}"#));
        let refused = block_on(greet(None).greet("Ann", Some(&Secret::new("the-callers")), &context)).unwrap_err();
        assert!(matches!(&refused, ToolError::Refused { code: "token_exchange_failed", .. }), "{refused:?}");
        assert_eq!(context.sent.borrow().len(), 1, "the API is not asked");
        assert!(!refused.to_string().contains("the-callers"));
    }

    #[test]
    fn without_an_api_it_says_so() {
        assert!(Greet(None).unavailable().is_some_and(|said| said.contains("API_BASE_URL")));
        assert!(greet(None).unavailable().is_none());
    }
}
