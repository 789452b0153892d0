use deputy_agent::fields::Integer;
use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError};
use deputy_http::percent_encode;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::tools::provider::{Caller, Provider, ProviderError, ProviderProblem, shape};

const PER_PAGE: u64 = 30;
const EVENT: [(&str, &str); 4] =
    [("id", "/id"), ("type", "/type"), ("created_at", "/created_at"), ("public", "/public")];
const REPO: [(&str, &str); 2] = [("name", "/repo/name"), ("url", "/repo/url")];
const ACTOR: [(&str, &str); 2] = [("login", "/actor/login"), ("avatar_url", "/actor/avatar_url")];

/// What the user did on GitHub lately.
pub struct ListGitHubEvents(pub Provider);

/// Input.
#[derive(Default, Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "Events per page", extend("default" = PER_PAGE))]
    per_page: Option<Integer<1, 100>>,
    // GitHub keeps 300 events: no page beyond this has any.
    #[schemars(description = "The page; the newest events are on the first", extend("default" = 1))]
    page: Option<Integer<1, 300>>,
}

impl Tool for ListGitHubEvents {
    type Input = Input;
    const NAME: &'static str = "listGitHubEvents";
    const DESCRIPTION: &'static str = "List the recent events of the current user on GitHub; times are in UTC";
    const TOPICS: &'static str = "github event activity commit push";
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
        events(&input, &self.0.caller(grant.vault(self.0.connection()), context)?).await
    }
}

async fn events(input: &Input, github: &Caller<'_>) -> Result<Value, ToolError> {
    let (per_page, page) = (input.per_page.map_or(PER_PAGE, Integer::get), input.page.map_or(1, Integer::get));
    let query = [("per_page", &*per_page.to_string()), ("page", &*page.to_string())];
    // https://docs.github.com/en/rest/activity/events#list-events-for-the-authenticated-user
    let user = github.try_get("/user", &[]).await.map_err(|error| forbidden(error, github))?;
    let login = user.get("login").and_then(Value::as_str).ok_or_else(|| github.error(ProviderProblem::Malformed))?;
    let path = format!("/users/{}/events", percent_encode(login));
    let (answer, more) = github.try_page(&path, &query).await.map_err(|error| forbidden(error, github))?;
    let events = shape::each(&answer, "", github, event)?;
    let mut listed = json!({"total_events": events.len(), "events": events, "page": page, "per_page": per_page});
    if let (true, Some(members)) = (more, listed.as_object_mut()) {
        members.insert("next_page".to_owned(), page.saturating_add(1).into());
    }
    Ok(listed)
}

/// GitHub says 403 without a word where the app was taken out of the account: that is mended by connecting again. Where it gives
/// a reason (organizations with SAML, permissions that are missing), connecting mends nothing.
fn forbidden<'a>(error: ProviderError<'a>, github: &Caller<'a>) -> ProviderError<'a> {
    match &error.problem {
        ProviderProblem::NotAllowed { said, link: None } if said.is_empty() => {
            github.error(ProviderProblem::NeedsConnection)
        }
        _ => error,
    }
}

fn event(event: &Value) -> Value {
    let mut shown = shape::pick(event, &EVENT);
    if let Some(members) = shown.as_object_mut() {
        members.insert("repo".to_owned(), shape::pick(event, &REPO));
        members.insert("actor".to_owned(), shape::pick(event, &ACTOR));
        members.insert("payload_summary".to_owned(), Value::from(summary(event)));
    }
    shown
}

/// What happened, in a few words.
fn summary(event: &Value) -> String {
    let at = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let kind = at("/type");
    let action = at("/payload/action");
    let titled = |what: &str| format!("{action} {what} {}", at(&format!("/payload/{}/title", what.replace(' ', "_"))));
    let summary = match kind {
        "PushEvent" => {
            let branch = at("/payload/ref");
            let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
            // GitHub has left the commits out since the end of 2025.
            match event.pointer("/payload/commits").and_then(Value::as_array) {
                Some(commits) => format!("pushed {} commits to {branch}", commits.len()),
                None => format!("pushed to {branch}"),
            }
        }
        "IssuesEvent" | "IssueCommentEvent" => titled("issue"),
        "PullRequestEvent" | "PullRequestReviewEvent" => titled("pull request"),
        "CreateEvent" => format!("created {} {}", at("/payload/ref_type"), at("/payload/ref")),
        "DeleteEvent" => format!("deleted {} {}", at("/payload/ref_type"), at("/payload/ref")),
        "WatchEvent" => "starred".to_owned(),
        "ForkEvent" => format!("forked to {}", at("/payload/forkee/full_name")),
        "ReleaseEvent" => format!("{action} release {}", at("/payload/release/name")),
        _ => format!("{} {action}", kind.strip_suffix("Event").unwrap_or(kind)),
    };
    shape::clip(summary.trim(), 200)
}

#[cfg(test)]
mod tests {
    use deputy_error::Explained;
    use deputy_http::{ReadResponse, Secret};
    use futures::executor::block_on;

    use super::*;
    use crate::tools::testing::{TestContext, input, provider};

