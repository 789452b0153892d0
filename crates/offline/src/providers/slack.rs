//! Slack's Web API: `conversations.list`. Slack answers 200 to everything; errors are in the body.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::bearer::{self, Refusal};
use super::registry::{self, ByAccount};
use crate::world::World;

static WORKSPACES: LazyLock<ByAccount<Workspace>> =
    LazyLock::new(|| registry::parse(include_str!("../../data/slack.json")));

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Workspace {
    channels: Vec<Channel>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Channel {
    id: String,
    name: String,
    is_private: bool,
    #[serde(default)]
    is_archived: bool,
    #[serde(default)]
    is_general: bool,
    num_members: u32,
    topic: String,
    purpose: String,
}

/// The routes below `/slack`.
pub fn router() -> Router<Arc<World>> {
    Router::new().route("/slack/api/conversations.list", get(conversations).post(conversations))
}

async fn conversations(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = query.unwrap_or_default();
    let pairs = url::form_urlencoded::parse(query.as_bytes()).chain(url::form_urlencoded::parse(&body));
    let arguments = pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect::<HashMap<_, _>>();
    let answer = list(&world, &headers, &arguments).unwrap_or_else(|error| error);
    let mut response = Json(answer).into_response();
    if let Ok(grant) = bearer::grant(&world, &headers, "slack")
        && let Ok(scopes) = HeaderValue::try_from(grant.scopes.join(","))
    {
        response.headers_mut().insert("x-oauth-scopes", scopes);
    }
    response
}

/// The channels, or Slack's error object.
fn list(world: &World, headers: &HeaderMap, arguments: &HashMap<String, String>) -> Result<Value, Value> {
    let grant = bearer::grant(world, headers, "slack").map_err(|refusal| refused(&refusal))?;
    let types = arguments.get("types").map_or("public_channel", String::as_str);
    let types = types.split(',').map(str::trim).filter(|kind| !kind.is_empty()).collect::<Vec<_>>();
    for kind in &types {
        let scope = match *kind {
            "public_channel" => "channels:read",
            "private_channel" => "groups:read",
            "mpim" => "mpim:read",
            "im" => "im:read",
            _ => return Err(json!({"ok": false, "error": "invalid_types"})),
        };
        bearer::require(&grant, &[scope]).map_err(|refusal| refused(&refusal))?;
    }
    let limit = match arguments.get("limit").map(|text| text.parse::<usize>()) {
        None => 100,
        Some(Ok(limit @ 1..=1000)) => limit,
        Some(_) => return Err(json!({"ok": false, "error": "invalid_limit"})),
    };
    let start = match arguments.get("cursor").filter(|cursor| !cursor.is_empty()) {
        None => 0,
        Some(cursor) => cursor
            .strip_prefix("offline:")
            .and_then(|start| start.parse::<usize>().ok())
            .ok_or_else(|| json!({"ok": false, "error": "invalid_cursor"}))?,
    };
    let without_archived =
        arguments.get("exclude_archived").is_some_and(|value| matches!(value.as_str(), "true" | "1"));
    let shown = |channel: &&Channel| {
        let kind = if channel.is_private { "private_channel" } else { "public_channel" };
        types.contains(&kind) && !(without_archived && channel.is_archived)
    };
    let workspace = registry::of_account(&WORKSPACES, &grant.account);
    let channels =
        workspace.map(|workspace| workspace.channels.iter().filter(shown).collect::<Vec<_>>()).unwrap_or_default();
    let end = start.saturating_add(limit);
    let cursor = if end < channels.len() { format!("offline:{end}") } else { String::new() };
    let page = channels.into_iter().skip(start).take(limit).map(describe).collect::<Vec<_>>();
    Ok(json!({"ok": true, "channels": page, "response_metadata": {"next_cursor": cursor}}))
}

fn describe(channel: &Channel) -> Value {
    json!({
        "id": channel.id, "name": channel.name, "name_normalized": channel.name, "is_channel": !channel.is_private,
        "is_group": channel.is_private, "is_private": channel.is_private, "is_archived": channel.is_archived,
        "is_general": channel.is_general, "is_im": false, "is_mpim": false, "is_member": true, "num_members": channel.num_members,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
    })
}

fn refused(refusal: &Refusal) -> Value {
    match refusal {
        Refusal::Missing => json!({"ok": false, "error": "not_authed"}),
        Refusal::Unknown => json!({"ok": false, "error": "invalid_auth"}),
        Refusal::Revoked => json!({"ok": false, "error": "token_revoked"}),
        Refusal::Expired => json!({"ok": false, "error": "token_expired"}),
        Refusal::Scope { needed, provided } => {
            json!({"ok": false, "error": "missing_scope", "needed": needed.join(","), "provided": provided.join(",")})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeded_workspaces_parse() {
        let workspaces: ByAccount<Workspace> = serde_json::from_str(include_str!("../../data/slack.json")).unwrap();
        assert!(workspaces["*"].channels.iter().any(|channel| channel.is_private));
    }
}
