//! What the readers of every API have in common: the answer as far as it has come, and the stream that brings it.

use std::fmt;

use serde_json::{Map, Value};

use crate::calls::{CallAssembler, CallPiece};
use crate::error_dress::error_of;
use crate::kept::Kept;
use crate::provider_error::{from_stream_error, named_in};
use crate::{FinishReason, ModelConfig, ModelError, ModelEvent, SseDecoder, SseEvent};

/// What a model reads of a call of which a piece could not be read: it may say something else than the model wanted.
const TORN: &str = "The call did not arrive whole. Make it again.";

/// How one API writes its events.
pub(crate) trait EventReader: fmt::Debug {
    /// The largest event, bytes. One carries a token or a few; a whole answer may be one as well.
    fn max_event_bytes(&self) -> usize {
        1024 * 1024
    }

    /// Adds one event to the answer, which is neither over nor failed.
    fn read(&mut self, event: SseEvent<'_>, answer: &mut Answer);

    /// Adds a body that is no event stream but one answer in JSON, and completes it.
    fn read_whole(&mut self, json: &str, answer: &mut Answer) {
        self.read(SseEvent { event: "message", data: json }, answer);
    }
}

/// Reads the event stream of one answer, as the network cuts it. [`ModelApi::stream`](crate::ModelApi::stream) makes one.
///
/// Events that came before a failure are returned first; the failure itself is the answer to the next call of
/// [`feed`](Self::feed) or [`finish`](Self::finish). So an answer is never shorter on the screen than what had arrived. What is not
/// understood is nothing; a body that is no event stream but one answer in JSON is read as that.
#[derive(Debug)]
pub struct ModelStream {
    decoder: SseDecoder,
    reader: Box<dyn EventReader>,
    answer: Answer,
    body: Body,
    limit: usize,
}

/// What a body is. Its first character tells, whatever the server calls it.
#[derive(Debug)]
enum Body {
    /// Nothing of it is here.
    Unknown,
    /// An event stream.
    Events,
    /// JSON, as far as it has come.
    Json(Vec<u8>),
}

impl ModelStream {
    /// `call_prefix` as in [`ModelApi::stream`](crate::ModelApi::stream).
    pub(crate) fn new(reader: Box<dyn EventReader>, config: &ModelConfig, call_prefix: &str) -> Self {
        let limit = reader.max_event_bytes();
        Self {
            decoder: SseDecoder::new(limit),
            reader,
            answer: Answer::new(config, call_prefix),
            body: Body::Unknown,
            limit,
        }
    }

    /// Reads the next bytes. All text of them is one [`ModelEvent::Text`], all reasoning one [`ModelEvent::Reasoning`].
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<ModelEvent>, ModelError> {
        if let Some(error) = &self.answer.failure {
            return Err(error.clone());
        }
        if !self.answer.over {
            self.take_in(bytes);
        }
        self.answer.take_events()
    }

    fn take_in(&mut self, mut bytes: &[u8]) {
        if matches!(self.body, Body::Unknown) {
            // White space and a byte order mark are nothing to either kind.
            let begins = |byte: &u8| !byte.is_ascii_whitespace() && !b"\xEF\xBB\xBF".contains(byte);
            let Some(from) = bytes.iter().position(begins) else { return };
            bytes = bytes.get(from..).unwrap_or_default();
            self.body =
                if bytes.starts_with(b"{") || bytes.starts_with(b"[") { Body::Json(Vec::new()) } else { Body::Events };
        }
        let Self { decoder, reader, answer, body, limit } = self;
        match body {
            Body::Json(json) if json.len().saturating_add(bytes.len()) > *limit => answer.fail(ModelError::Malformed),
            Body::Json(json) => json.extend_from_slice(bytes),
            Body::Events | Body::Unknown => {
                if decoder.feed(bytes, &mut |event| answer.read(reader.as_mut(), event)).is_err() {
                    answer.fail(ModelError::Malformed);
                }
            }
        }
    }

    /// True when the rest of the body does not matter: the answer is complete or has failed. Stop reading and call
    /// [`finish`](Self::finish).
    pub fn is_over(&self) -> bool {
        self.answer.over || self.answer.failure.is_some()
    }

    /// True when the model has said why it stopped: only what the answer cost may still come.
    pub fn has_stopped(&self) -> bool {
        self.answer.finish_reason.is_some()
    }

    /// The body has ended: what it held last, also where [`finish`](Self::finish) then says that it failed.
    pub fn end(&mut self) -> Vec<ModelEvent> {
        let Self { decoder, reader, answer, body, .. } = self;
        if !answer.over && answer.failure.is_none() {
            let was_odd = answer.is_odd;
            let json = if let Body::Json(json) = body { Some(std::mem::take(json)) } else { None };
            if let Some(json) = &json {
                read_json(json, reader.as_mut(), answer);
            } else if decoder.finish(&mut |event| answer.read(reader.as_mut(), event)).is_err() {
                // The last event is half of one.
                answer.odd();
            }
            if !answer.over && answer.failure.is_none() && answer.finish_reason.is_some() {
                answer.complete();
            }
            if !answer.over {
                let none = !answer.produced && (was_odd || decoder.is_foreign());
                answer.fail(if none { ModelError::Malformed } else { ModelError::EndedEarly });
            }
            // Of a body that was JSON nothing was cut off: there is no answer in it.
            if json.is_some() && answer.events.is_empty() && answer.failure == Some(ModelError::EndedEarly) {
                answer.failure = Some(ModelError::Malformed);
            }
        }
        std::mem::take(&mut answer.events)
    }

