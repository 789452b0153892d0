use deputy_agent::{Api, Authority, Host, ToolError};
use deputy_http::{Request, Response, Secret, append_query, retry_after};
use futures::future::LocalBoxFuture;
use serde::Serialize;
use serde_json::Value;

use super::provider_error::{ProviderError, ProviderProblem};
use crate::config::Providers;

/// A provider whose API tools call with the user's token: how it is called in sentences, where it is, which connection its
/// tokens come from.
#[derive(Debug, Clone)]
pub struct Provider {
    /// For sentences.
    pub name: &'static str,
    /// Auth0 connection name.
    pub connection: String,
    api: Api,
    /// What the card says when the provider refuses the token; the documents have several wordings.
    pub unauthorized: &'static str,
    /// What its documents send along with a `GET`.
    header: Option<(&'static str, &'static str)>,
}

impl Provider {
    /// Google; the connection is the setting `GOOGLE_CONNECTION_NAME`.
    pub fn google(settings: &Providers) -> Self {
        Self {
            name: "Google",
            connection: settings.google_connection.clone(),
            api: Api::Google,
            unauthorized: "Authorization required to access the Token Vault connection",
            header: None,
        }
    }

    /// GitHub.
    pub fn github() -> Self {
        Self {
            name: "GitHub",
            connection: "github".to_owned(),
            api: Api::GitHub,
            unauthorized: "Authorization required to access the Token Vault",
            header: Some(("x-github-api-version", "2022-11-28")),
        }
    }

    /// Slack.
    pub fn slack() -> Self {
        Self {
            name: "Slack",
            connection: "sign-in-with-slack".to_owned(),
            api: Api::Slack,
            unauthorized: "Authorization required to access the Token Vault",
            header: None,
        }
    }

    /// Salesforce; the connection is the setting `SALESFORCE_CONNECTION`.
    pub fn salesforce(settings: &Providers) -> Self {
        Self {
            name: "Salesforce",
            connection: settings.salesforce_connection.clone(),
            api: Api::Salesforce,
            unauthorized: "Authorization required to access the Token Vault connection",
            header: Some(("content-type", "application/json")),
        }
    }

    /// The authority to call it with these scopes.
    pub fn authority(&self, scopes: &[&str]) -> Vec<Authority> {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        vec![Authority::Vault { connection: self.connection.clone(), scopes }]
    }

    /// Calls it with the token of a grant.
    ///
    /// Errors: the grant has no token for the connection.
    pub fn caller<'a>(&'a self, token: Option<&'a Secret>, host: &'a dyn Host) -> Result<Caller<'a>, ToolError> {
        match token {
            Some(token) => Ok(Caller { provider: self, token, host }),
            None => Err(self.error(ProviderProblem::NeedsConnection).into()),
        }
    }

    /// A problem of this provider.
    pub fn error(&self, problem: ProviderProblem) -> ProviderError<'_> {
        ProviderError { problem, provider: self }
    }
}

/// A provider, the user's token for it, and the host that sends. Nothing is ever tried twice here: whether and when is the
/// user's and the model's decision.
pub struct Caller<'a> {
    provider: &'a Provider,
    token: &'a Secret,
    host: &'a dyn Host,
}

/// What comes of a call; behind a pointer, because every tool waits for one.
pub type Answer<'a, Error = ToolError> = LocalBoxFuture<'a, Result<Value, Error>>;

impl<'a> Caller<'a> {
    /// `GET path?query`, the answer as JSON. The path begins with a slash.
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Answer<'a> {
        let answer = self.try_get(path, query);
        Box::pin(async move { Ok(answer.await?) })
    }

    /// The same for a tool that knows what to do about a problem.
    pub fn try_get(&self, path: &str, query: &[(&str, &str)]) -> Answer<'a, ProviderError<'a>> {
        let mut request = Request::get(append_query(&self.url(path), query.iter().copied()));
        if let Some((name, value)) = self.provider.header {
            request = request.header(name, value);
        }
        self.send(request)
    }

    /// `POST path` that makes something, whose answer says its `id`.
    ///
    /// Errors: the provider's; that nobody knows whether it was made, when the answer was lost or says nothing of it.
    pub fn create(&self, path: &str, body: &impl Serialize) -> Answer<'a> {
        let (name, answer) = (self.provider.name, self.post(path, body));
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
    pub fn post(&self, path: &str, body: &impl Serialize) -> Answer<'a, ProviderError<'a>> {
        self.send(Request::post(self.url(path)).json(body))
    }

    /// A problem of this provider.
    pub fn error(&self, problem: ProviderProblem) -> ProviderError<'a> {
        self.provider.error(problem)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.host.base_url(self.provider.api).unwrap_or_default())
    }

    fn send(&self, request: Request) -> Answer<'a, ProviderError<'a>> {
        let Self { provider, token, host } = *self;
        let sent = host.send(request.header("accept", "application/json").bearer(token.clone()));
        Box::pin(async move {
            let read = match sent.await {
                Ok(response) => read(&response, host.now()),
                Err(error) => Err(error.into()),
            };
            read.map_err(|problem| provider.error(problem))
        })
    }
}

/// The JSON of a good answer, or what is wrong with it.
fn read(response: &Response, now: u64) -> Result<Value, ProviderProblem> {
    if response.is_success() {
        response.json().map_err(|_| ProviderProblem::Malformed)
    } else {
        Err(refusal(response, now))
    }
}

