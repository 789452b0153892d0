use deputy_agent::Authority;
use deputy_mcp::catalog::{Pinned, pin};
use deputy_mcp::protocol::{CallToolResult, Content};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::listing::tool_of;
use super::rows::Server;
use crate::account::core::{Core, Ports};
use crate::account::request::AccountRequest;
use crate::objects::Refusal;
use crate::tools::mcp::{Manner, Policy, ServerAnswer, ServerProblem};

/// A listing that is older is looked at anew before a call: the server may have changed the tool.
const FRESH_MS: u64 = 60_000;
/// Characters of a result's text that a model is given.
const LONGEST_TEXT: usize = 30_000;

/// A chat calls a tool of a server. The chat has obtained the call's authority before, under the call's id.
#[derive(Debug, Serialize, Deserialize)]
pub struct CallMcpTool {
    /// Chat id.
    pub chat: String,
    /// The call: its ledger row.
    pub call_id: String,
    /// Server id.
    pub server: String,
    /// `tool_<server>_<name>`, as the ledger has it.
    pub offered_as: String,
    /// Name at the server.
    pub tool: String,
    /// Digest of what the chat offered.
    pub pin: String,
    /// The arguments.
    pub arguments: Value,
}

impl AccountRequest for CallMcpTool {
    const NAME: &'static str = "call_mcp_tool";
    type Reply = ServerAnswer;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<ServerAnswer, Refusal> {
        account.require_chat(&self.chat)?;
        match account.call_server(&self).await {
            Ok(result) => Ok(ServerAnswer::Done { result: readable(result) }),
            Err(Unanswered::Problem(problem, sent)) => Ok(ServerAnswer::Failed { problem, sent }),
            Err(Unanswered::Refused(refusal)) => Err(refusal),
        }
    }
}

/// Why a call has no result.
enum Unanswered {
    /// Of the server, or what the user has said; true when the call was sent.
    Problem(ServerProblem, bool),
    /// Of our own.
    Refused(Refusal),
}

impl From<Refusal> for Unanswered {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<P: Ports> Core<P> {
    async fn call_server(&self, call: &CallMcpTool) -> Result<CallToolResult, Unanswered> {
        let not_sent = |problem| Unanswered::Problem(problem, false);
        if self.granted(call)?.is_none() {
            return Err(not_sent(ServerProblem::NotGranted));
        }
        let server = self.server(&call.server)?.ok_or(not_sent(ServerProblem::Unknown))?;
        if self.ports.now().saturating_sub(server.listed_at) >= FRESH_MS {
            self.look_at_server(&server.id).await?;
        }
        let (server, tool) = self.may_call(call)?.map_err(not_sent)?;
        let arguments = call.arguments.as_object().cloned().unwrap_or_default();
        // Whatever was waited for, the user may have pressed Stop, paused the server or wants to be asked now.
        let may = || Ok(self.may_call(call)?.map(drop));
        match self.ask_server(&server, &tool_of(&tool), &arguments, &may).await? {
            Ok(result) => {
                self.settle_grant(&server.id)?;
                Ok(result)
            }
            Err(trouble) => {
                // What it wants of the user stands on the servers' page; that it was slow once does not.
                if trouble.challenge.is_some()
                    && let Some(server) = self.server(&server.id)?
                    && self.note_trouble(&server, &trouble)?
                {
                    self.servers_changed()?;
                }
                Err(Unanswered::Problem(trouble.problem, trouble.sent))
            }
        }
    }

