use serde_json::{Value, from_str};

use super::event::{
    ArgumentsDone, Delta, EndEvent, ItemEvent, Kind, OutputEvent, ResponseEnd, ResponseOutput, arguments, text,
};
use crate::answer::{Answer, AnswerStream, EventReader};
use crate::calls::CallPiece;
use crate::provider_error::from_stream_error;
use crate::{FinishReason, ModelConfig, ModelError, ModelEvent, SseEvent};

/// Reads the event stream of one response, as the network cuts it.
///
/// Events that came before a failure are returned first; the failure itself is the answer to the next
/// call of [`feed`](Self::feed) or [`finish`](Self::finish). Calls are handed out at the end, when all of them
/// are complete.
#[derive(Debug)]
pub struct ResponsesStream(pub(super) AnswerStream);

impl ResponsesStream {
    /// A reader for the answer to one request. Calls to which the provider gives no id, or one twice, get
    /// `{call_prefix}_{position}`: the prefix must differ from step to step.
    pub fn new(config: &ModelConfig, call_prefix: &str) -> Self {
        Self(AnswerStream::new(ResponseEvents::default(), MAX_EVENT_BYTES, config, call_prefix))
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
    /// [`ModelError::EndedEarly`] when none of `response.completed`, `response.incomplete` and `response.failed` has
    /// come, [`ModelError::Malformed`] when nothing of it was an event stream.
    pub fn finish(self) -> Result<Vec<ModelEvent>, ModelError> {
        self.0.finish()
    }
}

/// Where a text stands: the item, and the part of it.
type Place = (u32, u32);

/// Events of the Responses API, and where the texts that are shown as one stand in it.
#[derive(Debug, Default)]
pub(super) struct ResponseEvents {
    text_at: Option<Place>,
    reasoning_at: Option<Place>,
}

/// The last event repeats the answer, the instructions and the tools.
const MAX_EVENT_BYTES: usize = 2 * 1024 * 1024;

impl EventReader for ResponseEvents {
    fn read(&mut self, event: SseEvent<'_>, answer: &mut Answer) {
        let json = event.data.trim();
        // `[DONE]` is how servers that follow the Open Responses specification end a stream, after the last event.
        if json.is_empty() || json == "[DONE]" {
            return;
        }
        if self.try_read(event.event, json, answer).is_err() {
            answer.fail(ModelError::Malformed);
        }
    }
}

impl ResponseEvents {
    fn try_read(&mut self, name: &str, json: &str, answer: &mut Answer) -> serde_json::Result<()> {
        let Kind { kind } = from_str(json)?;
        match if kind.0.is_empty() { name } else { &kind.0 } {
            "response.output_text.delta" | "response.refusal.delta" => {
                let (place, delta) = placed(json)?;
                self.add_text(place, &delta.delta.0, answer);
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                let (place, delta) = placed(json)?;
                self.add_reasoning(place, &delta.delta.0, answer);
            }
            "response.output_item.added" | "response.output_item.done" => {
                let ItemEvent { output_index, item } = from_str(json)?;
                add_call(output_index, &item, answer);
            }
            "response.function_call_arguments.delta" => {
                let Delta { output_index: index, delta, .. } = from_str(json)?;
                answer.add_call(CallPiece { index, arguments: &delta.0, ..CallPiece::default() });
            }
            "response.function_call_arguments.done" => {
                let ArgumentsDone { output_index: index, arguments } = from_str(json)?;
                answer.replace_call(CallPiece { index, arguments: &arguments.0, ..CallPiece::default() });
            }
            kind @ ("response.completed" | "response.incomplete" | "response.failed") => {
                let EndEvent { response } = from_str(json)?;
                if !answer.has_begun() && kind != "response.failed" {
                    let OutputEvent { response } = from_str(json)?;
                    self.add_output(&response, answer);
                }
                end(kind.trim_start_matches("response."), response, answer);
            }
            "error" => fail(&from_str(json)?, answer),
            // No event of this API: what a proxy reports, or another API.
            "message" => {
                let value: Value = from_str(json)?;
                let failed = value.get("error").is_some_and(|error| !error.is_null());
                if failed { fail(&value, answer) } else { answer.fail(ModelError::Malformed) }
            }
            // The API may bring new events at any time.
            _ => {}
        }
        Ok(())
    }

