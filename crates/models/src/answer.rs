//! What the readers of every API have in common: the answer as far as it has come, and the stream that brings it.

use std::fmt;

use deputy_http::{ReadResponse, Response};

use crate::calls::{CallAssembler, CallPiece};
use crate::{FinishReason, ModelConfig, ModelError, ModelEvent, SseDecoder, SseEvent};

/// How one API writes its events.
pub(crate) trait EventReader: fmt::Debug {
    /// Adds one event to the answer, which is neither over nor failed.
    fn read(&mut self, event: SseEvent<'_>, answer: &mut Answer);
}

/// Reads the event stream of one answer, as the network cuts it.
#[derive(Debug)]
pub(crate) struct AnswerStream {
    decoder: SseDecoder,
    reader: Box<dyn EventReader>,
    answer: Answer,
}

impl AnswerStream {
    /// `max_event`: bytes that one event may have.
    pub fn new(reader: impl EventReader + 'static, max_event: usize, config: &ModelConfig, call_prefix: &str) -> Self {
        let decoder = SseDecoder::new(max_event);
        Self { decoder, reader: Box::new(reader), answer: Answer::new(config, call_prefix) }
    }

    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<ModelEvent>, ModelError> {
        if let Some(error) = &self.answer.failure {
            return Err(error.clone());
        }
        if !self.answer.over {
            let Self { decoder, reader, answer } = self;
            if decoder.feed(bytes, &mut |event| answer.read(reader.as_mut(), event)).is_err() {
                answer.fail(ModelError::Malformed);
            }
        }
        self.answer.take_events()
    }

    pub fn is_over(&self) -> bool {
        self.answer.over || self.answer.failure.is_some()
    }

    pub fn finish(self) -> Result<Vec<ModelEvent>, ModelError> {
        let Self { mut decoder, mut reader, mut answer } = self;
        if answer.over || answer.failure.is_some() {
            return answer.take_events();
        }
        let read = decoder.finish(&mut |event| answer.read(reader.as_mut(), event));
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

    /// A body that is here whole, when it is an event stream, or what its status means; none when it is to be read as JSON. `now_ms`
    /// places a `Retry-After`.
    pub fn read_whole(
        mut self,
        response: &Response,
        config: &ModelConfig,
        now_ms: u64,
    ) -> Option<Result<Vec<ModelEvent>, ModelError>> {
        if !response.status().is_success() {
            return Some(Err(ModelError::from_response(response, config, now_ms)));
        }
        if !response.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) {
            return None;
        }
        Some(self.feed(response.body()).and_then(|mut events| {
            events.extend(self.finish()?);
            Ok(events)
        }))
    }
}

/// The answer as far as it has come.
#[derive(Debug)]
pub(crate) struct Answer {
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
    pub fn new(config: &ModelConfig, call_prefix: &str) -> Self {
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

    /// The model as configured, for errors that name it.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// True once there was text, reasoning or a piece of a call.
    pub fn has_begun(&self) -> bool {
        self.produced
    }

    pub fn add_text(&mut self, text: &str) {
        self.append(text, ModelEvent::Text, |event| match event {
            ModelEvent::Text(text) => Some(text),
            _ => None,
        });
    }

    pub fn add_reasoning(&mut self, text: &str) {
        self.append(text, ModelEvent::Reasoning, |event| match event {
            ModelEvent::Reasoning(text) => Some(text),
            _ => None,
        });
    }

    /// A piece of a call; its arguments continue those that came before.
    pub fn add_call(&mut self, piece: CallPiece<'_>) {
        self.produced = true;
        if let Err(error) = self.calls.push(piece) {
            self.fail(error);
        }
    }

    /// A piece of a call that has all the arguments.
    pub fn replace_call(&mut self, piece: CallPiece<'_>) {
        self.produced = true;
        if let Err(error) = self.calls.replace(piece) {
            self.fail(error);
        }
    }

    /// What the answer cost; the last word counts.
    pub fn set_usage(&mut self, input_tokens: u64, output_tokens: u64) {
        self.usage = Some((input_tokens, output_tokens));
    }

    /// Why the model stopped: nothing of the answer comes after this, and the calls are handed out.
    pub fn stopped(&mut self, reason: FinishReason) {
        self.finish_reason = Some(reason);
        self.emit_calls();
    }

    /// Ends the answer, unless it has failed.
    pub fn complete(&mut self) {
        self.emit_calls();
        if self.failure.is_some() {
            return;
        }
        let reason = match self.finish_reason {
            // What the calls say counts more than what the provider calls it.
            None | Some(FinishReason::Stop | FinishReason::Other) if self.calls.any_taken() => FinishReason::ToolCalls,
            Some(FinishReason::ToolCalls) if !self.calls.any_taken() => FinishReason::Other,
            Some(reason) => reason,
            None if self.produced => FinishReason::Stop,
            None => return self.fail(ModelError::EndedEarly),
        };
        if let Some((input_tokens, output_tokens)) = self.usage {
            self.events.push(ModelEvent::Usage { input_tokens, output_tokens, cached_tokens: 0 });
        }
        self.events.push(ModelEvent::Finished(reason));
        self.over = true;
    }

    /// The first failure counts.
    pub fn fail(&mut self, error: ModelError) {
        self.failure.get_or_insert(error);
    }

    /// The events of an answer that was read from one body and must be complete.
    pub fn into_whole(mut self) -> Result<Vec<ModelEvent>, ModelError> {
        match self.failure {
            // Nothing was cut off: there is no answer in it.
            Some(ModelError::EndedEarly) => Err(ModelError::Malformed),
            Some(error) => Err(error),
            None => self.take_events(),
        }
    }

    fn read(&mut self, reader: &mut dyn EventReader, event: SseEvent<'_>) {
        if !self.over && self.failure.is_none() {
            reader.read(event, self);
        }
    }

    fn take_events(&mut self) -> Result<Vec<ModelEvent>, ModelError> {
        match &self.failure {
            Some(error) if self.events.is_empty() => Err(error.clone()),
            _ => Ok(std::mem::take(&mut self.events)),
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
        if self.failure.is_some() {
            return;
        }
        for call in self.calls.take() {
            if call.name.is_empty() {
                return self.fail(ModelError::Malformed);
            }
            self.events.push(ModelEvent::ToolCall(call));
        }
    }
}
