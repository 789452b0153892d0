use super::calls::CallAssembler;
use super::chunk::{Chunk, Delta};
use crate::provider_error::from_stream_error;
use crate::{FinishReason, ModelConfig, ModelError, ModelEvent, SseDecoder};

/// One event carries one token or a few; whole answers in one event are read as well.
const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// Reads the event stream of one chat completion, as the network cuts it.
///
/// Events that came before a failure are returned first; the failure itself is the answer to the next
/// call of [`feed`](Self::feed) or [`finish`](Self::finish). So an answer is never shorter on the
/// screen than what had arrived.
#[derive(Debug)]
pub struct CompletionsStream {
    decoder: SseDecoder,
    answer: Answer,
}

impl CompletionsStream {
    /// A reader for the answer to one request. Calls to which the provider gives no id, or one twice, get
    /// `{call_prefix}_{position}`: the prefix must differ from step to step; at most 32 characters suit every provider.
    pub fn new(config: &ModelConfig, call_prefix: &str) -> Self {
        Self { decoder: SseDecoder::new(MAX_EVENT_BYTES), answer: Answer::new(config, call_prefix) }
    }

    /// Reads the next bytes. All text of them is one [`ModelEvent::Text`], all reasoning one [`ModelEvent::Reasoning`].
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<ModelEvent>, ModelError> {
        if let Some(error) = &self.answer.failure {
            return Err(error.clone());
        }
        if !self.answer.over {
            let Self { decoder, answer } = self;
            if decoder.feed(bytes, |event| answer.read(event.data)).is_err() {
                answer.fail(ModelError::Malformed);
            }
        }
        self.answer.take_events()
    }

    /// True when the rest of the body does not matter: the answer is complete or has failed. Stop reading and call
    /// [`finish`](Self::finish).
    pub fn is_over(&self) -> bool {
        self.answer.over || self.answer.failure.is_some()
    }

    /// The body has ended, or was dropped because [`is_over`](Self::is_over).
    ///
    /// [`ModelError::EndedEarly`] when neither `[DONE]` nor a finish reason has come,
    /// [`ModelError::Malformed`] when nothing of it was an event stream.
    pub fn finish(self) -> Result<Vec<ModelEvent>, ModelError> {
        let Self { mut decoder, mut answer } = self;
        if answer.over || answer.failure.is_some() {
            return answer.take_events();
        }
        let read = decoder.finish(|event| answer.read(event.data));
        if read.is_err() || answer.failure == Some(ModelError::Malformed) {
            // The last event is half of one.
            answer.failure = None;
        }
        if answer.failure.is_none() && !answer.over {
            if answer.finish_reason.is_some() {
                answer.complete();
            } else {
                return Err(if decoder.is_foreign() { ModelError::Malformed } else { ModelError::EndedEarly });
            }
        }
        answer.take_events()
    }
}

/// The answer as far as it has come.
#[derive(Debug)]
pub(super) struct Answer {
    model: String,
    calls: CallAssembler,
    events: Vec<ModelEvent>,
    usage: Option<(u64, u64)>,
    finish_reason: Option<FinishReason>,
    produced: bool,
    over: bool,
    failure: Option<ModelError>,
}

impl Answer {
    pub(super) fn new(config: &ModelConfig, call_prefix: &str) -> Self {
        Self {
            model: config.model.clone(),
            calls: CallAssembler::new(call_prefix),
            events: Vec::new(),
            usage: None,
            finish_reason: None,
            produced: false,
            over: false,
            failure: None,
        }
    }

    /// The data of one event.
    fn read(&mut self, data: &str) {
        if self.over || self.failure.is_some() {
            return;
        }
        match data.trim() {
            "" => {}
            "[DONE]" => self.complete(),
            json => match serde_json::from_str(json) {
                Ok(chunk) => self.add(chunk),
                Err(_) => self.fail(ModelError::Malformed),
            },
        }
    }

    pub(super) fn add(&mut self, chunk: Chunk<'_>) {
        if let Some(error) = chunk.error {
            return self.fail(from_stream_error(&error, &self.model));
        }
        if let Some(usage) = chunk.usage {
            // Some providers send it with every chunk, growing.
            self.usage = Some((usage.prompt_tokens.unwrap_or_default(), usage.completion_tokens.unwrap_or_default()));
        }
        let Some(choice) = chunk.choices.0 else { return };
        if let Some(delta) = choice.delta {
            self.add_delta(&delta);
        }
        if let Some(reason) = finish_reason(&choice.finish_reason.0) {
            self.finish_reason = Some(reason);
            self.emit_calls();
        }
    }

    /// Ends the answer: `[DONE]`, or the body's end after a finish reason.
    pub(super) fn complete(&mut self) {
        if self.failure.is_some() {
            return;
        }
        self.emit_calls();
        let reason = match self.finish_reason {
            // What the calls say counts more than what the provider calls it.
            None | Some(FinishReason::Stop | FinishReason::Other) if self.calls.any_taken() => FinishReason::ToolCalls,
            Some(FinishReason::ToolCalls) if !self.calls.any_taken() => FinishReason::Other,
            Some(reason) => reason,
            None if self.produced => FinishReason::Stop,
            None => return self.fail(ModelError::EndedEarly),
        };
        if let Some((input_tokens, output_tokens)) = self.usage {
            self.events.push(ModelEvent::Usage { input_tokens, output_tokens });
        }
        self.events.push(ModelEvent::Finished(reason));
        self.over = true;
    }

    pub(super) fn take_events(&mut self) -> Result<Vec<ModelEvent>, ModelError> {
        match &self.failure {
            Some(error) if self.events.is_empty() => Err(error.clone()),
            _ => Ok(std::mem::take(&mut self.events)),
        }
    }

    pub(super) fn failure(&self) -> Option<&ModelError> {
        self.failure.as_ref()
    }

    fn fail(&mut self, error: ModelError) {
        self.failure.get_or_insert(error);
    }

    fn add_delta(&mut self, delta: &Delta<'_>) {
        // Servers on their way from one name to the other send the same text under both.
        let reasoning = if delta.reasoning_content.0.is_empty() { &delta.reasoning } else { &delta.reasoning_content };
        self.append(&reasoning.0, ModelEvent::Reasoning, |event| match event {
            ModelEvent::Reasoning(text) => Some(text),
            _ => None,
        });
        for text in [&delta.content, &delta.refusal] {
            self.append(&text.0, ModelEvent::Text, |event| match event {
                ModelEvent::Text(text) => Some(text),
                _ => None,
            });
        }
        for call in delta.tool_calls.as_deref().unwrap_or_default() {
            self.produced = true;
            if self.calls.push(call).is_err() {
                self.fail(ModelError::Malformed);
            }
        }
    }

    fn append(
        &mut self,
        text: &str,
        new: impl FnOnce(String) -> ModelEvent,
        same: impl FnMut(&mut ModelEvent) -> Option<&mut String>,
    ) {
        if text.is_empty() {
            return;
        }
        self.produced = true;
        match self.events.iter_mut().find_map(same) {
            Some(begun) => begun.push_str(text),
            None => self.events.push(new(text.to_owned())),
        }
    }

    /// A call without a name cannot be answered, nor sent back in the conversation.
    fn emit_calls(&mut self) {
        for call in self.calls.take() {
            if call.name.is_empty() {
                return self.fail(ModelError::Malformed);
            }
            self.events.push(ModelEvent::ToolCall(call));
        }
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
