//! MCP servers that the user added: rows, tools with what the user has said of them, and the way to speak to a server. The tokens of a
//! server leave this object only towards that server.

mod authorization;
mod call;
mod change;
mod listing;
mod offered;
mod remote;
mod rows;
mod tools;
mod view;

use serde::{Deserialize, Serialize};

use super::core::{Core, Ports};
use super::request::AccountRequest;
use crate::objects::Refusal;

pub use authorization::{BeginMcpLogin, CompleteMcpLogin};
pub use call::CallMcpTool;
pub use change::ChangeMcpServer;
pub use offered::{McpTools, OfferedMcpTools};
pub use view::{ServerView, ToolView};

/// Tools of one server that are read, at most.
pub const MAX_TOOLS: usize = 64;
/// Tools of all servers that a chat is offered at most: model APIs take 128 with our own.
pub const MAX_OFFERED: usize = 96;
/// Bytes of descriptions and schemas that a chat is offered at most: they stand in every prompt.
pub const MAX_OFFERED_BYTES: usize = 256 * 1024;

/// Adds a server by its address and looks what it offers. A server that cannot be reached or wants a log-in is added all the same.
#[derive(Debug, Serialize, Deserialize)]
pub struct AddMcpServer {
    /// Address of its endpoint.
    pub url: String,
    /// What the user calls it; its host without.
    pub name: Option<String>,
}

impl AccountRequest for AddMcpServer {
    const NAME: &'static str = "add_mcp_server";
    type Reply = ServerView;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<ServerView, Refusal> {
        let id = account.add_server(&self.url, self.name.as_deref())?;
        account.look_at_server(&id).await?;
        account.server_view(&id)
    }
}

/// The user's servers, the oldest first.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListMcpServers {}

impl AccountRequest for ListMcpServers {
    const NAME: &'static str = "list_mcp_servers";
    type Reply = Vec<ServerView>;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<Vec<ServerView>, Refusal> {
        account.servers()?.into_iter().map(|server| account.view_of(server)).collect()
    }
}

/// One server. `look`: it is asked anew what it offers.
#[derive(Debug, Serialize, Deserialize)]
pub struct GetMcpServer {
    /// Server id.
    pub id: String,
    /// Ask it anew.
    pub look: bool,
}

impl AccountRequest for GetMcpServer {
    const NAME: &'static str = "get_mcp_server";
    type Reply = ServerView;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<ServerView, Refusal> {
        account.known_server(&self.id)?;
        if self.look {
            account.look_at_server(&self.id).await?;
        }
        account.server_view(&self.id)
    }
}

/// Forgets a server with its tools and tokens.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveMcpServer {
    /// Server id.
    pub id: String,
}

impl AccountRequest for RemoveMcpServer {
    const NAME: &'static str = "remove_mcp_server";
    type Reply = ();

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<(), Refusal> {
        account.known_server(&self.id)?;
        account.remove_server(&self.id)
    }
}
