use std::cell::Cell;
use std::collections::BTreeSet;

use deputy_http::json::read_value;
use serde_json::{Value, json};

use crate::client::connection::Client;
use crate::client::error::ClientError;
use crate::client::host::Host;
use crate::client::lifecycle::Wanted;
use crate::client::network::Network;
use crate::client::parameter_headers::{HeaderProblem, check_annotations};
use crate::protocol::{
    CacheHint, Completion, CompletionRequest, LoggingLevel, Object, Prompt, Resource, ResourceTemplate, Tool, method,
};

/// The tools of a server.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ToolList {
    /// In the server's order, each name once.
    pub tools: Vec<Tool>,
    /// Those that cannot be used, by name, and why.
    pub left_out: Vec<(String, LeftOut)>,
    /// How long the list is good, if the server says so.
    pub cache: Option<CacheHint>,
}

/// Why a tool is not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeftOut {
    /// It is no tool by the protocol's schema.
    #[error("the definition is no tool's")]
    Malformed,
    /// Another of that name came before.
    #[error("the name is listed twice")]
    Repeated,
    /// A rule of header annotations is broken (2026-07-28).
    #[error(transparent)]
    Headers(#[from] HeaderProblem),
}

impl<N: Network, H: Host> Client<N, H> {
    /// All tools, of all pages. One that is malformed does not keep the others away.
    ///
    /// Errors: as of every call; a list without end.
    pub async fn tools(&self) -> Result<ToolList, ClientError> {
        let (items, cache) = self.pages(method::TOOLS_LIST, "tools").await?;
        let annotated = self.session().is_some_and(|session| !session.revision.has_sessions());
        let (mut list, mut names) = (ToolList { cache, ..ToolList::default() }, BTreeSet::new());
        for item in items {
            let name = item.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            match usable(&item, annotated) {
                Ok(_) if !names.insert(name.clone()) => list.left_out.push((name, LeftOut::Repeated)),
                Ok(tool) => list.tools.push(tool),
                Err(why) => list.left_out.push((name, why)),
            }
        }
        Ok(list)
    }

    /// All resources, of all pages.
    pub async fn resources(&self) -> Result<Vec<Resource>, ClientError> {
        self.all(method::RESOURCES_LIST, "resources").await
    }

    /// All templates of resources, of all pages.
    pub async fn resource_templates(&self) -> Result<Vec<ResourceTemplate>, ClientError> {
        self.all(method::TEMPLATES_LIST, "resourceTemplates").await
    }

    /// All prompts, of all pages.
    pub async fn prompts(&self) -> Result<Vec<Prompt>, ClientError> {
        self.all(method::PROMPTS_LIST, "prompts").await
    }

    /// Proposals for an argument of a prompt or of a resource template.
    pub async fn complete(&self, request: &CompletionRequest) -> Result<Completion, ClientError> {
        let params = if let Value::Object(params) = json!(request) { params } else { Object::new() };
        let result = self.plain(method::COMPLETE, params).await?;
        let completion = result.get("completion").unwrap_or(&Value::Null);
        read_value(completion).map_err(|_| ClientError::Malformed { method: method::COMPLETE.into() })
    }

    /// Asks for log messages from a level on (2025-11-25 and before).
    pub async fn set_logging_level(&self, level: LoggingLevel) -> Result<(), ClientError> {
        self.plain(method::SET_LEVEL, Object::from_iter([("level".to_owned(), json!(level))])).await.map(drop)
    }

    async fn all<T: serde::de::DeserializeOwned>(
        &self,
        name: &'static str,
        member: &str,
    ) -> Result<Vec<T>, ClientError> {
        let (items, _) = self.pages(name, member).await?;
        let read = |item: &Value| read_value(item).map_err(|_| ClientError::Malformed { method: name.into() });
        items.iter().map(read).collect()
    }

    async fn pages(&self, name: &'static str, member: &str) -> Result<(Vec<Value>, Option<CacheHint>), ClientError> {
        const MOST_ITEMS: usize = 1_000;
        const MOST_PAGES: usize = 100;
        let (mut items, mut cursor) = (Vec::new(), None::<String>);
        // Time and size are those of the list, not of each of its pages.
        let limits = self.config.limits;
        let (begun, mut left) = (self.network.now_ms(), limits.max_bytes);
        for _ in 0..MOST_PAGES {
            let params = cursor.iter().map(|cursor| ("cursor".to_owned(), json!(cursor)));
            let mut page = self.plain(name, params.collect()).await?;
            let bytes = page.to_string().len();
            left = left.checked_sub(bytes).ok_or(ClientError::TooLarge { limit: limits.max_bytes })?;
            if self.network.now_ms().saturating_sub(begun) > limits.total_ms {
                return Err(ClientError::TimedOut);
            }
            let Some(Value::Array(listed)) = page.get_mut(member).map(Value::take) else {
                return Err(ClientError::Malformed { method: name.into() });
            };
            items.extend(listed);
            if items.len() > MOST_ITEMS {
                return Err(ClientError::TooLong { limit: MOST_ITEMS });
            }
            let next = page.get("nextCursor").and_then(Value::as_str).map(str::to_owned);
            if next.is_none() || next == cursor {
                return Ok((items, read_value(&page).ok()));
            }
            cursor = next;
        }
        Err(ClientError::TooLong { limit: MOST_ITEMS })
    }

    async fn plain(&self, name: &'static str, params: Object) -> Result<Value, ClientError> {
        self.request(Wanted { method: name, params, headers: &[], under_way: &Cell::new(None) }).await
    }
}

fn usable(item: &Value, annotated: bool) -> Result<Tool, LeftOut> {
    let tool: Tool = read_value(item).map_err(|_| LeftOut::Malformed)?;
    if tool.name.is_empty() || !tool.input_schema.is_object() {
        return Err(LeftOut::Malformed);
    }
    if annotated {
        check_annotations(&tool)?;
    }
    Ok(tool)
}