    /// The items of a response that came whole.
    pub(super) fn add_output(&mut self, output: &ResponseOutput, answer: &mut Answer) {
        for (item, at) in output.output.iter().flatten().zip(0_u32..) {
            let parts =
                |name: &str| item.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter();
            match text(item, "type") {
                "message" => {
                    for (part, index) in parts("content").zip(0_u32..) {
                        let said = if text(part, "type") == "refusal" { "refusal" } else { "text" };
                        self.add_text((at, index), text(part, said), answer);
                    }
                }
                "reasoning" => {
                    for (part, index) in parts("summary").chain(parts("content")).zip(0_u32..) {
                        self.add_reasoning((at, index), text(part, "text"), answer);
                    }
                }
                _ => add_call(Some(at), item, answer),
            }
        }
    }

    fn add_text(&mut self, place: Place, text: &str, answer: &mut Answer) {
        if begins_paragraph(&mut self.text_at, place, text) {
            answer.add_text(PARAGRAPH);
        }
        answer.add_text(text);
    }

    fn add_reasoning(&mut self, place: Place, text: &str, answer: &mut Answer) {
        if begins_paragraph(&mut self.reasoning_at, place, text) {
            answer.add_reasoning(PARAGRAPH);
        }
        answer.add_reasoning(text);
    }
}

/// Ends the answer as the response object says.
pub(super) fn end(status: &str, response: ResponseEnd<'_>, answer: &mut Answer) {
    let reason = response.incomplete_details.map(|details| details.reason).unwrap_or_default();
    let finished = match (status, reason.0.as_ref()) {
        ("completed", _) => FinishReason::Stop,
        ("incomplete", "max_output_tokens") => FinishReason::Length,
        ("incomplete", "content_filter") => FinishReason::ContentFilter,
        ("incomplete", _) => FinishReason::Other,
        _ => {
            let error = from_stream_error(&response.error.unwrap_or_default(), answer.model());
            return answer.fail(error);
        }
    };
    if let Some(usage) = response.usage {
        answer.set_usage(usage.input_tokens.unwrap_or_default(), usage.output_tokens.unwrap_or_default());
    }
    answer.stopped(finished);
    answer.complete();
}

/// Parts and items stand one below the other.
const PARAGRAPH: &str = "\n\n";

fn begins_paragraph(last: &mut Option<Place>, place: Place, text: &str) -> bool {
    !text.is_empty() && last.replace(place).is_some_and(|last| last != place)
}

fn placed(json: &str) -> serde_json::Result<(Place, Delta<'_>)> {
    let delta: Delta<'_> = from_str(json)?;
    let part = delta.content_index.or(delta.summary_index).unwrap_or_default();
    Ok(((delta.output_index.unwrap_or_default(), part), delta))
}

/// A call as far as it has come; complete in the item's last event.
fn add_call(index: Option<u32>, item: &Value, answer: &mut Answer) {
    if text(item, "type") == "function_call" {
        let arguments = arguments(item);
        let (id, name) = (text(item, "call_id"), text(item, "name"));
        answer.replace_call(CallPiece { index, id, name, arguments: &arguments });
    }
}

/// By its reference the error event has code and message itself; OpenAI and Azure send them in an object `error`.
fn fail(event: &Value, answer: &mut Answer) {
    let nested = event.get("error").filter(|error| error.is_object() || error.is_string());
    let error = from_stream_error(nested.unwrap_or(event), answer.model());
    answer.fail(error);
}
