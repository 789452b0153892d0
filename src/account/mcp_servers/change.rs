use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ServerView;
use crate::account::core::{Core, Ports};
use crate::account::request::AccountRequest;
use crate::objects::Refusal;
use crate::tools::mcp::Policy;

/// Changes what the user has said of a server.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ChangeMcpServer {
    /// Server id.
    pub id: String,
    /// What it is called from now on.
    pub name: Option<String>,
    /// Paused: its tools are not offered, and none is called.
    pub paused: Option<bool>,
    /// What is said of the calls of some tools, by their names.
    pub policies: BTreeMap<String, Policy>,
    /// Tools that the user has looked at, by their names: the pins that were shown, none for a tool that is gone.
    pub accept: BTreeMap<String, Option<String>>,
}

impl AccountRequest for ChangeMcpServer {
    const NAME: &'static str = "change_mcp_server";
    type Reply = ServerView;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<ServerView, Refusal> {
        let id = self.id.as_str();
        account.known_server(id)?;
        if let Some(name) = &self.name {
            account.rename_server(id, name)?;
        }
        if let Some(paused) = self.paused {
            account.pause_server(id, paused)?;
        }
        // Before policies: accepting takes an "allow" back, which may be said anew in the same breath.
        for (tool, seen) in &self.accept {
            account.accept_tool(id, tool, seen.as_deref())?;
        }
        for (tool, policy) in &self.policies {
            account.set_policy(id, tool, *policy)?;
        }
        account.servers_changed()?;
        account.server_view(id)
    }
}
