use deputy_mcp::catalog::{legal_names, pin};
use serde::{Deserialize, Serialize};

use super::rows::{Server, ServerState};
use super::tools::ServerTool;
use super::{MAX_OFFERED, MAX_OFFERED_BYTES};
use crate::account::core::{Core, Ports};
use crate::account::request::AccountRequest;
use crate::objects::Refusal;
use crate::tools::mcp::{Manner, OfferedTool};

/// What a chat knows of the user's servers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct McpTools {
    /// Grows with every change.
    pub version: u64,
    /// The servers, paused ones too.
    pub servers: Vec<ServerShown>,
    /// The tools that the chat may offer.
    pub tools: Vec<OfferedTool>,
}

/// A server, as clients of the agents SDK are shown it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerShown {
    /// Server id.
    pub id: String,
    /// What the user calls it.
    pub name: String,
    /// Address of its endpoint.
    pub url: String,
    /// `ready`, `authenticating`, `failed`, or `not-connected` for a paused one.
    pub state: String,
    /// What is wrong, in words.
    pub error: Option<String>,
}

/// What a chat may offer of the user's servers; none when it is still what the chat knows.
#[derive(Debug, Serialize, Deserialize)]
pub struct OfferedMcpTools {
    /// What the chat knows: 0 for nothing.
    pub version: u64,
}

impl AccountRequest for OfferedMcpTools {
    const NAME: &'static str = "offered_mcp_tools";
    type Reply = Option<McpTools>;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<Option<McpTools>, Refusal> {
        account.offered_tools(self.version)
    }
}

impl<P: Ports> Core<P> {
    /// What a chat may offer, if it is not what the chat knows.
    pub fn offered_tools(&self, known: u64) -> Result<Option<McpTools>, Refusal> {
        let version = self.servers_version()?;
        if version == known {
            return Ok(None);
        }
        let mut all = McpTools { version, ..McpTools::default() };
        for server in self.servers()? {
            if server.paused == 0 {
                self.offer(&server, &mut all)?;
            }
            all.servers.push(shown(server));
        }
        let mut left = MAX_OFFERED_BYTES;
        let fits = |tool: &OfferedTool| {
            let bytes = tool.description.len().saturating_add(tool.parameters.to_string().len());
            let fits = bytes <= left;
            left = left.saturating_sub(bytes);
            fits
        };
        all.tools = all.tools.into_iter().take(MAX_OFFERED).take_while(fits).collect();
        Ok(Some(all))
    }

    /// Only what the user has looked at is offered, as it was then: a description that changed reaches no model.
    fn offer(&self, server: &Server, all: &mut McpTools) -> Result<(), Refusal> {
        let tools: Vec<ServerTool> =
            self.server_tools(&server.id)?.into_iter().filter(ServerTool::is_accepted).collect();
        let names = legal_names(&server.word, tools.iter().map(|tool| tool.name.as_str()));
        for (tool, name) in tools.into_iter().zip(names) {
            let (Some(accepted), Some(name)) = (tool.accepted, name) else { continue };
            let (Some(manner), Ok(parameters)) = (Manner::of(&accepted.annotations, tool.policy), accepted.offered())
            else {
                continue;
            };
            let Manner { effect, asks, allowed } = manner;
            all.tools.push(OfferedTool {
                name,
                server: server.id.clone(),
                server_name: server.name.clone(),
                tool: tool.name,
                pin: pin(&accepted),
                description: accepted.description,
                parameters,
                effect,
                asks,
                allowed,
            });
        }
        Ok(())
    }
}

fn shown(server: Server) -> ServerShown {
    let state = match server.state {
        _ if server.paused != 0 => "not-connected",
        ServerState::Ready => "ready",
        ServerState::LogInNeeded | ServerState::MorePermissionNeeded => "authenticating",
        ServerState::Failed => "failed",
    };
    let error = (!server.said.is_empty()).then_some(server.said);
    ServerShown { id: server.id, name: server.name, url: server.url, state: state.to_owned(), error }
}
