//! What of a client's request counts, on a socket as over `POST /chat`: new messages, truncation points and decisions by id.

use deputy_agent::{Decision, Origin, Ports, TurnHead, message_text};
use deputy_wire::{ChatRequest, Decision as Said, Message, Part, ToolResult};
use futures::join;

use super::chat::Core;
use super::ports::{Account, Platform};
use crate::platform::log::{Level, note};

/// Characters of an automatic title.
const TITLE_CHARS: usize = 60;

/// What an answer means for the engine.
pub fn decision(result: &ToolResult) -> Option<Decision> {
    match result.decision() {
        Said::Continue => Some(Decision::Continue { consented: false }),
        Said::Yes => Some(Decision::Approve),
        Said::No => Some(Decision::Deny { reason: None }),
        Said::Dismissed => Some(Decision::NotNow),
        Said::Retry => Some(Decision::Retry),
        Said::Done => Some(Decision::Done),
        Said::Other => None,
    }
}

/// True when the tool call is one of the message.
pub fn has_call(message: &Message, call_id: &str) -> bool {
    message.parts.iter().any(|part| matches!(part, Part::Tool(tool) if tool.call_id == call_id))
}

impl<P: Platform> Core<P> {
    /// A turn as it is accepted for a request.
    pub(super) fn turn_head(
        &self,
        request: &ChatRequest,
        session: Option<String>,
        connection: Option<String>,
    ) -> TurnHead {
        let ports = self.ports();
        TurnHead {
            id: ports.named("turn_"),
            request: request.id.clone(),
            origin: Origin::Message,
            session,
            connection,
            message_id: ports.named("msg_"),
            user_messages: Vec::new(),
            at: ports.now(),
            reports: Vec::new(),
        }
    }

    /// Runs what a request has begun. The `first` turn names the chat meanwhile.
    pub(super) async fn run(&self, request: &ChatRequest, first: bool) {
        // A frame that follows at once (stop, clear) finds the turn already.
        self.note_time_zone(request).await;
        if first {
            join!(self.driver.drive(), self.name_chat());
        } else {
            self.driver.drive().await;
        }
    }

    /// The client sends its zone with every request; the account keeps it.
    pub(super) async fn note_time_zone(&self, request: &ChatRequest) {
        let Some(zone) = request.extra.get("timeZone").and_then(|zone| zone.as_str()) else { return };
        let ports = self.ports();
        // A zone nobody knows is not kept, and not passed over in silence either.
        if !ports.zones.named(zone) || ports.time_zone.borrow().as_deref() == Some(zone) {
            return;
        }
        if let Ok(account) = ports.owner.account() {
            account.set_time_zone(zone).await;
            ports.begun.forget();
        }
        *ports.time_zone.borrow_mut() = Some(zone.to_owned());
    }

    /// The first message names the chat, unless the user has named it.
    async fn name_chat(&self) {
        let Some(text) = self.driver.state().messages.first().map(message_text) else { return };
        let named = match self.ports().owner.account() {
            Ok(account) => account.name_chat(&title_of(&text)).await,
            Err(problem) => Err(problem),
        };
        match named {
            Ok(title) => self.ports().sockets.show_title(&title),
            Err(problem) => note(Level::Warn, "chat_title", Some(&problem.code), None),
        }
    }
}

/// The beginning of a text, cut at a word.
fn title_of(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= TITLE_CHARS {
        return line;
    }
    let cut: String = line.chars().take(TITLE_CHARS).collect();
    let words = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{}…", words.trim_end_matches(|c: char| c.is_ascii_punctuation()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_cut_at_a_word() {
        assert_eq!(title_of("  Am I free\n tomorrow? "), "Am I free tomorrow?");
        let long = "Please look at all of my calendars and tell me when I could meet Ben for lunch";
        assert_eq!(title_of(long), "Please look at all of my calendars and tell me when I could…");
        assert_eq!(title_of(&"ü".repeat(80)).chars().count(), 61);
    }
}