    /// The server, if the call is granted, and its tool is what the user looked at and may be called.
    fn may_call(&self, call: &CallMcpTool) -> Result<Result<(Server, Pinned), ServerProblem>, Refusal> {
        let Some(granted) = self.granted(call)? else { return Ok(Err(ServerProblem::NotGranted)) };
        let Some(server) = self.server(&call.server)? else { return Ok(Err(ServerProblem::Unknown)) };
        if server.paused != 0 {
            return Ok(Err(ServerProblem::Paused));
        }
        let tools = self.server_tools(&server.id)?;
        let tool = tools.iter().find(|tool| tool.name == call.tool);
        if tool.is_some_and(|tool| tool.policy == Policy::Block) {
            return Ok(Err(ServerProblem::Blocked));
        }
        let accepted = tool.filter(|tool| tool.is_accepted()).and_then(|tool| tool.accepted.clone());
        let offered = accepted.filter(|accepted| pin(accepted) == call.pin);
        let (Some(tool), Some(accepted)) = (tool, offered) else { return Ok(Err(ServerProblem::Changed)) };
        // The chat may have offered the tool before the user wanted to be asked: what was granted has no yes then.
        let asks = Manner::of(&accepted.annotations, tool.policy).is_none_or(|manner| manner.asks);
        let confirmed = granted.split(", ").any(|one| one == Authority::Confirmation.describe());
        if asks && !confirmed {
            return Ok(Err(ServerProblem::NotGranted));
        }
        Ok(Ok((server, accepted)))
    }

    /// The authority under which the ledger has the call as begun, by this chat, for this tool; none once it has settled, so that it is not
    /// made again.
    fn granted(&self, call: &CallMcpTool) -> Result<Option<String>, Refusal> {
        let query =
            "SELECT authority AS value FROM ledger WHERE chat = ? AND call_id = ? AND tool = ? AND outcome = 'started'";
        let CallMcpTool { chat, call_id, offered_as, .. } = call;
        self.text(query, &[chat.as_str().into(), call_id.as_str().into(), offered_as.as_str().into()])
    }
}

/// What a model reads of a result: texts, structured content, links by their addresses; bytes are named, not given.
fn readable(result: CallToolResult) -> Value {
    let mut left = LONGEST_TEXT;
    let mut cut = |text: &str| {
        let kept: String = text.chars().take(left).collect();
        left = left.saturating_sub(kept.chars().count());
        kept
    };
    let pieces = result.content.iter().map(|content| match content {
        Content::Text { text, .. } => json!({"type": "text", "text": cut(text)}),
        Content::ResourceLink(resource) => {
            json!({"type": "link", "uri": cut(&resource.uri), "name": cut(&resource.name)})
        }
        Content::Resource { resource, .. } => match &resource.text {
            Some(text) => json!({"type": "resource", "uri": cut(&resource.uri), "text": cut(text)}),
            None => json!({"type": "resource", "uri": cut(&resource.uri), "note": "Its bytes are not shown here."}),
        },
        Content::Image { mime_type, .. } | Content::Audio { mime_type, .. } => {
            json!({"type": cut(mime_type), "note": "Its bytes are not shown here."})
        }
        Content::Other(_) => json!({"type": "unknown"}),
    });
    let mut written = json!({"content": pieces.collect::<Vec<_>>()});
    if let Some(members) = written.as_object_mut() {
        if let Some(structured) = result.structured_content.filter(|it| it.to_string().len() <= LONGEST_TEXT) {
            members.insert("structuredContent".to_owned(), structured);
        }
        if result.is_error {
            members.insert("isError".to_owned(), true.into());
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_named_and_floods_are_cut() {
        let content = vec![
            Content::text("a"),
            Content::image("AAAA", "image/png"),
            Content::text("x".repeat(LONGEST_TEXT * 2)),
            Content::text("never read"),
        ];
        let shown = readable(CallToolResult { content, is_error: true, ..CallToolResult::default() });
        assert_eq!(shown["content"][0], json!({"type": "text", "text": "a"}));
        assert_eq!(shown["content"][1], json!({"type": "image/png", "note": "Its bytes are not shown here."}));
        assert_eq!(shown["content"][3]["text"], "");
        assert_eq!(shown["isError"], true);
        assert!(shown.to_string().len() < LONGEST_TEXT + 400 && !shown.to_string().contains("AAAA"));
    }
}
