use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::tools::provider::{Caller, Provider, shape};

/// The names of the user's repositories on GitHub (GH-01 to GH-04).
pub struct ListRepositories(pub Provider);

/// No input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {}

impl Tool for ListRepositories {
    type Input = Input;
    const NAME: &'static str = "listRepositories";
    const DESCRIPTION: &'static str = "List respositories for the current user on GitHub";
    const EFFECT: Effect = Effect::Reads;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        // A GitHub App's permissions are its own; its tokens have no scopes.
        self.0.authority(&[])
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

/// One page, as GitHub cuts it: the newest thirty or so.
async fn list(github: &Caller<'_>) -> Result<Value, ToolError> {
    // https://docs.github.com/en/rest/repos/repos#list-repositories-for-the-authenticated-user
    let answer = github.get("/user/repos", &[]).await?;
    Ok(shape::names(shape::list(&answer, "", github)?))
}

#[cfg(test)]
mod tests {
    use deputy_http::{Method, Response, Secret};
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::{TestContext, provider, tool};

    fn ask(response: Response) -> (Result<Value, ToolError>, TestContext) {
        let context = TestContext::answering(response);
        let (github, token) = (provider("github"), Secret::new("provider-token"));
        let result = block_on(list(&github.caller(Some(&token), &context).unwrap()));
        (result, context)
    }

    /// GH-01, GH-02: name, description with its spelling, no input; the connection without scopes.
    #[test]
    fn gh_01_gh_02_declaration() {
        let tool = tool("listRepositories");
        assert_eq!(tool.description, "List respositories for the current user on GitHub");
        assert_eq!(tool.parameters["properties"], json!({}));
        let authority = ListRepositories(provider("github")).authority(&Input {});
        assert_eq!(authority, [Authority::Vault { connection: "github".into(), scopes: vec![] }]);
    }

    /// GH-01, GH-03: one call without paging parameters, with the user's token; the names.
    #[test]
    fn gh_01_gh_03_names() {
        let (result, context) =
            ask(deputy_http::response(200, r#"[{"name":"a","id":1},{"name":"b"},{"id":3},{"name":"c"}]"#));
        assert_eq!(result, Ok(json!(["a", "b", "c"])));
        let sent = context.sent.borrow();
        let [request] = sent.as_slice() else { panic!("one request") };
        assert_eq!(
            (request.method(), request.uri().to_string().as_str()),
            (&Method::GET, "https://github.test/user/repos")
        );
        assert_eq!(request.headers()["authorization"], "Bearer provider-token");
        assert_eq!(ask(deputy_http::response(200, "[]")).0, Ok(json!([])));
    }

    /// GH-04: 401 asks for authorization, in these words; others are passed on.
    #[test]
    fn gh_04_errors() {
        let message = "Authorization required to access the Token Vault".to_owned();
        let unauthorized = ToolError::Unauthorized { connection: "github".into(), message };
        assert_eq!(ask(deputy_http::response(401, r#"{"message":"Bad credentials"}"#)).0, Err(unauthorized));
        for (status, body) in [(500, "{}"), (200, "{}"), (200, "no"), (200, r#"{"message":"?"}"#)] {
            assert!(
                matches!(ask(deputy_http::response(status, body)).0, Err(ToolError::Refused { .. })),
                "{status} {body}"
            );
        }
    }
}
