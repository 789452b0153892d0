//! GitHub's REST API: the user, their repositories, events and deployments. The scopes of a GitHub App's token are not checked: it has none.

mod deployments;

use std::sync::{Arc, LazyLock};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::bearer::{self, Refusal};
use super::registry::{self, ByAccount};
use crate::world::World;

static ACCOUNTS: LazyLock<ByAccount<Account>> =
    LazyLock::new(|| registry::parse(include_str!("../../data/github.json")));

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    profile: Map<String, Value>,
    repositories: Vec<Map<String, Value>>,
    events: Vec<Event>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    repository: String,
    created_at: String,
    payload: Value,
}

/// How GitHub refuses a call.
#[derive(Debug, Clone, PartialEq, Eq)]
enum GitHubError {
    Token(Refusal),
    NoUserAgent,
    NotFound,
    Invalid(&'static str),
    NoRef(String),
    Unreadable,
}

/// The routes below `/github`.
pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/github/user", get(user))
        .route("/github/user/repos", get(repositories))
        .route("/github/users/{login}/events", get(events))
        .merge(deployments::router())
}

async fn user(State(world): State<Arc<World>>, headers: HeaderMap) -> Result<Json<Value>, GitHubError> {
    let (login, account) = open(&world, &headers)?;
    let mut profile = account.profile.clone();
    profile.extend(owner(&login));
    Ok(Json(Value::Object(profile)))
}

#[derive(Debug, Deserialize)]
struct ListQuery {
    visibility: Option<String>,
    per_page: Option<String>,
    page: Option<String>,
}

async fn repositories(
    State(world): State<Arc<World>>,
    Query(query): Query<ListQuery>,
    headers: HeaderMap,
) -> Result<Response, GitHubError> {
    let (login, account) = open(&world, &headers)?;
    let private = match query.visibility.as_deref() {
        None | Some("all") => None,
        Some("public") => Some(false),
        Some("private") => Some(true),
        Some(_) => return Err(GitHubError::Invalid("visibility")),
    };
    let wanted = |repository: &&Map<String, Value>| {
        private.is_none_or(|private| repository.get("private") == Some(&private.into()))
    };
    let items =
        account.repositories.iter().filter(wanted).map(|repository| describe(repository, &login)).collect::<Vec<_>>();
    Ok(page(&items, &query, &headers, "/github/user/repos"))
}

async fn events(
    State(world): State<Arc<World>>,
    Path(wanted): Path<String>,
    Query(query): Query<ListQuery>,
    headers: HeaderMap,
) -> Result<Response, GitHubError> {
    let (login, account) = open(&world, &headers)?;
    if !login.eq_ignore_ascii_case(&wanted) {
        return Err(GitHubError::NotFound);
    }
    let actor =
        json!({"login": login, "display_login": login, "avatar_url": format!("https://avatars.example/{login}")});
    let item = |event: &Event| {
        let name = format!("{login}/{}", event.repository);
        let repo = json!({"name": name, "url": format!("https://api.github.com/repos/{name}")});
        json!({
            "id": event.id, "type": event.kind, "actor": actor, "repo": repo, "payload": event.payload, "public": true,
            "created_at": event.created_at,
        })
    };
    let items = account.events.iter().map(item).collect::<Vec<_>>();
    Ok(page(&items, &query, &headers, &format!("/github/users/{login}/events")))
}

fn open(world: &World, headers: &HeaderMap) -> Result<(String, &'static Account), GitHubError> {
    if headers.get(header::USER_AGENT).is_none_or(HeaderValue::is_empty) {
        return Err(GitHubError::NoUserAgent);
    }
    let grant = bearer::grant(world, headers, "github").map_err(GitHubError::Token)?;
    let account = registry::of_account(&ACCOUNTS, &grant.account).ok_or(GitHubError::NotFound)?;
    Ok((login_of(&grant.account), account))
}

/// An account named by an e-mail address is a user without seeded data; a login has no @.
fn login_of(account: &str) -> String {
    account.split('@').next().unwrap_or_default().replace('.', "-")
}

fn owner(login: &str) -> Map<String, Value> {
    let members = [
        ("login", login.to_owned()),
        ("type", "User".to_owned()),
        ("url", format!("https://api.github.com/users/{login}")),
        ("html_url", format!("https://github.com/{login}")),
        ("avatar_url", format!("https://avatars.example/{login}")),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

fn describe(repository: &Map<String, Value>, login: &str) -> Value {
    let mut described = repository.clone();
    let name = repository.get("name").and_then(Value::as_str).unwrap_or_default();
    let private = repository.get("private") == Some(&Value::Bool(true));
    let members = [
        ("full_name", Value::from(format!("{login}/{name}"))),
        ("html_url", Value::from(format!("https://github.com/{login}/{name}"))),
        ("url", Value::from(format!("https://api.github.com/repos/{login}/{name}"))),
        ("owner", Value::Object(owner(login))),
        ("visibility", Value::from(if private { "private" } else { "public" })),
        ("default_branch", Value::from("main")),
        ("fork", Value::Bool(false)),
        ("archived", Value::Bool(false)),
    ];
    described.extend(members.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(described)
}

/// One page of a list, with the `Link` header to the next. Sizes beyond 100 count as 100, unreadable ones as the default 30.
fn page(items: &[Value], query: &ListQuery, headers: &HeaderMap, path: &str) -> Response {
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
        let accounts: ByAccount<Account> = serde_json::from_str(include_str!("../../data/github.json")).unwrap();
        assert!(accounts["ana-ferreira"].repositories.len() >= 3);
    }
}
