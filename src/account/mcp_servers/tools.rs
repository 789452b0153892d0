use deputy_mcp::catalog::{Pinned, pin};
use serde::Deserialize;

use crate::account::core::{Core, Ports};
use crate::objects::Refusal;
use crate::tools::mcp::Policy;

/// A tool of a server: as it is now, as the user accepted it, and what the user has said of its calls.
#[derive(Debug, Clone)]
pub struct ServerTool {
    pub name: String,
    /// None when the server does not offer it any more.
    pub now: Option<Pinned>,
    /// None until the user has looked at it.
    pub accepted: Option<Pinned>,
    pub policy: Policy,
}

impl ServerTool {
    /// It is what the user looked at.
    pub fn is_accepted(&self) -> bool {
        match (&self.now, &self.accepted) {
            (Some(now), Some(accepted)) => pin(now) == pin(accepted),
            _ => false,
        }
    }
}

#[derive(Deserialize)]
struct Row {
    name: String,
    now: Option<String>,
    accepted: Option<String>,
    policy: Policy,
}

impl<P: Ports> Core<P> {
    /// The tools of a server, in the order in which it names them.
    pub(super) fn server_tools(&self, server: &str) -> Result<Vec<ServerTool>, Refusal> {
        let query = "SELECT name, now, accepted, policy FROM mcp_tools WHERE server = ? ORDER BY place, name";
        let rows: Vec<Row> = self.rows(query, &[server.into()])?;
        let read = |text: Option<String>| text.and_then(|text| deputy_http::json::read(text.as_bytes()).ok());
        let tool = |row: Row| ServerTool {
            now: read(row.now),
            accepted: read(row.accepted),
            name: row.name,
            policy: row.policy,
        };
        Ok(rows.into_iter().map(tool).collect())
    }

    /// Writes what a server offers now. The first listing is what the user sees when adding the server, so it is accepted; whatever comes
    /// or changes later waits for the user. True if anything is another than before.
    pub(super) fn take_in_tools(&self, server: &str, now: &[Pinned], first: bool) -> Result<bool, Refusal> {
        let before = self.server_tools(server)?;
        let mut changed = false;
        for gone in before.iter().filter(|tool| tool.now.is_some() && !now.iter().any(|new| new.name == tool.name)) {
            changed = true;
            self.exec(
                "UPDATE mcp_tools SET now = NULL WHERE server = ? AND name = ?",
                &[server.into(), gone.name.as_str().into()],
            )?;
        }
        for (place, tool) in now.iter().enumerate() {
            let known = before.iter().find(|known| known.name == tool.name);
            changed |= known.and_then(|known| known.now.as_ref()).is_none_or(|known| pin(known) != pin(tool));
            let json = deputy_http::json::write(tool);
            let accepted = first.then_some(json.as_str());
            self.exec(
                "INSERT INTO mcp_tools (server, name, place, now, accepted, policy) VALUES (?, ?, ?, ?, ?, 'default')
                    ON CONFLICT (server, name) DO UPDATE SET place = excluded.place, now = excluded.now,
                        accepted = coalesce(excluded.accepted, accepted)",
                &[
                    server.into(),
                    tool.name.as_str().into(),
                    (place as u64).into(),
                    json.as_str().into(),
                    accepted.into(),
                ],
            )?;
        }
        // What is gone and was never accepted is nothing any more.
        self.exec("DELETE FROM mcp_tools WHERE server = ? AND now IS NULL AND accepted IS NULL", &[server.into()])?;
        Ok(changed)
    }

    /// The user has looked at a tool as it is now; `seen` is its pin as it was shown, none for one that is gone.
    ///
    /// Errors: 409 when it is another by now.
    pub(super) fn accept_tool(&self, server: &str, name: &str, seen: Option<&str>) -> Result<(), Refusal> {
        let tools = self.server_tools(server)?;
        let now = tools.iter().find(|tool| tool.name == name).map(|tool| tool.now.as_ref().map(pin));
        match now {
            Some(now) if now.as_deref() == seen => {}
            _ => {
                let message = "The server has changed this tool again. Look at it as it is now.";
                return Err(Refusal::new(409, "mcp_tool_changed_again", message));
            }
        }
        match seen {
            // What the user has said was said of the tool as it was before.
            Some(_) => self.exec(
                "UPDATE mcp_tools SET accepted = now, policy = CASE policy WHEN 'allow' THEN 'default' ELSE policy END
                    WHERE server = ? AND name = ?",
                &[server.into(), name.into()],
            ),
            None => self.exec("DELETE FROM mcp_tools WHERE server = ? AND name = ?", &[server.into(), name.into()]),
        }
    }

    /// What the user has said of a tool's calls.
    ///
    /// Errors: 404 for a tool that the server has not.
    pub(super) fn set_policy(&self, server: &str, name: &str, policy: Policy) -> Result<(), Refusal> {
        let known = "SELECT 1 AS value FROM mcp_tools WHERE server = ? AND name = ?";
        if !self.exists(known, &[server.into(), name.into()])? {
            return Err(Refusal::new(404, "mcp_tool_unknown", "The server has no such tool."));
        }
        let word = match policy {
            Policy::Default => "default",
            Policy::Allow => "allow",
            Policy::Ask => "ask",
            Policy::Block => "block",
        };
        self.exec(
            "UPDATE mcp_tools SET policy = ? WHERE server = ? AND name = ?",
            &[word.into(), server.into(), name.into()],
        )
    }
}
