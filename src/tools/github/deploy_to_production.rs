use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::connections::Providers;
use crate::tools::provider::{Caller, Provider, shape};

/// Begins a deployment on GitHub, after a yes on the user's device (AA-26).
pub struct DeployToProduction {
    provider: Provider,
    audience: String,
}

impl DeployToProduction {
    /// With the settings of the providers.
    pub fn new(settings: &Providers) -> Self {
        Self { provider: Provider::of(settings, "github"), audience: settings.own_audience.clone() }
    }
}

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "owner/name", length(min = 3, max = 201))]
    repository: Repository,
    #[serde(rename = "ref")]
    #[schemars(
        description = "The branch, tag or commit to deploy",
        length(min = 1, max = LONGEST_REF),
        extend("default" = "main")
    )]
    git_ref: Option<GitRef>,
}

/// A repository as owner/name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(inline)]
struct Repository(String);

/// The name of a branch, tag or commit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(inline)]
struct GitRef(String);

const LONGEST_REF: usize = 100;
const LONGEST_NAME: usize = 100;
/// A page of GitHub's: a deployment that was cut off a moment ago is among the newest.
const PAGE: &str = "100";
const ENVIRONMENT: &str = "production";
const MEMBERS: [(&str, &str); 6] = [
    ("id", "/id"),
    ("ref", "/ref"),
    ("sha", "/sha"),
    ("environment", "/environment"),
    ("created_at", "/created_at"),
    ("url", "/url"),
];

fn known(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._-".contains(c)
}

impl TryFrom<String> for Repository {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let name = |text: &str| {
            !text.is_empty() && text.len() <= LONGEST_NAME && text != "." && text != ".." && text.chars().all(known)
        };
        let fits = text.split_once('/').is_some_and(|(owner, repository)| name(owner) && name(repository));
        if fits { Ok(Self(text)) } else { Err("must be owner/name, of letters, digits, dots, hyphens and underscores") }
    }
}

impl TryFrom<String> for GitRef {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fits = (1..=LONGEST_REF).contains(&text.len()) && text.chars().all(|c| known(c) || c == '/');
        if fits { Ok(Self(text)) } else { Err("must be the name of a branch, tag or commit") }
    }
}

impl Input {
    fn git_ref(&self) -> &str {
        self.git_ref.as_ref().map_or("main", |git_ref| &git_ref.0)
    }

    fn path(&self) -> String {
        format!("/repos/{}/deployments", self.repository.0)
    }
}

impl Tool for DeployToProduction {
    type Input = Input;
    const NAME: &'static str = "deployToProduction";
    const DESCRIPTION: &'static str = "Deploy a branch, tag or commit of a GitHub repository to production";
    const TOPICS: &'static str = "deploy release production";
    const EFFECT: Effect = Effect::Writes;
    const CHECKS: bool = true;

    fn authority(&self, input: &Input) -> Vec<Authority> {
        let mut authority = self.provider.authority(&[]);
        authority.push(Authority::Approval {
            audience: self.audience.clone(),
            scopes: vec!["openid".to_owned()],
            binding_message: format!("Deploy {} of {} to production", input.git_ref(), input.repository.0),
            requested_expiry: None,
        });
        authority
    }

    async fn call(
        &self,
        input: Input,
        _permit: Permit,
        grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        let github = self.provider.caller(grant.vault(self.provider.connection()), context)?;
        deploy(&input, &github, &context.call_id()).await
    }

    async fn check(&self, input: Input, grant: Grant, context: &dyn CallContext) -> Result<Option<Value>, ToolError> {
        let github = self.provider.caller(grant.vault(self.provider.connection()), context)?;
        begun(&input, &github, &context.call_id()).await
    }
}

/// GitHub takes no idempotency key, so the call's id stands in the payload: a call that is made again finds its own
/// deployment and begins no second one.
async fn deploy(input: &Input, github: &Caller<'_>, call_id: &str) -> Result<Value, ToolError> {
    if let Some(deployment) = begun(input, github, call_id).await? {
        return Ok(deployment);
    }
    // https://docs.github.com/en/rest/deployments/deployments#create-a-deployment
    // Merging another branch in first, GitHub's default, would deploy something else than was approved.
    let body = json!({
        "ref": input.git_ref(), "environment": ENVIRONMENT, "auto_merge": false, "payload": {"call_id": call_id}
    });
    Ok(shape::pick(&github.create(&input.path(), &body).await?, &MEMBERS))
}

/// The deployment that this call began, if it has.
async fn begun(input: &Input, github: &Caller<'_>, call_id: &str) -> Result<Option<Value>, ToolError> {
    // https://docs.github.com/en/rest/deployments/deployments#list-deployments
    let query = [("ref", input.git_ref()), ("environment", ENVIRONMENT), ("per_page", PAGE)];
    let answer = github.get(&input.path(), &query).await?;
    let deployments = shape::list(&answer, "", github)?;
    let own = |deployment: &&Value| deployment.pointer("/payload/call_id").and_then(Value::as_str) == Some(call_id);
    Ok(deployments.iter().find(own).map(|deployment| shape::pick(deployment, &MEMBERS)))
}

#[cfg(test)]
mod tests {
    use deputy_http::{Method, Response, Secret, TransportError};
    use futures::executor::block_on;

