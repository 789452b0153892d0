//! What every call of GitHub's API has in common: whose account it is, lists in pages, refusals.

use std::sync::LazyLock;

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::providers::bearer::{self, Refusal};
use crate::providers::registry::{self, ByAccount};
use crate::world::World;

static ACCOUNTS: LazyLock<ByAccount<Account>> =
    LazyLock::new(|| registry::parse(include_str!("../../../data/github.json")));

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub(super) profile: Map<String, Value>,
    pub(super) repositories: Vec<Map<String, Value>>,
    pub(super) events: Vec<Event>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) repository: String,
    pub(super) created_at: String,
    pub(super) payload: Value,
}

/// How GitHub refuses a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GitHubError {
    Token(Refusal),
    NoUserAgent,
    NotFound,
    Invalid(&'static str),
    NoRef(String),
    Unreadable,
}

#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    pub(super) visibility: Option<String>,
    pub(super) per_page: Option<String>,
    pub(super) page: Option<String>,
}

pub(super) fn open(world: &World, headers: &HeaderMap) -> Result<(String, &'static Account), GitHubError> {
    if headers.get(header::USER_AGENT).is_none_or(HeaderValue::is_empty) {
        return Err(GitHubError::NoUserAgent);
    }
    let grant = bearer::grant(world, headers, "github").map_err(GitHubError::Token)?;
    let account = registry::of_account(&ACCOUNTS, &grant.account).ok_or(GitHubError::NotFound)?;
    Ok((login_of(&grant.account), account))
}

/// An account named by an e-mail address is a user without seeded data; a login has no @.
pub(super) fn login_of(account: &str) -> String {
    account.split('@').next().unwrap_or_default().replace('.', "-")
}

pub(super) fn owner(login: &str) -> Map<String, Value> {
    let members = [
        ("login", login.to_owned()),
        ("type", "User".to_owned()),
        ("url", format!("https://api.github.com/users/{login}")),
        ("html_url", format!("https://github.com/{login}")),
        ("avatar_url", format!("https://avatars.example/{login}")),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

/// One page of a list, with the `Link` header to the next. Sizes beyond 100 count as 100, unreadable ones as the default 30.
pub(super) fn page(items: &[Value], query: &ListQuery, headers: &HeaderMap, path: &str) -> Response {
    let number = |text: &Option<String>, default: usize| {
        text.as_deref().and_then(|text| text.parse().ok()).unwrap_or(default).max(1)
    };
    let (size, page) = (number(&query.per_page, 30).min(100), number(&query.page, 1));
    let start = page.saturating_sub(1).saturating_mul(size);
    let shown = items.iter().skip(start).take(size).collect::<Vec<_>>();
    let mut response = Json(&shown).into_response();
    let more = items.len() > start.saturating_add(size);
    // Absolute, as GitHub's are: its own client follows them as they stand.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let visibility =
        query.visibility.as_ref().map(|visibility| format!("visibility={visibility}&")).unwrap_or_default();
    let next = format!("http://{host}{path}?{visibility}per_page={size}&page={}", page.saturating_add(1));
    let link = format!("<{next}>; rel=\"next\"");
    if let (true, Ok(link)) = (more, HeaderValue::try_from(link)) {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

impl IntoResponse for GitHubError {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            // GitHub answers this one in plain text.
            Self::NoUserAgent => {
                let text = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header \
                            (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).\n";
                return (StatusCode::FORBIDDEN, text).into_response();
            }
            Self::Token(Refusal::Missing) => (StatusCode::UNAUTHORIZED, "Requires authentication".to_owned()),
            Self::Token(Refusal::Scope { .. }) => {
                (StatusCode::FORBIDDEN, "Resource not accessible by integration".to_owned())
            }
            Self::Token(_) => (StatusCode::UNAUTHORIZED, "Bad credentials".to_owned()),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found".to_owned()),
            Self::NoRef(name) => (StatusCode::UNPROCESSABLE_ENTITY, format!("No ref found for: {name}")),
            Self::Unreadable => (StatusCode::BAD_REQUEST, "Problems parsing JSON".to_owned()),
            Self::Invalid(name) => (StatusCode::UNPROCESSABLE_ENTITY, format!("Invalid value for {name}")),
        };
        let documentation = "https://docs.github.com/rest";
        let body = json!({"message": message, "documentation_url": documentation, "status": status.as_str()});
        (status, Json(body)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeded_accounts_parse() {
        let accounts: ByAccount<Account> = serde_json::from_str(include_str!("../../../data/github.json")).unwrap();
        assert!(accounts["ana-ferreira"].repositories.len() >= 3);
    }
}
