use serde_json::{Value, from_str};

use super::event::{
    ArgumentsDone, Delta, EndEvent, ItemEvent, Kind, OutputEvent, ResponseEnd, ResponseOutput, arguments, text,
};
use crate::answer::{Answer, EventReader};
use crate::calls::CallPiece;
use crate::error_dress::error_in;
use crate::provider_error::from_stream_error;
use crate::text::Count;
use crate::{FinishReason, SseEvent};

/// Where a text stands: the item, and the part of it.
type Place = (u32, u32);

/// Events of the Responses API, and where the texts that are shown as one stand in it.
#[derive(Debug, Default)]
pub(crate) struct ResponseEvents {
    text_at: Option<Place>,
    reasoning_at: Option<Place>,
}

impl EventReader for ResponseEvents {
    /// The last event repeats the answer, the instructions and the tools.
    fn max_event_bytes(&self) -> usize {
        2 * 1024 * 1024
    }

    fn read(&mut self, event: SseEvent<'_>, answer: &mut Answer) {
        let json = event.data.trim();
        // `[DONE]` is how servers that follow the Open Responses specification end a stream, after the last event.
        if json.is_empty() || json == "[DONE]" {
            return;
        }
        if self.try_read(event.event, json, answer).is_err() {
            answer.odd();
        }
    }

    fn read_whole(&mut self, json: &str, answer: &mut Answer) {
        let Ok(response) = from_str::<ResponseEnd<'_>>(json) else { return answer.odd() };
        let status = response.status.0.clone().into_owned();
        // Else another API's answer, an error, or one that is still being worked on.
        if error_in(&response.error).is_none() && matches!(status.as_str(), "completed" | "incomplete") {
            if let Ok(output) = from_str::<ResponseOutput>(json) {
                self.add_output(&output, answer);
            }
            return end(&status, response, answer);
        }
        if let Ok(value) = from_str::<Value>(json) {
            answer.fail_if_error(value.get(0).unwrap_or(&value));
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
                add_call(number(output_index), &item, answer);
                keep_reasoning(item, answer);
            }
            "response.function_call_arguments.delta" => {
                let Delta { output_index, delta, .. } = from_str(json)?;
                let index = number(output_index);
                answer.add_call(CallPiece { index, arguments: &delta.0, ..CallPiece::default() });
            }
            "response.function_call_arguments.done" => {
                let ArgumentsDone { output_index, arguments } = from_str(json)?;
                let index = number(output_index);
                answer.replace_call(CallPiece { index, arguments: &arguments.0, ..CallPiece::default() });
            }
            kind @ ("response.completed" | "response.incomplete" | "response.failed") => {
                let EndEvent { response } = from_str(json)?;
                if !answer.has_begun() && kind != "response.failed" {
                    let OutputEvent { response } = from_str(json)?;
                    self.add_output(&response.0.unwrap_or_default(), answer);
                }
                match response.0 {
                    None if !answer.has_begun() => answer.odd(),
                    response => end(kind.trim_start_matches("response."), response.unwrap_or_default(), answer),
                }
            }
            "error" | "response.error" => answer.fail_with_event(json),
            // No event of this API: what a proxy reports, or another API.
            "message" => {
                answer.fail_if_error(&from_str(json)?);
                answer.odd();
            }
            // The API may bring new events at any time.
            _ => {}
        }
        Ok(())
    }

    /// The items of a response that came whole.
    fn add_output(&mut self, output: &ResponseOutput, answer: &mut Answer) {
        let items = output.output.as_array().map(Vec::as_slice).unwrap_or_default();
        for (item, at) in items.iter().zip(0_u32..) {
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
                    keep_reasoning(item.clone(), answer);
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
fn end(status: &str, response: ResponseEnd<'_>, answer: &mut Answer) {
    let reason = response.incomplete_details.0.map(|details| details.reason).unwrap_or_default();
    let finished = match (status, reason.0.as_ref()) {
        ("completed", _) => FinishReason::Stop,
        ("incomplete", "max_output_tokens") => FinishReason::Length,
        ("incomplete", "content_filter") => FinishReason::ContentFilter,
        ("incomplete", _) => FinishReason::Other,
        _ => {
            let error = from_stream_error(&response.error, answer.model());
            return answer.fail(error);
        }
    };
    if let Some(usage) = response.usage.0 {
        let cached = usage.input_tokens_details.0.and_then(|details| details.cached_tokens.0);
        answer.set_usage(usage.input_tokens.0, usage.output_tokens.0, cached);
    }
    answer.stopped(finished);
    answer.complete();
}

/// Reasoning that the provider has sealed is wanted back with the calls it led to.
fn keep_reasoning(item: Value, answer: &mut Answer) {
    if text(&item, "type") == "reasoning" && item.get("encrypted_content").is_some_and(Value::is_string) {
        answer.keep("items", Value::Array(vec![item]));
    }
}

fn number(count: Count) -> Option<u32> {
    count.0?.try_into().ok()
}

/// Parts and items stand one below the other.
const PARAGRAPH: &str = "\n\n";

fn begins_paragraph(last: &mut Option<Place>, place: Place, text: &str) -> bool {
    !text.is_empty() && last.replace(place).is_some_and(|last| last != place)
}

fn placed(json: &str) -> serde_json::Result<(Place, Delta<'_>)> {
    let delta: Delta<'_> = from_str(json)?;
    let part = number(delta.content_index).or(number(delta.summary_index)).unwrap_or_default();
    Ok(((number(delta.output_index).unwrap_or_default(), part), delta))
}

/// A call as far as it has come; complete in the item's last event.
fn add_call(index: Option<u32>, item: &Value, answer: &mut Answer) {
    if text(item, "type") == "function_call" {
        let arguments = arguments(item);
        let (id, name) = (text(item, "call_id"), text(item, "name"));
        answer.replace_call(CallPiece { index, id, name, arguments: &arguments, ..CallPiece::default() });
    }
}