    use super::*;
    use crate::tools::testing::{TestContext, input, provider, providers, tool};

    fn read(given: &Value) -> Result<Input, String> {
        input::<DeployToProduction>(given.clone())
    }

    fn run(answers: Vec<Result<Response, TransportError>>) -> (Result<Value, ToolError>, TestContext) {
        let context = TestContext::with_answers(answers);
        let (github, token) = (provider("github"), Secret::new("provider-token"));
        let input = read(&json!({"repository": "ana/tiles", "ref": "v1.0.0"})).unwrap();
        let result = block_on(deploy(&input, &github.caller(Some(&token), &context).unwrap(), "call_1"));
        (result, context)
    }

    const MADE: &str = r#"{"id":7,"ref":"v1.0.0","sha":"abc","environment":"production","node_id":"x","payload":{"call_id":"call_1"}}"#;

    fn made() -> Value {
        json!({"id": 7, "ref": "v1.0.0", "sha": "abc", "environment": "production"})
    }

    /// AA-26: what the device is asked, and of whom.
    #[test]
    fn aa_26_a_deployment_asks_on_the_device() {
        assert_eq!(tool("deployToProduction").parameters["required"], json!(["repository"]));
        assert!(tool("deployToProduction").parameters["properties"]["ref"].is_object());
        let input = read(&json!({"repository": "ana/tiles"})).unwrap();
        let approval = Authority::Approval {
            audience: "https://deputy.example/api".into(),
            scopes: vec!["openid".into()],
            binding_message: "Deploy main of ana/tiles to production".into(),
            requested_expiry: None,
        };
        let vault = Authority::Vault { connection: "github".into(), scopes: vec![] };
        assert_eq!(DeployToProduction::new(&providers(&[])).authority(&input), [vault, approval]);
        assert_eq!(DeployToProduction::EFFECT, Effect::Writes);
    }

    #[test]
    fn what_is_no_repository_or_ref_is_refused() {
        for wrong in ["tiles", "/tiles", "ana/", "ana/tiles/x", "../tiles", "ana/..", "ana/ti les", "ana/t?x", "ana/ü"]
        {
            assert!(read(&json!({"repository": wrong})).is_err(), "{wrong}");
        }
        for wrong in [json!(""), json!("a b"), json!("a\n"), json!("a?b"), json!("x".repeat(101)), json!(1)] {
            assert!(read(&json!({"repository": "ana/tiles", "ref": wrong})).is_err(), "{wrong}");
        }
        assert_eq!(
            read(&json!({"repository": "ana/tiles", "ref": "feature/x-1.2"})).unwrap().git_ref(),
            "feature/x-1.2"
        );
    }

    /// AA-26: looked for, then made once, with the call's id, and without anything else merged in.
    #[test]
    fn aa_26_one_call_is_one_deployment() {
        let others = || {
            Ok(deputy_http::response(200, r#"[{"id":6,"payload":{"call_id":"call_0"}},{"id":5,"payload":"call_1"}]"#))
        };
        let (result, context) = run(vec![others(), Ok(deputy_http::response(201, MADE))]);
        assert_eq!(result, Ok(made()));
        let sent = context.sent.borrow();
        let list = "https://github.test/repos/ana/tiles/deployments?ref=v1.0.0&environment=production&per_page=100";
        assert_eq!((sent[0].method(), sent[0].uri().to_string().as_str()), (&Method::GET, list));
        assert_eq!(
            (sent[1].method(), sent[1].uri().to_string().as_str()),
            (&Method::POST, "https://github.test/repos/ana/tiles/deployments")
        );
        let body = &sent[1].body().text();
        let body: Value = serde_json::from_str(body).unwrap();
        let wanted = json!({"ref": "v1.0.0", "environment": "production", "auto_merge": false, "payload": {"call_id": "call_1"}});
        assert_eq!(body, wanted);
        let (again, context) = run(vec![Ok(deputy_http::response(200, format!("[{MADE}]")))]);
        assert_eq!((again, context.sent.borrow().len()), (Ok(made()), 1), "its own deployment is found, none is made");
    }

    #[test]
    fn a_lost_answer_is_unknown_and_a_refusal_is_a_sentence() {
        let none = || Ok(deputy_http::response(200, "[]"));
        let lost = || Err(TransportError::TimedOut { host: "api.github.com".into() });
        for answer in [
            lost(),
            Ok(deputy_http::response(502, "")),
            Ok(deputy_http::response(201, "")),
            Ok(deputy_http::response(201, "{}")),
        ] {
            assert!(matches!(run(vec![none(), answer]).0, Err(ToolError::OutcomeUnknown(_))));
        }
        let refused = run(vec![none(), Ok(deputy_http::response(422, r#"{"message":"No ref found for: v1.0.0"}"#))]).0;
        let sentence = "GitHub refused the request (422): No ref found for: v1.0.0";
        assert_eq!(refused.unwrap_err().to_string(), sentence);
        let (unseen, context) = run(vec![lost()]);
        assert!(
            matches!(unseen, Err(ToolError::Refused { .. })) && context.sent.borrow().len() == 1,
            "looking changed nothing"
        );
        assert!(matches!(run(vec![Ok(deputy_http::response(401, "{}"))]).0, Err(ToolError::Unauthorized { .. })));
    }
}
