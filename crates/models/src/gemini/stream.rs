use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::wire::{Candidate, Chunk, Part, Usage};
use crate::answer::{Answer, EventReader};
use crate::calls::CallPiece;
use crate::error_dress::error_in;
use crate::provider_error::from_stream_error;
use crate::{FinishReason, ModelError, SseEvent};

/// The member of a part, and of [`Provided::call`](crate::Provided::call), that goes back on the part it came with.
pub(super) const SIGNATURE: &str = "thoughtSignature";
/// The member of [`Provided::step`](crate::Provided::step) with the last signed text: text and signature.
pub(super) const SIGNED_TEXT: &str = "signedText";

/// The parts of an answer.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    /// How many calls there were: each comes whole, and none continues another.
    calls: u32,
}

impl EventReader for Chunks {
    fn read(&mut self, event: SseEvent<'_>, answer: &mut Answer) {
        let json = event.data.trim();
        match json {
            "" => return,
            // Proxies end every stream so.
            "[DONE]" => return answer.complete(),
            _ if event.event == "error" => return answer.fail_with_event(json),
            _ => {}
        }
        match serde_json::from_str::<Chunk<'_>>(json) {
            Ok(chunk) if self.add(&chunk, answer) => {}
            Ok(_) => match serde_json::from_str::<Value>(json) {
                Ok(value) => answer.fail_if_error(&value),
                Err(_) => answer.odd(),
            },
            Err(_) => match serde_json::from_str::<Value>(json) {
                Ok(value) => self.add_value(&value, answer),
                Err(_) => answer.odd(),
            },
        }
    }

    fn read_whole(&mut self, json: &str, answer: &mut Answer) {
        match serde_json::from_str::<Value>(json) {
            Ok(Value::Array(chunks)) => chunks.iter().for_each(|chunk| self.add_value(chunk, answer)),
            Ok(value) => self.add_value(&value, answer),
            Err(_) => answer.odd(),
        }
    }
}

impl Chunks {
    fn add_value(&mut self, value: &Value, answer: &mut Answer) {
        match Chunk::deserialize(value) {
            Ok(chunk) if self.add(&chunk, answer) => {}
            Ok(_) => answer.fail_if_error(value),
            Err(_) => answer.odd(),
        }
    }

    /// False when it says nothing of an answer.
    fn add(&mut self, chunk: &Chunk<'_>, answer: &mut Answer) -> bool {
        if let Some(usage) = &chunk.usage.0 {
            add_usage(usage, answer);
        }
        if let Some(candidate) = &chunk.candidates.0 {
            self.add_candidate(candidate, answer);
        }
        let blocked = chunk.prompt_feedback.0.as_ref().is_some_and(|feedback| !feedback.block_reason.0.is_empty());
        if blocked {
            answer.fail(ModelError::ContentFiltered);
        }
        if let Some(error) = error_in(&chunk.error) {
            let error = from_stream_error(error, answer.model());
            answer.fail(error);
        }
        blocked || chunk.candidates.0.is_some() || chunk.usage.0.is_some()
    }

    fn add_candidate(&mut self, candidate: &Candidate<'_>, answer: &mut Answer) {
        let parts = candidate.content.0.as_ref().map(|content| content.parts.0.as_slice()).unwrap_or_default();
        for part in parts {
            self.add_part(part, answer);
        }
        match finish_reason(&candidate.finish_reason.0) {
            Some(Ok(reason)) => answer.stopped(reason),
            Some(Err(error)) => answer.fail(error),
            None => {}
        }
    }

    fn add_part(&mut self, part: &Part<'_>, answer: &mut Answer) {
        let signature = part.signature.0.as_ref();
        if let Some(call) = &part.call.0 {
            let mut own = Map::new();
            if !signature.is_empty() {
                own.insert(SIGNATURE.to_owned(), Value::from(signature));
            }
            let (id, name, arguments) = (call.id.0.as_ref(), call.name.0.as_ref(), call.args.0.as_ref());
            answer.add_call(CallPiece { index: Some(self.calls), id, name, arguments, own });
            self.calls = self.calls.saturating_add(1);
            return;
        }
        if part.thought == Value::Bool(true) {
            return answer.add_reasoning(&part.text.0);
        }
        answer.add_text(&part.text.0);
        if !signature.is_empty() {
            answer.keep(SIGNED_TEXT, json!({ "text": part.text.0, SIGNATURE: signature }));
        }
    }
}

/// What the model thought is a part of its answer.
fn add_usage(usage: &Usage, answer: &mut Answer) {
    let written = [usage.candidates_token_count, usage.thoughts_token_count];
    let written = written.iter().filter_map(|count| count.0).reduce(u64::saturating_add);
    answer.set_usage(usage.prompt_token_count.0, written, usage.cached_content_token_count.0);
}

/// Why the model stopped, or that it did not come to an end. Words nobody knows are an end like any other.
fn finish_reason(text: &str) -> Option<Result<FinishReason, ModelError>> {
    Some(Ok(match text {
        "" | "FINISH_REASON_UNSPECIFIED" => return None,
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" | "MODEL_ARMOR" => {
            FinishReason::ContentFilter
        }
        "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" | "MALFORMED_RESPONSE" => {
            return Some(Err(ModelError::CallSlip));
        }
        _ => FinishReason::Other,
    }))
}
