use crate::json::{ObjectWriter, escape, escape_twice};
use crate::{Generation, StreamEvent, chunk};

const RESPONSE: &str = "cf_agent_use_chat_response";

/// A `cf_agent_use_chat_response` frame (agents-protocol.md 3.4): a chunk, the end of a turn, or an error.
/// Members that are false, `None` or empty are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResponseFrame<'a> {
    /// The request that the frame answers.
    pub id: &'a str,
    /// A chunk (JSON), or plain text when `error` is set, or empty.
    pub body: &'a str,
    /// Nothing more comes for this request.
    pub done: bool,
    /// `body` is an error's text; the client that asked ends its request at once.
    pub error: bool,
    /// The stream extends the last assistant message.
    pub continuation: bool,
    /// Sent again to a client that resumes.
    pub replay: bool,
    /// The replay has caught up; what follows is live.
    pub replay_complete: bool,
    /// How the turn ended.
    pub outcome: Option<Outcome>,
    /// The user messages that the turn answered.
    pub message_ids: &'a [String],
}

/// How a turn ended (newest clients; others ignore it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Normally, also when it waits for the user.
    Completed,
    /// With an error.
    Error,
    /// Stopped by the user.
    Aborted,
    /// Never begun.
    Skipped,
    /// Interrupted; the server carries on with it.
    Recovering,
}

impl Outcome {
    /// The protocol's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Error => "error",
            Self::Aborted => "aborted",
            Self::Skipped => "skipped",
            Self::Recovering => "recovering",
        }
    }
}

impl<'a> ResponseFrame<'a> {
    /// The frame that ends a request.
    #[must_use]
    pub fn done(id: &'a str, outcome: Outcome) -> Self {
        Self { id, done: true, outcome: Some(outcome), ..Self::default() }
    }

    /// The frame's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        ObjectWriter::of_type(RESPONSE)
            .text("id", self.id)
            .text("body", self.body)
            .flag("done", self.done)
            .flag_if("error", self.error)
            .flag_if("continuation", self.continuation)
            .flag_if("replay", self.replay)
            .flag_if("replayComplete", self.replay_complete)
            .text_if("outcome", self.outcome.map(Outcome::as_str))
            .texts_if("messageIds", self.message_ids)
            .finish()
    }
}

/// The two frames that end a turn with an error, in the only form that every generation takes well: the text, then an
/// empty end (agents-protocol.md 3.6.7). Also how a pause is announced, with an interrupt's text.
#[must_use]
pub fn error_end(id: &str, text: &str, continuation: bool, message_ids: &[String]) -> [String; 2] {
    let error = ResponseFrame { id, body: text, error: true, continuation, ..ResponseFrame::default() };
    let done = ResponseFrame { continuation, message_ids, ..ResponseFrame::done(id, Outcome::Error) };
    [error.to_json(), done.to_json()]
}

/// Frames of one stream: what is the same in all of them is written once.
#[derive(Clone, Debug)]
pub struct ChunkFrames {
    head: String,
    continuation: bool,
    replay: bool,
}

impl ChunkFrames {
    /// Live frames for this request.
    #[must_use]
    pub fn new(request_id: &str) -> Self {
        let mut head = format!("{{\"type\":\"{RESPONSE}\",\"id\":\"");
        escape(&mut head, request_id);
        head.push_str("\",\"body\":\"");
        Self { head, continuation: false, replay: false }
    }

    /// The stream extends the last assistant message.
    #[must_use]
    pub fn continuation(mut self, continuation: bool) -> Self {
        self.continuation = continuation;
        self
    }

    /// The frames repeat what was sent before.
    #[must_use]
    pub fn replaying(mut self, replay: bool) -> Self {
        self.replay = replay;
        self
    }

    /// The event's frame; `None` when the generation must not see it. Generations of equal
    /// [`dialect`](Generation::dialect) get equal frames, and deltas are equal for all.
    #[must_use]
    pub fn frame(&self, event: &StreamEvent, generation: Generation) -> Option<String> {
        match event {
            StreamEvent::TextDelta { id, delta } => Some(self.delta("text-delta", id, delta)),
            StreamEvent::ReasoningDelta { id, delta } => Some(self.delta("reasoning-delta", id, delta)),
            other => {
                let chunk = chunk(other, generation)?;
                let mut frame = self.open(chunk.len());
                escape(&mut frame, &chunk);
                Some(self.close(frame))
            }
        }
    }

    /// Deltas are nearly everything that is sent: their text goes into the frame in one pass.
    fn delta(&self, kind: &str, id: &str, delta: &str) -> String {
        let mut frame = self.open(id.len().saturating_add(delta.len()));
        frame.push_str("{\\\"type\\\":\\\"");
        frame.push_str(kind);
        frame.push_str("\\\",\\\"id\\\":\\\"");
        escape_twice(&mut frame, id);
        frame.push_str("\\\",\\\"delta\\\":\\\"");
        escape_twice(&mut frame, delta);
        frame.push_str("\\\"}");
        self.close(frame)
    }

    fn open(&self, body: usize) -> String {
        let mut frame = String::with_capacity(self.head.len().saturating_add(body).saturating_add(96));
        frame.push_str(&self.head);
        frame
    }

    fn close(&self, mut frame: String) -> String {
        frame.push_str("\",\"done\":false");
        if self.continuation {
            frame.push_str(",\"continuation\":true");
        }
        if self.replay {
            frame.push_str(",\"replay\":true");
        }
        frame.push('}');
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quick way to a delta's frame and the general one give the same bytes.
    #[test]
    fn deltas_take_a_short_cut_to_the_same_frame() {
        for delta in ["", "Hi", "\"quoted\" \\ and\n\tcontrol \u{1}", "日本 🙂", "{\"a\":[1]}"] {
            for (continuation, replay) in [(false, false), (true, true)] {
                let event = StreamEvent::TextDelta { id: "t\"1".into(), delta: delta.into() };
                let frames = ChunkFrames::new("r\"1").continuation(continuation).replaying(replay);
                let body = chunk(&event, Generation::Unknown).unwrap();
                let slow = ResponseFrame { id: "r\"1", body: &body, continuation, replay, ..ResponseFrame::default() };
                assert_eq!(frames.frame(&event, Generation::Unknown).unwrap(), slow.to_json());
            }
        }
    }

    #[test]
    fn defaults_are_left_out() {
        assert_eq!(
            ResponseFrame { id: "r", ..ResponseFrame::default() }.to_json(),
            r#"{"type":"cf_agent_use_chat_response","id":"r","body":"","done":false}"#
        );
        let ids = ["u1".to_owned()];
        let frame = ResponseFrame {
            body: "x",
            error: true,
            continuation: true,
            replay: true,
            replay_complete: true,
            message_ids: &ids,
            ..ResponseFrame::done("r", Outcome::Recovering)
        };
        assert_eq!(
            frame.to_json(),
            r#"{"type":"cf_agent_use_chat_response","id":"r","body":"x","done":true,"error":true,"continuation":true,"replay":true,"replayComplete":true,"outcome":"recovering","messageIds":["u1"]}"#
        );
    }
}
