use deputy_agent::{Authority, CallContext, ToolError};
use deputy_http::{BuildRequest, HeaderMap, ReadResponse, Request, Response, Secret, append_query};
use futures::future::LocalBoxFuture;
use serde_json::Value;

mod clip;
mod error;
mod link;
mod pages;
mod refusal;
pub mod shape;

use crate::connections::{ProviderSettings, Providers};
use crate::platform::log::{Level, Line};

pub use error::ProviderProblem;
pub use pages::{Bound, Next, with_rest};
pub use refusal::refusal;

/// A provider whose API tools call with the user's token.
#[derive(Debug, Clone)]
pub struct Provider(ProviderSettings);

impl Provider {
    /// The one with that row in the registry.
    pub fn of(settings: &Providers, id: &str) -> Self {
        Self(settings.provider(id))
    }

    /// For sentences.
    pub fn name(&self) -> &str {
        &self.0.row.name
    }

    /// Auth0 connection name.
    pub fn connection(&self) -> &str {
        &self.0.connection
    }

    /// Base URL of its API, without a trailing slash.
    pub fn base_url(&self) -> Option<&str> {
        self.0.base_url.as_deref()
    }

    /// Why it cannot be called at all, if it cannot.
    pub fn unavailable(&self) -> Option<String> {
        self.0.unavailable()
    }

    /// The authority to call it with these scopes.
    pub fn authority(&self, scopes: &[&str]) -> Vec<Authority> {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        vec![Authority::Vault { connection: self.connection().to_owned(), scopes }]
    }

    /// Calls it with the token of a grant.
    ///
    /// Errors: the grant has no token for the connection.
    pub fn caller<'a>(
        &'a self,
        token: Option<&'a Secret>,
        context: &'a dyn CallContext,
    ) -> Result<Caller<'a>, ToolError> {
        match token {
            Some(token) => Ok(Caller { provider: self, token, context }),
            None => Err(self.error(ProviderProblem::NeedsConnection).into()),
        }
    }

    /// What is wrong, by an answer that is not good.
    pub fn refusal(&self, response: &Response, now: u64) -> ProviderProblem {
        refusal(response, now, &|url| self.0.is_own(url))
    }

    /// A problem of this provider.
    pub fn error(&self, problem: ProviderProblem) -> ProviderError<'_> {
        ProviderError { problem, provider: self }
    }
}

/// A problem, and whose it is.
#[derive(Debug, Clone)]
pub struct ProviderError<'a> {
    /// What happened.
    pub problem: ProviderProblem,
    /// The provider.
    pub provider: &'a Provider,
}

impl ProviderError<'_> {
    /// The sentence for the user and the model.
    pub fn user_message(&self) -> String {
        self.problem.sentence(self.provider.name())
    }
}

impl From<ProviderError<'_>> for ToolError {
    fn from(error: ProviderError<'_>) -> Self {
        let problem = &error.problem;
        let line = Line::new(Level::Warn, "provider_call");
        Line { code: Some(problem.code()), detail: Some(problem.developer_fix()), ..line }.write();
        match problem {
            ProviderProblem::NeedsConnection => Self::Unauthorized {
                connection: error.provider.connection().to_owned(),
                message: error.provider.0.row.refused.clone(),
            },
            _ => Self::Refused { code: problem.code(), message: error.user_message() },
        }
    }
}

/// A provider, the user's token for it, and the call it is for. Nothing is ever tried twice here: whether and when is the
/// user's and the model's decision.
pub struct Caller<'a> {
    provider: &'a Provider,
    token: &'a Secret,
    context: &'a dyn CallContext,
}

/// What comes of a request.
pub type Answer<'a, Error = ToolError> = LocalBoxFuture<'a, Result<Value, Error>>;

