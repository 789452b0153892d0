//! Deployments: made in the user's own repositories, listed newest first. Every repository has the refs of [`REFS`].

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::api::{GitHubError, ListQuery, login_of, open, owner, page};
use crate::providers::bearer;
use crate::world::World;

const KIND: &str = "github.deployment";
/// Branch, tag; and the commit that both are.
const REFS: [&str; 3] = ["main", "v1.0.0", "5d1c0e7f2a4b6c8d9e0f1a2b3c4d5e6f7a8b9c0d"];
const SHA: &str = "5d1c0e7f2a4b6c8d9e0f1a2b3c4d5e6f7a8b9c0d";

/// `/github/repos/{owner}/{repository}/deployments`.
pub fn router() -> Router<Arc<World>> {
    Router::new().route("/github/repos/{owner}/{repository}/deployments", post(create).get(list))
}

/// `POST`: 201 with the deployment.
async fn create(
    State(world): State<Arc<World>>,
    Path((wanted, repository)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, GitHubError> {
    let path = repository_path(&world, &headers, &wanted, &repository)?;
    let body: Map<String, Value> = serde_json::from_slice(&body).map_err(|_| GitHubError::Unreadable)?;
    let git_ref = text(&body, "ref")?.ok_or(GitHubError::Invalid("ref"))?;
    let environment = text(&body, "environment")?.unwrap_or("production");
    let task = text(&body, "task")?.unwrap_or("deploy");
    let description = text(&body, "description")?;
    if body.get("auto_merge").is_some_and(|merge| !merge.is_boolean()) {
        return Err(GitHubError::Invalid("auto_merge"));
    }
    let payload = body.get("payload").cloned().unwrap_or_else(|| json!({}));
    if !payload.is_object() && !payload.is_string() {
        return Err(GitHubError::Invalid("payload"));
    }
    if !REFS.contains(&git_ref) {
        return Err(GitHubError::NoRef(git_ref.to_owned()));
    }
    let grant = bearer::grant(&world, &headers, "github").map_err(GitHubError::Token)?;
    let id = made(&world, &path).len().saturating_add(1);
    let url = format!("https://api.github.com/repos/{path}/deployments/{id}");
    let now = Timestamp::from_millisecond(i64::try_from(world.now_ms()).unwrap_or_default()).unwrap_or_default();
    let created_at = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let deployment = json!({
        "id": id, "url": url, "sha": SHA, "ref": git_ref, "task": task, "payload": payload, "environment": environment,
        "original_environment": environment, "description": description, "creator": owner(&login_of(&grant.account)),
        "created_at": created_at, "updated_at": created_at, "statuses_url": format!("{url}/statuses"),
        "repository_url": format!("https://api.github.com/repos/{path}"),
    });
    world.record_effect(KIND, &grant.user_id, &grant.account, None, deployment.clone());
    Ok((StatusCode::CREATED, Json(deployment)).into_response())
}

#[derive(Debug, Deserialize)]
struct Filter {
    #[serde(rename = "ref")]
    git_ref: Option<String>,
    environment: Option<String>,
    sha: Option<String>,
    task: Option<String>,
    per_page: Option<String>,
    page: Option<String>,
}

/// `GET`: the repository's deployments that fit.
async fn list(
    State(world): State<Arc<World>>,
    Path((wanted, repository)): Path<(String, String)>,
    Query(filter): Query<Filter>,
    headers: HeaderMap,
) -> Result<Response, GitHubError> {
    let path = repository_path(&world, &headers, &wanted, &repository)?;
    let fits = |deployment: &Value| {
        let members = [
            ("ref", &filter.git_ref),
            ("environment", &filter.environment),
            ("sha", &filter.sha),
            ("task", &filter.task),
        ];
        members
            .iter()
            .all(|(name, value)| value.as_ref().is_none_or(|value| deployment.get(*name) == Some(&json!(value))))
    };
    let mut items: Vec<Value> = made(&world, &path).into_iter().filter(fits).collect();
    items.reverse();
    let query = ListQuery { visibility: None, per_page: filter.per_page, page: filter.page };
    Ok(page(&items, &query, &headers, &format!("/github/repos/{path}/deployments")))
}

/// `owner/name` of a repository that the token's account has; every other is not found, as at GitHub.
fn repository_path(world: &World, headers: &HeaderMap, wanted: &str, repository: &str) -> Result<String, GitHubError> {
    let (login, account) = open(world, headers)?;
    let names = account.repositories.iter().filter_map(|one| one.get("name").and_then(Value::as_str));
    let found = names.into_iter().find(|name| name.eq_ignore_ascii_case(repository));
    match found {
        Some(name) if login.eq_ignore_ascii_case(wanted) => Ok(format!("{login}/{name}")),
        _ => Err(GitHubError::NotFound),
    }
}

/// Deployments of a repository, oldest first.
fn made(world: &World, path: &str) -> Vec<Value> {
    let of = json!(format!("https://api.github.com/repos/{path}"));
    let effects = world.effects().into_iter().filter(|effect| effect.kind == KIND);
    effects.map(|effect| effect.resource).filter(|one| one.get("repository_url") == Some(&of)).collect()
}

fn text<'b>(body: &'b Map<String, Value>, name: &'static str) -> Result<Option<&'b str>, GitHubError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(GitHubError::Invalid(name)),
    }
}
