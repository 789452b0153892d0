use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::tools::provider::{Bound, Caller, Next, Provider, shape, with_rest};

/// The names of the user's repositories on GitHub (GH-01 to GH-04).
pub struct ListRepositories(pub Provider);

/// No input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {}

impl Tool for ListRepositories {
    type Input = Input;
    const NAME: &'static str = "listRepositories";
    const DESCRIPTION: &'static str = "List respositories for the current user on GitHub";
    const TOPICS: &'static str = "github repo repository repositories code";
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

const MOST: Bound = Bound { records: 300, pages: 10 };

/// In pages as GitHub cuts them, of thirty or so.
async fn list(github: &Caller<'_>) -> Result<Value, ToolError> {
    // https://docs.github.com/en/rest/repos/repos#list-repositories-for-the-authenticated-user
    let read = github.pages("/user/repos", (&[], &[]), (Next::Link, ""), MOST).await?;
    Ok(with_rest("repositories", shape::names(&read.records), read.rest))
}

#[cfg(test)]
mod tests {
    use deputy_http::{Method, ReadResponse, Response, Secret};
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

    /// Trial 36, of its kind: the list goes on where GitHub's head says so, on GitHub's own host.
    #[test]
    fn t36_pages_of_repositories() {
        let page = |name: &str, next: &str| {
            let answer = deputy_http::response(200, json!([{ "name": name }]).to_string());
            Ok(if next.is_empty() { answer } else { answer.with_header("link", format!("<{next}>; rel=\"next\"")) })
        };
        let run = |answers: Vec<Result<Response, deputy_http::TransportError>>| {
            let context = TestContext::with_answers(answers);
            let (github, token) = (provider("github"), Secret::new("provider-token"));
            let result = block_on(list(&github.caller(Some(&token), &context).unwrap())).unwrap();
            (result, context)
        };
        let second = "https://github.test/user/repos?page=2";
        let (result, context) = run(vec![page("a", second), page("b", "")]);
        assert_eq!(result, json!(["a", "b"]));
        assert_eq!(context.sent.borrow()[1].uri(), second);
        let (result, context) = run(vec![page("a", "https://evil.example/user/repos?page=2")]);
        assert_eq!((&result["repositories"], context.sent.borrow().len()), (&json!(["a"]), 1));
        assert!(result["partial"].as_str().unwrap().contains("there are more"), "{result}");
        let endless = (0..12).map(|n| page("a", &format!("https://github.test/user/repos?page={n}"))).collect();
        assert_eq!(run(endless).1.sent.borrow().len(), 10);
    }

    /// Trial 38: a list of which a part is left out is called partial.
    #[test]
    fn t38_a_partial_list_is_called_partial() {
        let body = r#"[{"full_name": "eva/maps", "private": false}, {"name": "plans", "full_name": "eva/plans"}]"#;
        let answer = deputy_http::response(200, body).with_header("x-github-sso", "partial-results; organizations=4,5");
        let result = ask(answer).0.unwrap();
        assert_eq!(result["repositories"], json!(["eva/maps", "plans"]));
        assert!(result["partial"].as_str().unwrap().contains("partial"), "{result}");
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
