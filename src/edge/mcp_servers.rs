use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use worker::Response;

use super::identity;
use super::reply;
use super::visit::Visit;
use crate::account::mcp_servers::{
    AddMcpServer, ChangeMcpServer, GetMcpServer, ListMcpServers, RemoveMcpServer, ServerView, ToolView,
};
use crate::objects::Refusal;
use crate::tools::mcp::Policy;

/// `GET /api/mcp-servers`
pub async fn list(visit: &mut Visit) -> Result<Response, Refusal> {
    let holder = identity::holder(visit).await?;
    let servers = holder.ask(visit, &ListMcpServers {}).await?;
    reply::json(&servers.into_iter().map(ServerJson::from).collect::<Vec<_>>())
}

/// `POST /api/mcp-servers {url, name?}`: the server, with what it offers or what it wants.
pub async fn add(visit: &mut Visit) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let Wish { url, name } = visit.json().await?;
    let server = caller.ask(visit, &AddMcpServer { url, name }).await?;
    reply::json(&ServerJson::from(server))
}

/// `GET /api/mcp-servers/:id`, with `?look=1` asked anew what it offers.
pub async fn read(visit: &mut Visit, id: &str) -> Result<Response, Refusal> {
    let holder = identity::holder(visit).await?;
    let look = visit.query().get("look") == Some("1");
    let server = holder.ask(visit, &GetMcpServer { id: id.to_owned(), look }).await?;
    reply::json(&ServerJson::from(server))
}

/// `PATCH /api/mcp-servers/:id {name?, paused?, policies?, accept?}`
pub async fn change(visit: &mut Visit, id: &str) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let Change { name, paused, policies, accept } = visit.json().await?;
    let server = caller.ask(visit, &ChangeMcpServer { id: id.to_owned(), name, paused, policies, accept }).await?;
    reply::json(&ServerJson::from(server))
}

/// `DELETE /api/mcp-servers/:id`
pub async fn remove(visit: &mut Visit, id: &str) -> Result<Response, Refusal> {
    let holder = identity::holder(visit).await?;
    holder.ask(visit, &RemoveMcpServer { id: id.to_owned() }).await?;
    reply::no_content()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    url: String,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    paused: Option<bool>,
    #[serde(default)]
    policies: BTreeMap<String, Policy>,
    #[serde(default)]
    accept: BTreeMap<String, Option<String>>,
}

/// A server (docs/api.md).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServerJson {
    id: String,
    name: String,
    url: String,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    paused: bool,
    logged_in: bool,
    created_at: u64,
    tools: Vec<ToolJson>,
}

/// A tool of a server. `before` is there when it is not what the user looked at.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolJson {
    name: String,
    title: String,
    description: String,
    input_schema: Value,
    annotations: Value,
    policy: Policy,
    asks: bool,
    reads: bool,
    pin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unusable: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<BeforeJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BeforeJson {
    title: String,
    description: String,
    input_schema: Value,
    annotations: Value,
}

impl From<ServerView> for ServerJson {
    fn from(server: ServerView) -> Self {
        Self {
            id: server.id,
            name: server.name,
            url: server.url,
            state: server.state,
            problem: (!server.said.is_empty()).then_some(server.said),
            paused: server.paused,
            logged_in: server.logged_in,
            created_at: server.created_at,
            tools: server.tools.into_iter().map(ToolJson::from).collect(),
        }
    }
}

impl From<ToolView> for ToolJson {
    fn from(tool: ToolView) -> Self {
        let (change, before) = match tool.difference {
            Some(difference) => (Some(serde_json::json!(difference.change)), difference.before),
            None => (None, None),
        };
        let before = before.map(|before| BeforeJson {
            title: before.title,
            description: before.description,
            input_schema: before.input_schema,
            annotations: before.annotations,
        });
        Self {
            name: tool.name,
            title: tool.shown.title,
            description: tool.shown.description,
            input_schema: tool.shown.input_schema,
            annotations: tool.shown.annotations,
            policy: tool.policy,
            asks: tool.asks,
            reads: tool.reads,
            pin: tool.pin,
            unusable: tool.unusable,
            change,
            before,
        }
    }
}
