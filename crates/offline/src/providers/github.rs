//! GitHub's REST API: the user, their repositories, events and deployments. The scopes of a GitHub App's token are not checked: it has none.

mod api;
mod deployments;

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use self::api::{Event, GitHubError, ListQuery, open, owner, page};
use crate::world::World;

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
