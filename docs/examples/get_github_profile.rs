use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::tools::provider::{Caller, Provider, shape};

/// The user's profile on GitHub.
pub struct GetGitHubProfile(pub Provider);

/// Input.
#[derive(Default, Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "Whether numbers of followers and repositories are included")]
    numbers: Option<bool>,
}

const WORDS: [(&str, &str); 4] = [("login", "/login"), ("name", "/name"), ("company", "/company"), ("bio", "/bio")];
const NUMBERS: [(&str, &str); 2] = [("followers", "/followers"), ("repositories", "/public_repos")];

impl Tool for GetGitHubProfile {
    type Input = Input;
    const NAME: &'static str = "getGitHubProfile";
    const DESCRIPTION: &'static str = "Get the profile of the current user on GitHub";
    const EFFECT: Effect = Effect::Reads;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        self.0.authority(&[])
    }

    async fn call(
        &self,
        input: Input,
        _permit: Permit,
        grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        profile(&input, &self.0.caller(grant.vault(self.0.connection()), context)?).await
    }
}

async fn profile(input: &Input, github: &Caller<'_>) -> Result<Value, ToolError> {
    // https://docs.github.com/en/rest/users/users#get-the-authenticated-user
    let answer = github.get("/user", &[]).await?;
    let numbers: &[(&str, &str)] = if input.numbers == Some(true) { &NUMBERS } else { &[] };
    Ok(shape::pick(&answer, &[&WORDS, numbers].concat()))
}

#[cfg(test)]
mod tests {
    use deputy_http::Secret;
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::{TestContext, provider};

    fn ask(numbers: Option<bool>, status: u16, body: &str) -> Result<Value, ToolError> {
        let context = TestContext::answering(deputy_http::response(status, body));
        let (github, token) = (provider("github"), Secret::new("provider-token"));
        let result = block_on(profile(&Input { numbers }, &github.caller(Some(&token), &context)?));
        assert_eq!(context.sent.borrow()[0].uri(), "https://github.test/user");
        result
    }

    #[test]
    fn the_profile_is_small_and_a_refused_token_asks_for_the_account() {
        let body = r#"{"login":"ana","name":"Ana","company":null,"followers":41,"node_id":"x"}"#;
        assert_eq!(ask(None, 200, body), Ok(json!({"login": "ana", "name": "Ana"})));
        assert_eq!(ask(Some(true), 200, body), Ok(json!({"login": "ana", "name": "Ana", "followers": 41})));
        assert!(matches!(ask(None, 401, "{}"), Err(ToolError::Unauthorized { .. })));
        assert!(matches!(ask(None, 500, "{}"), Err(ToolError::Refused { .. })));
    }
}
