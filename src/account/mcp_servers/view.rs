use deputy_mcp::catalog::{Pinned, ToolChange, pin};
use serde::{Deserialize, Serialize};

use super::rows::Server;
use super::tools::ServerTool;
use crate::account::core::{Core, Ports};
use crate::objects::Refusal;
use crate::tools::mcp::{Manner, Policy};

/// A server as its page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerView {
    /// Server id.
    pub id: String,
    /// What the user calls it.
    pub name: String,
    /// Address of its endpoint.
    pub url: String,
    /// `ready`, `log_in_needed`, `more_permission_needed` or `failed`.
    pub state: String,
    /// What is wrong, in words; empty when nothing is.
    pub said: String,
    /// The user has paused it.
    pub paused: bool,
    /// There is a log-in to it.
    pub logged_in: bool,
    /// When it was added, milliseconds.
    pub created_at: u64,
    /// Its tools, in its own order.
    pub tools: Vec<ToolView>,
}

/// A tool as the page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolView {
    /// Name at the server.
    pub name: String,
    /// As it is now; as it was accepted, when it is gone.
    pub shown: Pinned,
    /// What the user has said of its calls.
    pub policy: Policy,
    /// Each call is asked for, as things stand.
    pub asks: bool,
    /// It says of itself that it only reads.
    pub reads: bool,
    /// Digest of what is shown; none when it is gone.
    pub pin: Option<String>,
    /// Why it is not offered to a model, if it cannot be.
    pub unusable: Option<String>,
    /// How it differs from what the user looked at, if it does.
    pub difference: Option<ToolDifference>,
}

/// How a tool differs from the one that the user looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolDifference {
    /// What happened to it.
    pub change: ToolChange,
    /// As the user looked at it; none when it is new.
    pub before: Option<Pinned>,
}

impl<P: Ports> Core<P> {
    /// A server as its page shows it.
    ///
    /// Errors: 404.
    pub(super) fn server_view(&self, id: &str) -> Result<ServerView, Refusal> {
        self.view_of(self.known_server(id)?)
    }

    pub(super) fn view_of(&self, server: Server) -> Result<ServerView, Refusal> {
        let tools = self.server_tools(&server.id)?.into_iter().filter_map(tool_view).collect();
        Ok(ServerView {
            state: server.state.as_str().to_owned(),
            paused: server.paused != 0,
            logged_in: server.sealed.is_some(),
            id: server.id,
            name: server.name,
            url: server.url,
            said: server.said,
            created_at: server.created_at,
            tools,
        })
    }
}

fn tool_view(tool: ServerTool) -> Option<ToolView> {
    let accepted = tool.is_accepted();
    let change = match (&tool.now, &tool.accepted) {
        (Some(_), Some(_)) if accepted => None,
        (Some(_), Some(_)) => Some(ToolChange::Changed),
        (Some(_), None) => Some(ToolChange::Added),
        (None, _) => Some(ToolChange::Removed),
    };
    let pin = tool.now.as_ref().map(pin);
    let shown = tool.now.or_else(|| tool.accepted.clone())?;
    let manner = Manner::of(&shown.annotations, tool.policy);
    let said = Manner::of(&shown.annotations, Policy::Default);
    Some(ToolView {
        name: tool.name,
        policy: tool.policy,
        asks: manner.is_some_and(|manner| manner.asks),
        reads: said.is_some_and(|manner| !manner.asks),
        unusable: shown.offered().err().map(|why| why.to_string()),
        difference: change.map(|change| ToolDifference { change, before: tool.accepted }),
        shown,
        pin,
    })
}
