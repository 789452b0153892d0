use deputy_http::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::error::of_parts;
use crate::answer::{Answer, AnswerStream, EventReader};
use crate::completions::Chunks;
use crate::error_dress::error_in;
use crate::text::{Arguments, Text};
use crate::{ModelConfig, ModelError, ModelEvent, SseEvent};

/// Reads the event stream of one answer, in the platform's own form (`response`, `tool_calls`) or, from newer models, in that of chat
/// completions.
///
/// Events that came before a failure are returned first; the failure itself is the answer to the next call of
/// [`feed`](Self::feed) or [`finish`](Self::finish). What is not understood is nothing; a body that is no event stream but one
/// answer in JSON is read as that.
#[derive(Debug)]
pub struct WorkersAiStream(AnswerStream);

impl WorkersAiStream {
    /// A reader for the answer to one request; `call_prefix` as in [`CompletionsStream::new`](crate::CompletionsStream::new).
    pub fn new(config: &ModelConfig, call_prefix: &str) -> Self {
        Self(AnswerStream::new(Outputs, MAX_EVENT_BYTES, config, call_prefix))
    }

    /// Reads the next bytes. All text of them is one [`ModelEvent::Text`], all reasoning one [`ModelEvent::Reasoning`].
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<ModelEvent>, ModelError> {
        self.0.feed(bytes)
    }

    /// True when the rest of the body does not matter. Stop reading and call [`finish`](Self::finish).
    pub fn is_over(&self) -> bool {
        self.0.is_over()
    }

    /// True when the model has said why it stopped: only what the answer cost may still come.
    pub fn has_stopped(&self) -> bool {
        self.0.has_stopped()
    }

    /// The body has ended: what it held last, also where [`finish`](Self::finish) then says that it failed.
    pub fn end(&mut self) -> Vec<ModelEvent> {
        self.0.end()
    }

    /// The body has ended, or was dropped because [`is_over`](Self::is_over).
    ///
    /// [`ModelError::EndedEarly`] when neither `[DONE]` nor a finish reason has come, [`ModelError::Malformed`] when nothing of it was
    /// an answer.
    pub fn finish(self) -> Result<Vec<ModelEvent>, ModelError> {
        self.0.finish()
    }

    /// Reads an answer whose body is here whole, or what its status means. `now_ms` places a `Retry-After`.
    pub fn whole(self, response: &Response, config: &ModelConfig, now_ms: u64) -> Result<Vec<ModelEvent>, ModelError> {
        if !response.status().is_success()
            && let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(response.body())
            && let Some(error) = body.get("errors").and_then(|errors| failure(errors, &config.model))
        {
            return Err(error);
        }
        self.0.read_whole(response, config, now_ms)
    }
}

/// A whole answer may be one event.
const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// What a text model puts out.
#[derive(Debug)]
struct Outputs;

/// One event of the platform's own.
#[derive(Deserialize)]
struct Output<'a> {
    /// Text; a model whose text is a number, or JSON by request, makes it that.
    #[serde(borrow, default)]
    response: Arguments<'a>,
    #[serde(default)]
    tool_calls: Value,
    #[serde(default)]
    usage: Value,
    #[serde(borrow, default)]
    finish_reason: Text<'a>,
    #[serde(default)]
    errors: Value,
    /// There in the events of newer models.
    choices: Option<IgnoredAny>,
}

impl EventReader for Outputs {
    fn read(&mut self, event: SseEvent<'_>, answer: &mut Answer) {
        let json = event.data.trim();
        if json == "[DONE]" {
            return answer.complete();
        }
        if event.event == "error" {
            return match serde_json::from_str::<Value>(json) {
                Ok(value) => fail(&value, answer),
                Err(_) => answer.fail_with_event(json),
            };
        }
        match serde_json::from_str::<Output<'_>>(json) {
            Ok(output) if output.choices.is_none() => {
                if !add(&output, answer)
                    && let Ok(value) = serde_json::from_str::<Value>(json)
                {
                    fail(&value, answer);
                }
            }
            // Also what cannot be read at all: there it is known what becomes of it.
            _ => Chunks.read(event, answer),
        }
    }

    fn read_whole(&mut self, json: &str, answer: &mut Answer) {
        let Ok(mut value) = serde_json::from_str::<Value>(json) else { return answer.odd() };
        // The HTTP API puts it into an envelope.
        if let Some(result) =
            value.get_mut("result").filter(|result| result.as_object().is_some_and(|one| !one.is_empty()))
        {
            value = result.take();
        }
        if value.get("choices").is_some_and(Value::is_array) {
            return Chunks.read_whole(&value.to_string(), answer);
        }
        match Output::deserialize(&value) {
            Ok(output) if add(&output, answer) => answer.complete(),
            _ => fail(&value, answer),
        }
    }
}

/// False when it says nothing of an answer.
fn add(output: &Output<'_>, answer: &mut Answer) -> bool {
    answer.add_text(&output.response.0);
    if let Some(error) = failure(&output.errors, answer.model()) {
        answer.fail(error);
        return true;
    }
    let has = |value: &Value| error_in(value).is_some();
    let (calls, usage, reason) = (has(&output.tool_calls), has(&output.usage), !output.finish_reason.0.is_empty());
    if calls || usage || reason {
        // The rest is written as chat completions write it.
        let mut chunk = Map::new();
        if calls || reason {
            let delta = json!({ "tool_calls": output.tool_calls });
            let choice = json!({ "delta": delta, "finish_reason": output.finish_reason.0 });
            chunk.insert("choices".to_owned(), json!([choice]));
        }
        chunk.insert("usage".to_owned(), output.usage.clone());
        let chunk = Value::Object(chunk).to_string();
        Chunks.read(SseEvent { event: "message", data: &chunk }, answer);
    }
    calls || usage || reason || !output.response.0.is_empty()
}

fn fail(value: &Value, answer: &mut Answer) {
    match value.get("errors").and_then(|errors| failure(errors, answer.model())) {
        Some(error) => answer.fail(error),
        None => answer.fail_if_error(value),
    }
}

/// The first of the errors, which have a code and words.
fn failure(errors: &Value, model: &str) -> Option<ModelError> {
    let first = errors.get(0)?;
    let message = first.get("message").and_then(Value::as_str).or(first.as_str()).unwrap_or_default();
    Some(of_parts(first.get("code").and_then(Value::as_u64), message, model))
}