impl<'a> Caller<'a> {
    /// `GET path?query`, the answer as JSON. The path begins with a slash.
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Answer<'a> {
        let answer = self.try_get(path, query);
        Box::pin(async move { Ok(answer.await?) })
    }

    /// The same for a tool that knows what to do about a problem.
    pub fn try_get(&self, path: &str, query: &[(&str, &str)]) -> Answer<'a, ProviderError<'a>> {
        self.send(self.read_from(&append_query(&self.url(path), query.iter().copied())))
    }

    /// The same, and whether the answer's head says that another page follows.
    pub fn try_page(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> LocalBoxFuture<'a, Result<(Value, bool), ProviderError<'a>>> {
        let answer = self.open(self.read_from(&append_query(&self.url(path), query.iter().copied())));
        Box::pin(async move {
            let (body, head) = answer.await?;
            Ok((body, link::next_link(&head).is_some()))
        })
    }

    /// The `GET` of a URL.
    fn read_from(&self, url: &str) -> Request {
        let mut request = deputy_http::get(url);
        for (name, value) in &self.provider.0.row.headers {
            request = request.header(name, value.as_str());
        }
        request
    }

    /// `POST path` that makes something, whose answer says its `id`.
    ///
    /// Errors: the provider's; that nobody knows whether it was made, when the answer was lost or says nothing of it.
    pub fn create(&self, path: &str, body: &Value) -> Answer<'a> {
        let (name, answer) = (self.provider.name(), self.post(path, body));
        Box::pin(async move {
            match answer.await {
                Ok(made) if made.get("id").is_some_and(|id| !id.is_null()) => Ok(made),
                Err(error) if !error.problem.may_have_happened() => Err(error.into()),
                _ => Err(ToolError::OutcomeUnknown(format!(
                    "{name} gave no usable answer, so nobody knows whether it was done."
                ))),
            }
        })
    }

    /// `POST path` with JSON, the answer as JSON; for what changes nothing.
    pub fn post(&self, path: &str, body: &Value) -> Answer<'a, ProviderError<'a>> {
        self.send(deputy_http::post(self.url(path)).json(body))
    }

    /// A problem of this provider.
    pub fn error(&self, problem: ProviderProblem) -> ProviderError<'a> {
        self.provider.error(problem)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.provider.base_url().unwrap_or_default())
    }

    fn send(&self, request: Request) -> Answer<'a, ProviderError<'a>> {
        let answer = self.open(request);
        Box::pin(async move { Ok(answer.await?.0) })
    }

    /// The body of a good answer, and its head.
    fn open(&self, request: Request) -> LocalBoxFuture<'a, Result<(Value, HeaderMap), ProviderError<'a>>> {
        let Self { provider, token, context } = *self;
        // Paths are made of ids that others chose: the token leaves for its provider alone.
        if !provider.0.may_be_sent_to(&request.uri().to_string()) {
            return Box::pin(std::future::ready(Err(provider.error(ProviderProblem::Malformed))));
        }
        let sent = context.send(request.header("accept", "application/json").bearer(token));
        Box::pin(async move {
            let read = match sent.await {
                Ok(response) => read(&response, provider, context.now()),
                Err(error) => Err(error.into()),
            };
            read.map_err(|problem| provider.error(problem))
        })
    }
}

/// The JSON of a good answer, or what is wrong with it: some say that in the body of an answer with status 200.
fn read(response: &Response, provider: &Provider, now: u64) -> Result<(Value, HeaderMap), ProviderProblem> {
    if !response.status().is_success() {
        return Err(provider.refusal(response, now));
    }
    let body = response.json().map_err(|_| ProviderProblem::Malformed)?;
    match refusal::in_good_answer(response, &body, now) {
        Some(problem) => Err(problem),
        None => Ok((body, response.headers().clone())),
    }
}

#[cfg(test)]
mod tests {
    use deputy_http::TransportError;
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::{TestContext, provider};

