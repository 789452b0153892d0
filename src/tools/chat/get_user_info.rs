use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use deputy_http::{BuildRequest, ReadResponse, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::connections::Providers;

/// Profile of the signed-in user, from the tenant (OA-02, CF-26).
pub struct GetUserInfo {
    endpoint: String,
}

impl GetUserInfo {
    /// With the tenant's endpoint.
    pub fn new(settings: &Providers) -> Self {
        Self { endpoint: settings.userinfo_endpoint.clone() }
    }
}

/// No input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {}

impl Tool for GetUserInfo {
    type Input = Input;
    const NAME: &'static str = "get_user_info";
    const DESCRIPTION: &'static str = "Get information about the current logged in user.";
    const TOPICS: &'static str = "who profile account email name info";
    const EFFECT: Effect = Effect::Reads;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        vec![Authority::Session]
    }

    async fn call(
        &self,
        _input: Input,
        _permit: Permit,
        grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        user_info(&self.endpoint, grant.session(), context).await
    }
}

async fn user_info(endpoint: &str, token: Option<&Secret>, context: &dyn CallContext) -> Result<Value, ToolError> {
    let Some(token) = token else { return Ok(Value::from("There is no user logged in.")) };
    // OpenID Connect Core, 5.3.1
    let response = context.send(deputy_http::get(endpoint).bearer(token)).await?;
    if !response.status().is_success() {
        return Ok(Value::from("I couldn't verify your identity"));
    }
    let profile: Value = response.json().unwrap_or_else(|_| Value::from("I couldn't verify your identity"));
    Ok(json!({"result": profile}))
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::tools::testing::TestContext;

    const ENDPOINT: &str = "https://tenant.test/userinfo";

    /// OA-01, OA-02, OA-03, UA-13: the user's own token to `/userinfo`; fixed answers.
    #[test]
    fn oa_03_answers() {
        let token = Secret::new("own-token");
        let context = TestContext::answering(deputy_http::response(200, r#"{"sub":"auth0|1","name":"Ana"}"#));
        let answer = block_on(user_info(ENDPOINT, Some(&token), &context)).unwrap();
        assert_eq!(answer, json!({"result": {"sub": "auth0|1", "name": "Ana"}}));
        let sent = context.sent.borrow();
        assert_eq!(sent[0].uri(), "https://tenant.test/userinfo");
        assert_eq!(sent[0].headers()["authorization"], "Bearer own-token");

        for status in [401, 403, 429, 500] {
            let context = TestContext::answering(deputy_http::response(status, "{}"));
            assert_eq!(
                block_on(user_info(ENDPOINT, Some(&token), &context)).unwrap(),
                "I couldn't verify your identity"
            );
        }
        let context = TestContext::default();
        assert_eq!(block_on(user_info(ENDPOINT, None, &context)).unwrap(), "There is no user logged in.");
        assert!(context.sent.borrow().is_empty());
    }
}
