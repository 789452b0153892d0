//! Google Tasks API v1: the default list.

use std::sync::{Arc, LazyLock};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::GoogleError;
use super::paging::{page, with_next};
use crate::providers::bearer;
use crate::providers::registry::{self, ByAccount};
use crate::world::{ProviderGrant, World, random_hex};

const READ: [&str; 2] = ["https://www.googleapis.com/auth/tasks", "https://www.googleapis.com/auth/tasks.readonly"];
const WRITE: [&str; 1] = ["https://www.googleapis.com/auth/tasks"];
const LIST: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODk6MDow";
const LONGEST_TITLE: usize = 1024;

static LISTS: LazyLock<ByAccount<Vec<SeededTask>>> =
    LazyLock::new(|| registry::parse(include_str!("../../../data/tasks.json")));

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeededTask {
    id: String,
    title: String,
    notes: Option<String>,
    /// Days from today.
    day: Option<i32>,
    #[serde(default)]
    completed: bool,
}

/// The parameters of a list; others are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListQuery {
    max_results: Option<String>,
    page_token: Option<String>,
    show_completed: Option<String>,
    show_hidden: Option<String>,
}

#[derive(Debug, Deserialize)]
struct NewTask {
    title: Option<String>,
    notes: Option<String>,
    due: Option<String>,
}

/// `GET /tasks/v1/lists/{list}/tasks`: the seeded tasks and those made since the last reset.
pub async fn list(
    State(world): State<Arc<World>>,
    Path(list): Path<String>,
    Query(query): Query<ListQuery>,
    headers: HeaderMap,
) -> Result<Json<Value>, GoogleError> {
    let grant = open(&world, &headers, &list, &READ)?;
    let most = match query.max_results.as_deref() {
        None => 20,
        Some(text) => match text.parse::<usize>() {
            Ok(most @ 1..=100) => most,
            _ => return Err(GoogleError::invalid("maxResults", text)),
        },
    };
    let flag = |value: &Option<String>, fallback: bool| value.as_deref().map_or(fallback, |value| value == "true");
    // A task completed in Google's own clients is hidden as well.
    let completed = flag(&query.show_completed, true) && flag(&query.show_hidden, false);
    let seeded = registry::of_account(&LISTS, &grant.account).cloned().unwrap_or_default();
    let now = world.now_ms();
    let made = world.effects().into_iter().filter(|made| made.kind == "tasks.task" && made.account == grant.account);
    let items: Vec<Value> = seeded
        .iter()
        .filter(|task| !task.completed || completed)
        .enumerate()
        .map(|(at, task)| seeded_resource(task, at, now))
        .chain(made.map(|made| made.resource))
        .collect();
    let (items, next) = page(items, query.page_token.as_deref(), most)?;
    Ok(Json(with_next(json!({"kind": "tasks#tasks", "etag": "\"offline\"", "items": items}), next)))
}

/// `POST /tasks/v1/lists/{list}/tasks`.
pub async fn create(
    State(world): State<Arc<World>>,
    Path(list): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, GoogleError> {
    let grant = open(&world, &headers, &list, &WRITE)?;
    let task: NewTask = serde_json::from_slice(&body).map_err(|_| GoogleError::Payload)?;
    let title = task.title.unwrap_or_default();
    if title.chars().count() > LONGEST_TITLE {
        return Err(GoogleError::invalid("title", "longer than 1024 characters"));
    }
    let due = task.due.as_deref().map(|due| due.parse::<Timestamp>().map_err(|_| GoogleError::invalid("due", due)));
    let due = due.transpose()?;
    let now = world.now_ms();
    let resource = resource(&random_hex(11), &title, task.notes.as_deref(), due, false, (usize::MAX, now));
    world.record_effect("tasks.task", &grant.user_id, &grant.account, None, resource.clone());
    Ok(Json(resource))
}

fn open(world: &World, headers: &HeaderMap, list: &str, scopes: &[&str]) -> Result<ProviderGrant, GoogleError> {
    let grant = bearer::grant(world, headers, "google")?;
    bearer::require(&grant, scopes)?;
    if list == "@default" || list == LIST { Ok(grant) } else { Err(GoogleError::NotFound) }
}

fn seeded_resource(task: &SeededTask, at: usize, now: u64) -> Value {
    let due = task.day.map(|days| instant(now).to_zoned(TimeZone::UTC).date().saturating_add(Span::new().days(days)));
    let due = due.and_then(|day| day.to_zoned(TimeZone::UTC).ok()).map(|at| at.timestamp());
    resource(&task.id, &task.title, task.notes.as_deref(), due, task.completed, (at, now))
}

fn resource(
    id: &str,
    title: &str,
    notes: Option<&str>,
    due: Option<Timestamp>,
    completed: bool,
    (position, now): (usize, u64),
) -> Value {
    let link = format!("https://www.googleapis.com/tasks/v1/lists/{LIST}/tasks/{id}");
    let said = |at: Timestamp, form: &str| at.strftime(form).to_string();
    let updated = said(instant(now), "%Y-%m-%dT%H:%M:%S.000Z");
    let mut task = json!({
        "kind": "tasks#task", "id": id, "etag": "\"offline\"", "title": title, "updated": updated, "selfLink": link,
        "position": format!("{position:020}"), "status": if completed { "completed" } else { "needsAction" }, "links": [],
        "webViewLink": format!("https://tasks.google.com/task/{id}"),
    });
    let optional = [
        ("notes", notes.map(Value::from)),
        // Google keeps the day and drops the hour.
        ("due", due.map(|at| Value::from(said(at, "%Y-%m-%dT00:00:00.000Z")))),
        ("completed", completed.then(|| Value::from(updated.clone()))),
        ("hidden", completed.then_some(Value::Bool(true))),
    ];
    if let Some(members) = task.as_object_mut() {
        members.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    task
}

fn instant(now: u64) -> Timestamp {
    i64::try_from(now).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or_default()
}
