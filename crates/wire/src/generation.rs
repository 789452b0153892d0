use serde::{Deserialize, Serialize};

use crate::ClientFrame;

/// What a connection has shown of its client's version (agents-protocol.md 0.1).
///
/// The order is one of narrowing: evidence only ever moves a connection towards a later variant. Two official
/// generations share [`Generation::Agents2`]: the newest adds optional fields only and nothing it sends tells it apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Generation {
    /// Nothing shown yet: gets only what every generation accepts.
    #[default]
    Unknown,
    /// agents 0.2.11 to 0.2.19, or a later 0.2 that has not shown more: no resume, no tool-result frame.
    Agents0,
    /// agents 0.2.20 to 0.3.0: acknowledges resumed streams and sends tool results as frames.
    Agents1,
    /// agents 0.3.10 and later with `@cloudflare/ai-chat`: probes for streams, knows tool approvals.
    Agents2,
}

/// The vocabulary of chunks and message parts that a generation accepts (agents-protocol.md 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// AI SDK v5, whose schema is closed: one unknown key or type fails the whole chat request.
    Strict,
    /// AI SDK v6 and v7: tool approvals and finish reasons as well.
    Approvals,
}

impl Generation {
    /// The generation after this frame: never an earlier one (agents-protocol.md 0.2.3).
    #[must_use]
    pub fn observe(self, frame: &ClientFrame) -> Self {
        let shown = match frame {
            ClientFrame::ChatRequest(request) if request.legacy => Self::Agents0,
            ClientFrame::ChatRequest(_) => Self::Agents2,
            ClientFrame::ResumeRequest { .. } | ClientFrame::ToolApproval { .. } => Self::Agents2,
            ClientFrame::ResumeAck { .. } | ClientFrame::ToolResult(_) => Self::Agents1,
            _ => Self::Unknown,
        };
        self.max(shown)
    }

    /// Connections of equal dialect get equal bytes, so a stream is encoded once for each dialect, not for each socket.
    #[must_use]
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::Agents2 => Dialect::Approvals,
            Self::Unknown | Self::Agents0 | Self::Agents1 => Dialect::Strict,
        }
    }

    /// Whether the client knows tool approvals, and goes on by itself after an answer.
    #[must_use]
    pub const fn approvals(self) -> bool {
        matches!(self.dialect(), Dialect::Approvals)
    }

    /// Whether a stream may be offered on this connection of our own accord: the oldest clients never acknowledge an
    /// offer and would then hear nothing (agents-protocol.md 3.10.3); `Agents1` does, but makes a second message out of what
    /// follows, where it would have gone on with the message it shows had it only listened.
    #[must_use]
    pub const fn resumes(self) -> bool {
        matches!(self, Self::Agents2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    fn observe(frames: &[&str]) -> Generation {
        frames.iter().fold(Generation::Unknown, |generation, text| generation.observe(&parse(text).unwrap()))
    }

    const LEGACY: &str = r#"{"type":"cf_agent_use_chat_request","id":"r","url":"https://h/agents/chat/c","init":{"method":"POST","headers":{},"body":"{\"messages\":[]}"}}"#;
    const MODERN: &str =
        r#"{"type":"cf_agent_use_chat_request","id":"r","init":{"method":"POST","body":"{\"messages\":[]}"}}"#;
    const PROBE: &str = r#"{"type":"cf_agent_stream_resume_request","probeId":"p"}"#;
    const ACK: &str = r#"{"type":"cf_agent_stream_resume_ack","id":"r"}"#;
    const CLEAR: &str = r#"{"type":"cf_agent_chat_clear"}"#;

    #[test]
    fn each_kind_of_evidence() {
        assert_eq!(observe(&[]), Generation::Unknown);
        assert_eq!(observe(&[CLEAR]), Generation::Unknown);
        assert_eq!(observe(&[LEGACY]), Generation::Agents0);
        assert_eq!(observe(&[ACK]), Generation::Agents1);
        assert_eq!(observe(&[MODERN]), Generation::Agents2);
        assert_eq!(observe(&[PROBE]), Generation::Agents2);
    }

    #[test]
    fn it_only_narrows() {
        assert_eq!(observe(&[LEGACY, ACK]), Generation::Agents1);
        assert_eq!(observe(&[ACK, LEGACY]), Generation::Agents1);
        assert_eq!(observe(&[PROBE, ACK]), Generation::Agents2);
        assert_eq!(observe(&[PROBE, CLEAR]), Generation::Agents2);
    }

    #[test]
    fn it_is_stored_as_a_word() {
        assert_eq!(serde_json::to_string(&Generation::Agents2).unwrap(), r#""agents2""#);
    }
}
