use super::chunk::{Chunk, Delta};
use crate::answer::{Answer, AnswerStream, EventReader};
use crate::calls::CallPiece;
use crate::provider_error::from_stream_error;
use crate::{FinishReason, ModelConfig, ModelError, ModelEvent, SseEvent};

/// Reads the event stream of one chat completion, as the network cuts it.
///
/// Events that came before a failure are returned first; the failure itself is the answer to the next
/// call of [`feed`](Self::feed) or [`finish`](Self::finish). So an answer is never shorter on the
/// screen than what had arrived.
#[derive(Debug)]
pub struct CompletionsStream(pub(super) AnswerStream);

impl CompletionsStream {
    /// A reader for the answer to one request. Calls to which the provider gives no id, or one twice, get
    /// `{call_prefix}_{position}`: the prefix must differ from step to step; at most 32 characters suit every provider.
    pub fn new(config: &ModelConfig, call_prefix: &str) -> Self {
        Self(AnswerStream::new(Chunks, MAX_EVENT_BYTES, config, call_prefix))
    }

    /// Reads the next bytes. All text of them is one [`ModelEvent::Text`], all reasoning one [`ModelEvent::Reasoning`].
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<ModelEvent>, ModelError> {
        self.0.feed(bytes)
    }

    /// True when the rest of the body does not matter: the answer is complete or has failed. Stop reading and call
    /// [`finish`](Self::finish).
    pub fn is_over(&self) -> bool {
        self.0.is_over()
    }

    /// The body has ended, or was dropped because [`is_over`](Self::is_over).
    ///
    /// [`ModelError::EndedEarly`] when neither `[DONE]` nor a finish reason has come,
    /// [`ModelError::Malformed`] when nothing of it was an event stream.
    pub fn finish(self) -> Result<Vec<ModelEvent>, ModelError> {
        self.0.finish()
    }
}

/// Events whose data are chunks.
#[derive(Debug)]
struct Chunks;

/// One event carries one token or a few; whole answers in one event are read as well.
const MAX_EVENT_BYTES: usize = 1024 * 1024;

impl EventReader for Chunks {
    fn read(&mut self, event: SseEvent<'_>, answer: &mut Answer) {
        match event.data.trim() {
            "" => {}
            "[DONE]" => answer.complete(),
            json => match serde_json::from_str(json) {
                Ok(chunk) => add_chunk(answer, chunk),
                Err(_) => answer.fail(ModelError::Malformed),
            },
        }
    }
}

pub(super) fn add_chunk(answer: &mut Answer, chunk: Chunk<'_>) {
    if let Some(error) = chunk.error {
        let error = from_stream_error(&error, answer.model());
        return answer.fail(error);
    }
    if let Some(usage) = chunk.usage {
        // Some providers send it with every chunk, growing.
        answer.set_usage(usage.prompt_tokens.unwrap_or_default(), usage.completion_tokens.unwrap_or_default());
    }
    let Some(choice) = chunk.choices.0 else { return };
    if let Some(delta) = choice.delta {
        add_delta(answer, &delta);
    }
    if let Some(reason) = finish_reason(&choice.finish_reason.0) {
        answer.stopped(reason);
    }
}

fn add_delta(answer: &mut Answer, delta: &Delta<'_>) {
    // Servers on their way from one name to the other send the same text under both.
    let reasoning = if delta.reasoning_content.0.is_empty() { &delta.reasoning } else { &delta.reasoning_content };
    answer.add_reasoning(&reasoning.0);
    answer.add_text(&delta.content.0);
    answer.add_text(&delta.refusal.0);
    for call in delta.tool_calls.as_deref().unwrap_or_default() {
        let (name, arguments) = match &call.function {
            Some(function) => (function.name.0.as_ref(), function.arguments.0.as_ref()),
            None => ("", ""),
        };
        answer.add_call(CallPiece { index: call.index, id: &call.id.0, name, arguments });
    }
}

fn finish_reason(text: &str) -> Option<FinishReason> {
    match text {
        "" => None,
        "stop" => Some(FinishReason::Stop),
        "length" => Some(FinishReason::Length),
        "tool_calls" | "function_call" => Some(FinishReason::ToolCalls),
        "content_filter" => Some(FinishReason::ContentFilter),
        _ => Some(FinishReason::Other),
    }
}