    /// The answer, or the code and the sentence of the problem.
    fn get(answer: Result<Response, TransportError>) -> (Result<Value, (&'static str, String)>, TestContext) {
        let context = TestContext::with_answers([answer]);
        let (github, token) = (provider("github"), Secret::new("provider-token"));
        let result = block_on(github.caller(Some(&token), &context).unwrap().try_get("/user/repos", &[("q", "a b&c")]));
        let result = result.map_err(|error| (error.problem.code(), error.user_message()));
        (result, context)
    }

    fn problem(response: Response) -> (&'static str, String) {
        get(Ok(response)).0.unwrap_err()
    }

    #[test]
    fn a_good_answer_is_json_and_the_request_is_encoded() {
        let (result, context) = get(Ok(deputy_http::response(200, "[1]")));
        assert_eq!(result.unwrap(), json!([1]));
        let sent = context.sent.borrow();
        assert_eq!(sent[0].uri(), "https://github.test/user/repos?q=a+b%26c");
        assert_eq!(sent[0].headers()["authorization"], "Bearer provider-token");
        assert_eq!(sent[0].headers()["x-github-api-version"], "2022-11-28");
        assert_eq!(sent[0].headers()["accept"], "application/json");
    }

    /// A path that leads to another host, whatever it was made of, takes no token there.
    #[test]
    fn a_token_leaves_for_its_provider_alone() {
        let context = TestContext::default();
        let (github, token) = (provider("github"), Secret::new("provider-token"));
        for path in ["@evil.example/", ".evil.example/x", ":1@evil.example"] {
            assert!(block_on(github.caller(Some(&token), &context).unwrap().try_get(path, &[])).is_err(), "{path}");
        }
        assert!(context.sent.borrow().is_empty());
    }

    #[test]
    fn without_a_token_nothing_is_sent() {
        let context = TestContext::default();
        let github = provider("github");
        let error = github.caller(None, &context).err();
        let message = "Authorization required to access the Token Vault".to_owned();
        assert_eq!(error, Some(ToolError::Unauthorized { connection: "github".into(), message }));
        assert!(context.sent.borrow().is_empty());
    }

    /// Issue 6, bad input: statuses.
    #[test]
    fn every_status_has_its_problem() {
        let github = |status| problem(deputy_http::response(status, r#"{"message":"Because."}"#));
        assert_eq!(github(401).0, "provider_needs_connection");
        assert_eq!(github(403), ("provider_not_allowed", "GitHub does not allow this: Because.".into()));
        assert_eq!(github(404), ("provider_not_found", "GitHub has nothing there (404).".into()));
        assert_eq!(github(422), ("provider_refused", "GitHub refused the request (422): Because.".into()));
        for status in [500, 502, 503] {
            let sentence = format!("GitHub is not available now ({status}). Please try again later.");
            assert_eq!(github(status), ("provider_down", sentence));
        }
        assert_eq!(github(504).0, "provider_slow");
        for (body, said) in [
            (r#"{"error":{"code":400,"message":"Bad\n Request"}}"#, "Bad Request"),
            (r#"[{"message":"unexpected token","errorCode":"MALFORMED_QUERY"}]"#, "unexpected token"),
        ] {
            assert_eq!(
                problem(deputy_http::response(400, body)).1,
                format!("GitHub refused the request (400): {said}")
            );
        }
        assert_eq!(problem(deputy_http::response(400, "<html>")).1, "GitHub refused the request (400).");
    }

    #[test]
    fn a_limit_says_when_to_come_back() {
        let wait = |response: Response| problem(response);
        let after = |seconds: &str| deputy_http::response(429, "{}").with_header("Retry-After", seconds);
        let sentence = |text: &str| format!("GitHub allows no more requests for now. Please try again {text}.");
        assert_eq!(wait(after("30")), ("provider_rate_limited", sentence("in 30 seconds")));
        assert_eq!(wait(after("1")).1, sentence("in 1 second"));
        // GitHub, Google and Slack ask for a minute where they say no time.
        assert_eq!(wait(after("soon")).1, sentence("in 60 seconds"));
        assert_eq!(wait(deputy_http::response(429, "{}")).1, sentence("in 60 seconds"));
        let secondary = deputy_http::response(403, "{}").with_header("x-ratelimit-remaining", "0");
        assert_eq!(wait(secondary).0, "provider_rate_limited");
        let google = deputy_http::response(403, r#"{"error":{"errors":[{"reason":"userRateLimitExceeded"}]}}"#);
        assert_eq!(wait(google).0, "provider_rate_limited");
    }

    /// Issue 6, bad input: malformed, huge, slow, unreachable.
    #[test]
    fn no_usable_answer_is_a_sentence_too() {
        for body in ["", "<html>", "{\"a\":", "\u{0}"] {
            assert_eq!(problem(deputy_http::response(200, body)).0, "provider_malformed", "{body}");
        }
        let host = || "api.example".to_owned();
        for (error, code) in [
            (TransportError::TooLarge { host: host(), limit: 1 }, "provider_too_large"),
            (TransportError::TimedOut { host: host() }, "provider_slow"),
            (TransportError::Unreachable { host: host() }, "provider_down"),
            (TransportError::Aborted, "provider_down"),
        ] {
            let (result, sent) = get(Err(error));
            let (problem, sentence) = result.unwrap_err();
            assert_eq!(problem, code);
            assert!(sentence.contains("GitHub"));
            assert_eq!(sent.sent.borrow().len(), 1, "asked once");
        }
    }

    /// Issue 5: an answer that was lost after an effect was sent is no failure.
    #[test]
    fn a_lost_answer_to_an_effect_is_unknown() {
        let create = |answer: Result<Response, TransportError>| {
            let context = TestContext::with_answers([answer]);
            let (github, token) = (provider("github"), Secret::new("provider-token"));
            let result = block_on(github.caller(Some(&token), &context).unwrap().create("/things", &json!({})));
            assert_eq!(context.sent.borrow().len(), 1, "sent once");
            result
        };
        let host = || "api.example".to_owned();
        for lost in [
            Err(TransportError::TimedOut { host: host() }),
            Err(TransportError::Unreachable { host: host() }),
            Err(TransportError::TooLarge { host: host(), limit: 1 }),
            Err(TransportError::Aborted),
            Ok(deputy_http::response(500, "")),
            Ok(deputy_http::response(504, "")),
            Ok(deputy_http::response(201, "<html>")),
            Ok(deputy_http::response(201, r#"{"id":null}"#)),
        ] {
            assert!(matches!(create(lost), Err(ToolError::OutcomeUnknown(_))));
        }
        for status in [400, 403, 404, 409, 422, 429] {
            assert!(
                matches!(create(Ok(deputy_http::response(status, "{}"))), Err(ToolError::Refused { .. })),
                "{status}"
            );
        }
        assert!(matches!(create(Ok(deputy_http::response(401, "{}"))), Err(ToolError::Unauthorized { .. })));
        assert_eq!(create(Ok(deputy_http::response(201, r#"{"id":1}"#))), Ok(json!({"id": 1})));
    }
}