    /// The body has ended, or was dropped because [`is_over`](Self::is_over): what [`end`](Self::end) has not handed out.
    ///
    /// [`ModelError::EndedEarly`] when nothing has said that the answer is complete, [`ModelError::Malformed`] when nothing of it was an
    /// answer.
    pub fn finish(mut self) -> Result<Vec<ModelEvent>, ModelError> {
        let events = self.end();
        self.answer.failure.map_or(Ok(events), Err)
    }
}

/// One answer, or several one below the other: a stream without its frame.
fn read_json(json: &[u8], reader: &mut dyn EventReader, answer: &mut Answer) {
    let text = String::from_utf8_lossy(json);
    let text = text.trim_start_matches('\u{FEFF}').trim();
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return reader.read_whole(text, answer);
    }
    for line in text.lines() {
        // A stream may begin with something else than itself.
        let line = line.trim();
        let data = line.strip_prefix("data:").unwrap_or(line).trim();
        answer.read(reader, SseEvent { event: "message", data });
    }
}

#[derive(Debug, Default, Clone, Copy)]
struct Usage {
    input_tokens: u64,
    output_tokens: u64,
    cached_tokens: u64,
}

/// The answer as far as it has come.
#[derive(Debug)]
pub(crate) struct Answer {
    model: String,
    calls: CallAssembler,
    events: Vec<ModelEvent>,
    usage: Option<Usage>,
    /// What the provider wants back with the calls of this answer.
    kept: Kept,
    /// Something could not be read, and was passed over.
    is_odd: bool,
    finish_reason: Option<FinishReason>,
    produced: bool,
    over: bool,
    failure: Option<ModelError>,
}

impl Answer {
    pub fn new(config: &ModelConfig, call_prefix: &str) -> Self {
        Self {
            model: config.model.clone(),
            calls: CallAssembler::new(call_prefix, config.origin()),
            events: Vec::new(),
            usage: None,
            kept: Kept::default(),
            is_odd: false,
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

    /// What the answer cost, as far as it is told; the last word counts.
    pub fn set_usage(&mut self, input_tokens: Option<u64>, output_tokens: Option<u64>, cached_tokens: Option<u64>) {
        if input_tokens.is_none() && output_tokens.is_none() && cached_tokens.is_none() {
            return;
        }
        let usage = self.usage.get_or_insert_default();
        usage.input_tokens = input_tokens.unwrap_or(usage.input_tokens);
        usage.output_tokens = output_tokens.unwrap_or(usage.output_tokens);
        usage.cached_tokens = cached_tokens.unwrap_or(usage.cached_tokens);
    }

    /// Keeps text which the provider wants back with the calls of this answer, as much as is kept at all.
    pub fn keep_text(&mut self, name: &str, text: &str) {
        self.kept.add_text(name, text);
    }

    /// Keeps a member which the provider wants back with the calls of this answer.
    pub fn keep(&mut self, name: &str, value: Value) {
        self.kept.add(name, value);
    }

    /// Why the model stopped: nothing of the answer comes after this, and the calls are handed out.
    pub fn stopped(&mut self, reason: FinishReason) {
        self.finish_reason = Some(reason);
        self.emit_calls();
    }

    /// Ends the answer, unless it has failed.
    pub fn complete(&mut self) {
        if self.over {
            return;
        }
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
        if let Some(Usage { input_tokens, output_tokens, cached_tokens }) = self.usage {
            self.events.push(ModelEvent::Usage { input_tokens, output_tokens, cached_tokens });
        }
        self.events.push(ModelEvent::Finished(reason));
        self.over = true;
    }

    /// The first failure counts, and none counts where the answer had come to its end: what was shown is whole.
    pub fn fail(&mut self, error: ModelError) {
        if self.finish_reason.is_some() && self.failure.is_none() {
            return self.complete();
        }
        self.failure.get_or_insert(error);
    }

    /// Something could not be read and is passed over: what came before and comes after it is not lost.
    pub fn odd(&mut self) {
        self.is_odd = true;
    }

    /// An event that is an error by its name: JSON or words.
    pub fn fail_with_event(&mut self, data: &str) {
        let value = serde_json::from_str(data).unwrap_or_else(|_| Value::from(data));
        let error = from_stream_error(error_of(&value).unwrap_or(&value), &self.model);
        self.fail(error);
    }

    /// An object without an answer in it, which may be an error in any dress.
    pub fn fail_if_error(&mut self, object: &Value) {
        if let Some(error) = error_of(object) {
            let error = from_stream_error(error, &self.model);
            self.fail(error);
        }
    }

    /// Words where there should be an object: an error if they say what went wrong.
    pub fn fail_in_words(&mut self, words: &Value) {
        if let Some(error) = named_in(words, &self.model) {
            self.fail(error);
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

    fn emit_calls(&mut self) {
        if self.failure.is_some() {
            return;
        }
        for mut call in self.calls.take(&mut self.kept.members) {
            if self.is_odd && call.arguments_error.is_none() {
                call.arguments = Value::Object(Map::new());
                call.arguments_error = Some(TORN.to_owned());
            }
            self.events.push(ModelEvent::ToolCall(call));
        }
    }
}
