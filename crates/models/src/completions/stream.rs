use serde_json::Value;

use super::chunk::{Chunk, Delta, Usage};
use crate::answer::{Answer, EventReader};
use crate::calls::CallPiece;
use crate::error_dress::error_in;
use crate::provider_error::from_stream_error;
use crate::{FinishReason, ModelError, SseEvent};

/// Events whose data are chunks.
#[derive(Debug)]
pub(crate) struct Chunks;

impl EventReader for Chunks {
    fn read(&mut self, event: SseEvent<'_>, answer: &mut Answer) {
        let json = event.data.trim();
        if json.is_empty() {
            return;
        }
        if json == "[DONE]" {
            return answer.complete();
        }
        if event.event == "error" {
            return answer.fail_with_event(json);
        }
        let Ok(chunk) = serde_json::from_str::<Chunk<'_>>(json) else { return read_odd(json, answer) };
        let silent = chunk.choices.0.is_none();
        add_chunk(answer, chunk);
        if silent && let Ok(value) = serde_json::from_str::<Value>(json) {
            answer.fail_if_error(&value);
        }
    }

    fn read_whole(&mut self, json: &str, answer: &mut Answer) {
        let Ok(value) = serde_json::from_str::<Value>(json) else { return answer.odd() };
        // Google puts its errors into a list.
        let value = value.get(0).unwrap_or(&value);
        if let Ok(mut chunk) = <Chunk<'_> as serde::Deserialize>::deserialize(value) {
            if let Some(choice) = &mut chunk.choices.0
                && let Some(message) = choice.message.0.take()
            {
                choice.delta.0 = Some(message);
            }
            let says = chunk.choices.0.is_some();
            add_chunk(answer, chunk);
            if says {
                return answer.complete();
            }
        }
        answer.fail_if_error(value);
    }
}

/// A name that stands twice, or no JSON object at all.
fn read_odd(json: &str, answer: &mut Answer) {
    match serde_json::from_str::<Value>(json) {
        Ok(value @ Value::Object(_)) => match <Chunk<'_> as serde::Deserialize>::deserialize(&value) {
            Ok(chunk) => add_chunk(answer, chunk),
            Err(_) => answer.odd(),
        },
        Ok(value) => match error_in(&value) {
            Some(error) => answer.fail_in_words(error),
            None => answer.odd(),
        },
        Err(_) => {
            // Half of a chunk holds the model's words, which may be about errors.
            if !json.starts_with(['{', '[', '"']) {
                answer.fail_in_words(&Value::from(json));
            }
            answer.odd();
        }
    }
}

pub(super) fn add_chunk(answer: &mut Answer, chunk: Chunk<'_>) {
    if let Some(usage) = &chunk.usage.0 {
        // Some providers send it with every chunk, growing.
        add_usage(answer, usage);
    }
    let mut failure = error_in(&chunk.error).map(|error| from_stream_error(error, answer.model()));
    if let Some(choice) = chunk.choices.0 {
        if let Some(usage) = &choice.usage.0 {
            add_usage(answer, usage);
        }
        if let Some(delta) = choice.delta.0 {
            add_delta(answer, delta);
        }
        failure = failure.or_else(|| error_in(&choice.error).map(|error| from_stream_error(error, answer.model())));
        match finish_reason(&choice.finish_reason.0) {
            _ if failure.is_some() => {}
            Some(Ok(reason)) => answer.stopped(reason),
            Some(Err(error)) => failure = Some(error),
            None => {}
        }
    }
    failure.into_iter().for_each(|error| answer.fail(error));
}

fn add_usage(answer: &mut Answer, usage: &Usage) {
    let details = usage.prompt_tokens_details.0.as_ref().and_then(|details| details.cached_tokens.0);
    answer.set_usage(
        usage.prompt_tokens.0.or(usage.input_tokens.0),
        usage.completion_tokens.0.or(usage.output_tokens.0),
        details.or(usage.prompt_cache_hit_tokens.0).or(usage.cached_tokens.0),
    );
}

fn add_delta(answer: &mut Answer, delta: Delta<'_>) {
    // Servers on their way from one name to the other send the same text under both.
    let reasoning = if delta.reasoning_content.0.is_empty() { &delta.reasoning } else { &delta.reasoning_content };
    answer.keep_text("reasoning_content", &reasoning.0);
    answer.add_reasoning(&reasoning.0);
    answer.add_reasoning(&delta.content.reasoning);
    answer.add_text(&delta.content.text);
    answer.add_text(&delta.refusal.0);
    let own = [
        ("reasoning_details", delta.reasoning_details),
        ("extra_content", delta.extra_content),
        ("reasoning_opaque", delta.reasoning_opaque),
        ("thinking_blocks", delta.thinking_blocks),
    ];
    for (name, value) in own {
        answer.keep(name, value);
    }
    for mut call in delta.tool_calls.0 {
        if !call.function.own.is_empty() {
            call.own.insert("function".to_owned(), Value::Object(call.function.own));
        }
        let index = call.index.0.and_then(|index| index.try_into().ok());
        let (name, arguments) = (call.function.name.0.as_ref(), call.function.arguments.0.as_ref());
        answer.add_call(CallPiece { index, id: &call.id.0, name, arguments, own: call.own });
    }
    if let Some(function) = delta.function_call.0 {
        let (name, arguments) = (function.name.0.as_ref(), function.arguments.0.as_ref());
        answer.add_call(CallPiece { name, arguments, ..CallPiece::default() });
    }
}

/// Why the model stopped, or that it did not come to an end. Words nobody knows are an end like any other.
fn finish_reason(text: &str) -> Option<Result<FinishReason, ModelError>> {
    let reason = text.to_ascii_lowercase();
    Some(Ok(match reason.as_str() {
        "" | "null" => return None,
        "stop" | "end_turn" | "stop_sequence" | "eos" | "eos_token" | "complete" | "completed" => FinishReason::Stop,
        "length" | "max_tokens" | "model_length" | "max_output_tokens" => FinishReason::Length,
        "tool_calls" | "function_call" | "tool_use" | "tool_call" => FinishReason::ToolCalls,
        "content_filter" | "safety" | "sensitive" | "recitation" | "blocklist" | "prohibited_content" | "spii" => {
            FinishReason::ContentFilter
        }
        "error" | "network_error" | "error_toxic" => return Some(Err(ModelError::Down { status: 500 })),
        "insufficient_system_resource" => return Some(Err(ModelError::Overloaded { retry_at: None })),
        reason if reason.contains("malformed_function_call") => return Some(Err(ModelError::CallSlip)),
        _ => FinishReason::Other,
    }))
}