    fn ask(input: &Input, answers: &[(u16, &str)]) -> (Result<Value, ToolError>, Vec<String>) {
        let answers = answers.iter().map(|(status, body)| Ok(deputy_http::response(*status, *body)));
        let context = TestContext::with_answers(answers);
        let (github, token) = (provider("github"), Secret::new("provider-token"));
        let result = block_on(events(input, &github.caller(Some(&token), &context).unwrap()));
        let urls = context.sent.borrow().iter().map(|request| request.uri().to_string()).collect();
        (result, urls)
    }

    const USER: (u16, &str) = (200, r#"{"login":"ana"}"#);

    #[test]
    fn the_events_of_the_user_in_pages() {
        let body = r#"[
            {"id":"1","type":"PushEvent","created_at":"2026-05-18T08:01:44Z","public":true,"org":{},
             "repo":{"id":1,"name":"ana/tiles","url":"https://api.github.com/repos/ana/tiles"},
             "actor":{"login":"ana","avatar_url":"https://a.example/1"},
             "payload":{"ref":"refs/heads/main","commits":[{},{}]}},
            {"id":"2"}]"#;
        let (result, urls) = ask(&Input::default(), &[USER, (200, body)]);
        let expected = json!({"total_events": 2, "page": 1, "per_page": 30, "events": [
            {"id": "1", "type": "PushEvent", "created_at": "2026-05-18T08:01:44Z", "public": true,
             "repo": {"name": "ana/tiles", "url": "https://api.github.com/repos/ana/tiles"},
             "actor": {"login": "ana", "avatar_url": "https://a.example/1"}, "payload_summary": "pushed 2 commits to main"},
            {"id": "2", "repo": {}, "actor": {}, "payload_summary": ""}
        ]});
        assert_eq!(result, Ok(expected));
        assert_eq!(urls, ["https://github.test/user", "https://github.test/users/ana/events?per_page=30&page=1"]);
        let third = input::<ListGitHubEvents>(json!({"per_page": 100, "page": 3})).unwrap();
        assert!(ask(&third, &[USER, (200, "[]")]).1[1].ends_with("per_page=100&page=3"));
        let why = input::<ListGitHubEvents>(json!({"per_page": 0, "page": 301})).err().unwrap();
        assert!(why.ends_with("page: at most 300; per_page: at least 1."), "{why}");
    }

    #[test]
    fn every_kind_has_a_summary() {
        let said = |kind: &str, payload: Value| summary(&json!({"type": kind, "payload": payload}));
        let issue = json!({"action": "closed", "issue": {"title": "Empty tiles"}});
        assert_eq!(said("IssuesEvent", issue), "closed issue Empty tiles");
        let request = json!({"action": "opened", "pull_request": {"title": "Fewer allocations"}});
        assert_eq!(said("PullRequestEvent", request), "opened pull request Fewer allocations");
        assert_eq!(said("CreateEvent", json!({"ref": "rye", "ref_type": "branch"})), "created branch rye");
        assert_eq!(said("PushEvent", json!({"ref": "refs/heads/main", "head": "a1"})), "pushed to main");
        assert_eq!(said("WatchEvent", json!({"action": "started"})), "starred");
        assert_eq!(said("GollumEvent", json!({})), "Gollum");
    }

    /// Trials 37 and 38: a reason that connecting does not mend is told and asks nobody to connect.
    #[test]
    fn t37_t38_a_limit_and_a_rule_show_no_card() {
        for (body, code) in [
            (r#"{"message":"You have exceeded a secondary rate limit."}"#, "provider_rate_limited"),
            (r#"{"message":"You have triggered an abuse detection mechanism."}"#, "provider_rate_limited"),
            (r#"{"message":"Resource protected by organization SAML enforcement."}"#, "provider_not_allowed"),
            (r#"{"message":"Resource not accessible by integration"}"#, "provider_not_allowed"),
        ] {
            for answers in [&[(403, body)][..], &[USER, (403, body)]] {
                assert_eq!(ask(&Input::default(), answers).0.unwrap_err().code(), code, "{body}");
            }
        }
    }

    /// Trial 36, of its kind: that there is another page is said.
    #[test]
    fn t36_the_next_page_is_announced() {
        let link = "<https://api.github.com/user/1/events?page=3>; rel=\"next\"";
        let page = deputy_http::response(200, "[]").with_header("link", link);
        let context = TestContext::with_answers([Ok(deputy_http::response(200, USER.1)), Ok(page)]);
        let (github, token) = (provider("github"), Secret::new("provider-token"));
        let second = input::<ListGitHubEvents>(json!({"page": 2})).unwrap();
        let result = block_on(events(&second, &github.caller(Some(&token), &context).unwrap())).unwrap();
        assert_eq!(result["next_page"], 3);
    }

    /// 401 and 403 ask for authorization, in the middle as well; a limit does not.
    #[test]
    fn a_refusal_in_the_middle_asks_for_authorization() {
        for answers in [&[(401, "{}")][..], &[(403, "{}")], &[USER, (401, "{}")], &[USER, (403, "{}")]] {
            let result = ask(&Input::default(), answers).0;
            assert!(matches!(result, Err(ToolError::Unauthorized { .. })), "{answers:?}");
        }
        for answers in
            [&[(429, "{}")][..], &[(200, "{}")], &[(200, r#"{"login":1}"#)], &[USER, (500, "")], &[USER, (200, "{}")]]
        {
            assert!(matches!(ask(&Input::default(), answers).0, Err(ToolError::Refused { .. })), "{answers:?}");
        }
    }
}
