//! The user's MCP servers, as this chat knows them: kept over the object's sleep, so that a turn that goes on finds the tools it began with.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use deputy_agent::ErasedTool;
use deputy_wire::outbound::{McpServer, McpTool as ShownTool, mcp_servers};
use futures::future::LocalBoxFuture;

use super::owner::Ownership;
use super::ports::{Account, Platform};
use super::store;
use crate::account::mcp_servers::McpTools;
use crate::objects;
use crate::platform::log::{Level, note};
use crate::platform::ports::SqlError;
use crate::tools::mcp::{McpServers, McpTool, OfferedTool, ServerAnswer, ServerCall, ServerProblem};

/// Key of the `meta` table.
const KNOWN: &str = "mcp_servers";

/// What is known, and who is asked.
pub struct Servers<P: Platform> {
    platform: Rc<P>,
    owner: Rc<Ownership<P>>,
    known: RefCell<McpTools>,
    /// The engine has not been given the tools as they are known.
    fresh: Cell<bool>,
}

impl<P: Platform> Servers<P> {
    /// What was known before the object slept.
    pub fn open(platform: Rc<P>, owner: Rc<Ownership<P>>) -> Result<Self, SqlError> {
        let kept = objects::meta(&*platform, KNOWN)?;
        // What cannot be read is asked for anew: version 0 is nothing.
        let known: McpTools = kept.and_then(|kept| deputy_http::json::read(kept.as_bytes()).ok()).unwrap_or_default();
        Ok(Self { platform, owner, fresh: Cell::new(known.version > 0), known: RefCell::new(known) })
    }

    /// The version that is known: 0 for nothing.
    pub fn version(&self) -> u64 {
        self.known.borrow().version
    }

    /// Takes in what the account says; kept as far as it can be.
    pub fn take_in(&self, servers: McpTools) {
        if let Err(error) = objects::set_meta(&*self.platform, KNOWN, &deputy_http::json::write(&servers)) {
            note(Level::Warn, "chat_servers", Some("chat_store"), Some(&error.0));
        }
        *self.known.borrow_mut() = servers;
        self.fresh.set(true);
    }

    /// The chat was erased: nothing is known of its next owner.
    pub fn forget(&self) -> Result<(), SqlError> {
        *self.known.borrow_mut() = McpTools::default();
        self.fresh.set(true);
        store::delete_meta(&*self.platform, KNOWN)
    }

    /// The tools, when the engine has not been given them yet.
    pub fn tools(self: &Rc<Self>) -> Option<Vec<Rc<dyn ErasedTool>>> {
        let tool = |offered: &OfferedTool| -> Rc<dyn ErasedTool> {
            let servers: Rc<Self> = Rc::clone(self);
            Rc::new(McpTool { offered: offered.clone(), servers })
        };
        self.fresh.take().then(|| self.known.borrow().tools.iter().map(tool).collect())
    }

    /// The frame that clients of the agents SDK know (`cf_agent_mcp_servers`).
    pub fn frame(&self) -> String {
        let known = self.known.borrow();
        let servers = known.servers.iter().map(|server| McpServer {
            id: &server.id,
            name: &server.name,
            url: &server.url,
            state: &server.state,
            error: server.error.as_deref(),
        });
        let tools = known.tools.iter().map(|tool| ShownTool {
            name: &tool.tool,
            server: &tool.server,
            description: &tool.description,
            input_schema: &tool.parameters,
        });
        mcp_servers(servers, tools)
    }
}

impl<P: Platform> McpServers for Servers<P> {
    fn call(&self, call: ServerCall) -> LocalBoxFuture<'_, ServerAnswer> {
        Box::pin(async move {
            match self.owner.account() {
                Ok(account) => account.call_server(&call).await,
                Err(_) => ServerAnswer::Failed { problem: ServerProblem::NotGranted, sent: false },
            }
        })
    }
}
