use deputy_mcp::catalog::Pinned;
use deputy_mcp::protocol::Tool;

use super::MAX_TOOLS;
use super::remote::Trouble;
use super::rows::Server;
use crate::account::core::{Core, Ports};
use crate::objects::Refusal;

/// Characters of a text of a server that is kept, at most: beyond that nobody reads on.
const LONGEST_TEXT: usize = 4_000;
/// Characters of a tool's name at most (MCP, 2025-11-25).
const LONGEST_NAME: usize = 128;
/// Bytes of a schema that is kept, at most.
const LARGEST_SCHEMA: usize = 32 * 1024;

impl<P: Ports> Core<P> {
    /// Asks a server what it offers and writes it down, or why it could not be asked. Chats are told of what changed.
    pub(super) async fn look_at_server(&self, id: &str) -> Result<(), Refusal> {
        let Some(server) = self.server(id)? else { return Ok(()) };
        let listed = self.list_tools(&server).await?;
        // The user may have removed it meanwhile.
        let Some(server) = self.server(id)? else { return Ok(()) };
        self.listed(&server, listed)
    }

    /// Writes why a server could not be asked, and what it wants. True if it stands another way than before.
    pub(super) fn note_trouble(&self, server: &Server, trouble: &Trouble) -> Result<bool, Refusal> {
        if let Some(challenge) = &trouble.challenge {
            self.keep_challenge(&server.id, challenge)?;
        }
        self.note_server(server, Some(&trouble.problem))
    }

    /// Takes in what a server answered.
    pub(super) fn listed(&self, server: &Server, listed: Result<Vec<Tool>, Trouble>) -> Result<(), Refusal> {
        let mut changed = match &listed {
            Ok(_) => self.note_server(server, None)?,
            Err(trouble) => self.note_trouble(server, trouble)?,
        };
        if let Ok(tools) = listed {
            let tools = tools.into_iter().take(MAX_TOOLS).filter_map(pinned).collect::<Vec<_>>();
            changed |= self.take_in_tools(&server.id, &tools, server.listed_at == 0)?;
            self.exec(
                "UPDATE mcp_servers SET listed_at = ? WHERE id = ?",
                &[self.ports.now().into(), server.id.as_str().into()],
            )?;
        }
        if changed { self.servers_changed() } else { Ok(()) }
    }
}

/// A tool as a call needs it: as it was accepted.
pub fn tool_of(pinned: &Pinned) -> Tool {
    Tool { name: pinned.name.clone(), input_schema: pinned.input_schema.clone(), ..Tool::default() }
}

/// A tool as it is kept: what is longer than anybody reads is cut, so that it is the cut one that is looked at, pinned and offered.
fn pinned(tool: Tool) -> Option<Pinned> {
    let cut = |text: Option<String>| text.unwrap_or_default().chars().take(LONGEST_TEXT).collect::<String>();
    let title = tool.title.or_else(|| tool.annotations.as_ref().and_then(|annotations| annotations.title.clone()));
    let fits = (1..=LONGEST_NAME).contains(&tool.name.chars().count())
        && tool.input_schema.to_string().len() <= LARGEST_SCHEMA;
    let annotations = tool.annotations.map(|mut annotations| {
        annotations.title = annotations.title.map(|title| cut(Some(title)));
        serde_json::json!(annotations)
    });
    let only_as_task = tool.execution.is_some_and(|how| how.task_support.as_deref() == Some("required"));
    fits.then(|| Pinned {
        name: tool.name,
        title: cut(title),
        description: cut(tool.description),
        input_schema: tool.input_schema,
        annotations: annotations.unwrap_or_default(),
        only_as_task,
    })
}