/// What is wrong, by an answer that is not good.
pub fn refusal(response: &Response, now: u64) -> ProviderProblem {
    let said = said(response);
    // GitHub's and Google's limits come as 403 as well.
    let limited = response.status == 429
        || response.status == 403
            && (response.header("retry-after").is_some()
                || response.header("x-ratelimit-remaining") == Some("0")
                || response.text().contains("ateLimitExceeded"));
    match response.status {
        401 => ProviderProblem::NeedsConnection,
        _ if limited => {
            let at = retry_after(response, now);
            ProviderProblem::RateLimited { seconds: at.map(|at| at.saturating_sub(now).div_ceil(1000)) }
        }
        403 => ProviderProblem::NotAllowed { said },
        404 => ProviderProblem::NotFound,
        408 | 504 => ProviderProblem::Slow,
        status @ 500.. => ProviderProblem::Down { status },
        status => ProviderProblem::Refused { status, said },
    }
}

/// The sentence in a provider's error: Google's, GitHub's, Salesforce's place for it.
fn said(response: &Response) -> String {
    let body: Value = response.json().unwrap_or_default();
    let sentence = ["/error/message", "/message", "/0/message"].iter().find_map(|at| body.pointer(at)?.as_str());
    sentence.unwrap_or_default().chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests {
    use deputy_http::TransportError;
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::tools::testing::TestHost;

    /// The answer, or the code and the sentence of the problem.
    fn get(answer: Result<Response, TransportError>) -> (Result<Value, (&'static str, String)>, TestHost) {
        let host = TestHost::with_answers([answer]);
        let (github, token) = (Provider::github(), Secret::new("provider-token"));
        let result = block_on(github.caller(Some(&token), &host).unwrap().try_get("/user/repos", &[("q", "a b&c")]));
        let result = result.map_err(|error| (error.problem.code(), error.user_message()));
        (result, host)
    }

    fn problem(response: Response) -> (&'static str, String) {
        get(Ok(response)).0.unwrap_err()
    }

    #[test]
    fn a_good_answer_is_json_and_the_request_is_encoded() {
        let (result, host) = get(Ok(Response::new(200, "[1]")));
        assert_eq!(result.unwrap(), json!([1]));
        let sent = host.sent.borrow();
        assert_eq!(sent[0].url, "https://github.test/user/repos?q=a+b%26c");
        assert_eq!(sent[0].bearer.as_ref().unwrap().expose(), "provider-token");
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = [header("x-github-api-version", "2022-11-28"), header("accept", "application/json")];
        assert_eq!(sent[0].headers, expected);
    }

    #[test]
    fn without_a_token_nothing_is_sent() {
        let host = TestHost::default();
        let github = Provider::github();
        let error = github.caller(None, &host).err();
        let message = "Authorization required to access the Token Vault".to_owned();
        assert_eq!(error, Some(ToolError::Unauthorized { connection: "github".into(), message }));
        assert!(host.sent.borrow().is_empty());
    }

    /// Issue 6, bad input: statuses.
    #[test]
    fn every_status_has_its_problem() {
        let github = |status| problem(Response::new(status, r#"{"message":"Because."}"#));
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
            assert_eq!(problem(Response::new(400, body)).1, format!("GitHub refused the request (400): {said}"));
        }
        assert_eq!(problem(Response::new(400, "<html>")).1, "GitHub refused the request (400).");
    }

    #[test]
    fn a_limit_says_when_to_come_back() {
        let wait = |response: Response| problem(response);
        let after = |seconds: &str| Response::new(429, "{}").with_header("Retry-After", seconds);
        let sentence = |text: &str| format!("GitHub allows no more requests for now. Please try again {text}.");
        assert_eq!(wait(after("30")), ("provider_rate_limited", sentence("in 30 seconds")));
        assert_eq!(wait(after("1")).1, sentence("in 1 second"));
        assert_eq!(wait(after("soon")).1, sentence("later"));
        assert_eq!(wait(Response::new(429, "{}")).1, sentence("later"));
        let secondary = Response::new(403, "{}").with_header("x-ratelimit-remaining", "0");
        assert_eq!(wait(secondary).0, "provider_rate_limited");
        let google = Response::new(403, r#"{"error":{"errors":[{"reason":"userRateLimitExceeded"}]}}"#);
        assert_eq!(wait(google).0, "provider_rate_limited");
    }

    /// Issue 6, bad input: malformed, huge, slow, unreachable.
    #[test]
    fn no_usable_answer_is_a_sentence_too() {
        for body in ["", "<html>", "{\"a\":", "\u{0}"] {
            assert_eq!(problem(Response::new(200, body)).0, "provider_malformed", "{body}");
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
            let host = TestHost::with_answers([answer]);
            let (github, token) = (Provider::github(), Secret::new("provider-token"));
            let result = block_on(github.caller(Some(&token), &host).unwrap().create("/things", &json!({})));
            assert_eq!(host.sent.borrow().len(), 1, "sent once");
            result
        };
        let host = || "api.example".to_owned();
        for lost in [
            Err(TransportError::TimedOut { host: host() }),
            Err(TransportError::Unreachable { host: host() }),
            Err(TransportError::TooLarge { host: host(), limit: 1 }),
            Err(TransportError::Aborted),
            Ok(Response::new(500, "")),
            Ok(Response::new(504, "")),
            Ok(Response::new(201, "<html>")),
            Ok(Response::new(201, r#"{"id":null}"#)),
        ] {
            assert!(matches!(create(lost), Err(ToolError::OutcomeUnknown(_))));
        }
        for status in [400, 403, 404, 409, 422, 429] {
            assert!(matches!(create(Ok(Response::new(status, "{}"))), Err(ToolError::Answer(_))), "{status}");
        }
        assert!(matches!(create(Ok(Response::new(401, "{}"))), Err(ToolError::Unauthorized { .. })));
        assert_eq!(create(Ok(Response::new(201, r#"{"id":1}"#))), Ok(json!({"id": 1})));
    }
}
