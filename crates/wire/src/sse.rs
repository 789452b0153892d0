//! The AI SDK's UI message stream over server-sent events, for clients without a socket (`POST /chat`, TV-25). Of the
//! dialects the closed one: what AI SDK v5 accepts, v6 and v7 accept too.

use crate::json::ObjectWriter;
use crate::{Generation, StreamEvent, chunk};

/// Header and value that say which stream protocol it is (`UI_MESSAGE_STREAM_HEADERS` of the AI SDK).
pub const SSE_HEADER: (&str, &str) = ("x-vercel-ai-ui-message-stream", "v1");

/// The end of every stream.
pub const SSE_DONE: &str = "data: [DONE]\n\n";

/// One event of the stream; `None` when the client must not see it. The first names the thread in the message's metadata.
#[must_use]
pub fn sse_event(event: &StreamEvent, thread: &str) -> Option<String> {
    let json = match event {
        StreamEvent::Start { message_id } => ObjectWriter::of_type("start")
            .text_if("messageId", message_id.as_deref())
            .raw("messageMetadata", &ObjectWriter::new().text("threadId", thread).finish())
            .finish(),
        // AI SDK v5 knows data parts already: `useChat` hands a transient one to `onData`, and keeps it out of the message.
        StreamEvent::Notice { .. } => chunk(event, Generation::Agents2)?,
        other => chunk(other, Generation::Unknown)?,
    };
    Some(data(&json))
}

/// The error part: a sentence, or the text of an interrupt, which the official hooks read.
#[must_use]
pub fn sse_error(text: &str) -> String {
    data(&ObjectWriter::of_type("error").text("errorText", text).finish())
}

/// JSON has no line break of its own, so one `data` line holds it.
fn data(json: &str) -> String {
    format!("data: {json}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `TV-25`: the thread's id reaches the client; events are one line each.
    #[test]
    fn events_are_lines() {
        let start = StreamEvent::Start { message_id: Some("m".into()) };
        assert_eq!(
            sse_event(&start, "t").as_deref(),
            Some("data: {\"type\":\"start\",\"messageId\":\"m\",\"messageMetadata\":{\"threadId\":\"t\"}}\n\n")
        );
        let delta = StreamEvent::TextDelta { id: "p".into(), delta: "a\n\ndata: b\r".into() };
        let text = sse_event(&delta, "t").unwrap();
        assert_eq!(text.matches('\n').count(), 2, "{text:?}");
        assert!(text.ends_with("\n\n") && !text.contains('\r'));
        let question = StreamEvent::ToolApprovalRequest { approval_id: "a".into(), call_id: "c".into() };
        assert_eq!(sse_event(&question, "t"), None);
        let notice = StreamEvent::Notice { code: "model_busy".into(), text: "Wait.".into() };
        let shown = "data: {\"type\":\"data-notice\",\"data\":{\"code\":\"model_busy\",\"text\":\"Wait.\"},\"transient\":true}\n\n";
        assert_eq!(sse_event(&notice, "t").as_deref(), Some(shown));
        assert_eq!(sse_error("no"), "data: {\"type\":\"error\",\"errorText\":\"no\"}\n\n");
    }
}
