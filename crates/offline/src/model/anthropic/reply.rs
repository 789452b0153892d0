//! A reply written as a message of Anthropic's, whole or as a stream of typed events.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::answer::{Fault, Reply};
use super::super::stream::{deltas, events_response, pieces, wait};
use super::blocks::{PLAIN_ID, THOUGHT_ID, signature};
use super::error::error_body;

/// What both forms of an answer carry besides the reply.
#[derive(Debug)]
pub struct Envelope {
    /// `msg_…`.
    pub id: String,
    /// The model's name, as asked.
    pub model: String,
    /// Tokens of the request, estimated.
    pub input_tokens: usize,
}

/// The reply as one `message`, after its delays have passed.
pub async fn whole(envelope: &Envelope, reply: &Reply) -> Response {
    wait(reply).await;
    match &reply.fault {
        Some(Fault::ErrorInStream(error)) => return Json(error_body(error)).into_response(),
        Some(_) => return ([(header::CONTENT_TYPE, "application/json")], r#"{"id":"msg_"#).into_response(),
        None => {}
    }
    let mut message = message(envelope, blocks(envelope, reply));
    if let Some(members) = message.as_object_mut() {
        members.insert("stop_reason".to_owned(), stop_reason(reply).into());
        members.insert("usage".to_owned(), usage(envelope, written(reply)));
    }
    Json(message).into_response()
}

/// The reply as events.
pub fn streamed(envelope: &Envelope, reply: &Reply) -> Response {
    events_response(events(envelope, reply), reply)
}

/// Every event in order.
fn events(envelope: &Envelope, reply: &Reply) -> Vec<String> {
    let mut body = Vec::new();
    for (index, block) in blocks(envelope, reply).iter().enumerate() {
        body.extend(block_events(index, block));
    }
    if reply.fault.is_some() {
        body.truncate(body.len().div_ceil(2));
    }
    let mut all =
        vec![json!({"type": "message_start", "message": message(envelope, Vec::new())}), json!({"type": "ping"})];
    all.extend(body);
    match &reply.fault {
        Some(Fault::ErrorInStream(error)) => all.push(error_body(error)),
        Some(_) => {}
        None => {
            let delta = json!({"stop_reason": stop_reason(reply), "stop_sequence": null});
            all.push(json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": written(reply)}}));
            all.push(json!({"type": "message_stop"}));
        }
    }
    let named = |event: &Value| {
        format!("event: {}\ndata: {event}\n\n", event.get("type").and_then(Value::as_str).unwrap_or_default())
    };
    let mut events: Vec<String> = all.iter().map(named).collect();
    if reply.fault == Some(Fault::Malformed) {
        events.push("event: content_block_delta\ndata: {\"type\":\"content_block_de<html>\n\n".to_owned());
        events.push("data: \u{fffd}\u{fffd} not json at all\n\n".to_owned());
    }
    events
}

fn block_events(index: usize, block: &Value) -> Vec<Value> {
    let text = |name: &str| block.get(name).and_then(Value::as_str).unwrap_or_default();
    let delta = |delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    let start = |block: Value| json!({"type": "content_block_start", "index": index, "content_block": block});
    let mut events = Vec::new();
    match text("type") {
        "thinking" => {
            events.push(start(json!({"type": "thinking", "thinking": "", "signature": ""})));
            let piece = |piece: &&str| delta(json!({"type": "thinking_delta", "thinking": piece}));
            events.extend(deltas(text("thinking")).iter().map(piece));
            events.push(delta(json!({"type": "signature_delta", "signature": text("signature")})));
        }
        "tool_use" => {
            events.push(start(json!({"type": "tool_use", "id": text("id"), "name": text("name"), "input": {}})));
            events.push(delta(json!({"type": "input_json_delta", "partial_json": ""})));
            let input = block.get("input").map(Value::to_string).unwrap_or_default();
            // Without arguments nothing more comes.
            let input = if input == "{}" { String::new() } else { input };
            let piece = |piece: &String| delta(json!({"type": "input_json_delta", "partial_json": piece}));
            events.extend(pieces(&input).iter().map(piece));
        }
        _ => {
            events.push(start(json!({"type": "text", "text": ""})));
            let piece = |piece: &&str| delta(json!({"type": "text_delta", "text": piece}));
            events.extend(deltas(text("text")).iter().map(piece));
        }
    }
    events.push(json!({"type": "content_block_stop", "index": index}));
    events
}

fn blocks(envelope: &Envelope, reply: &Reply) -> Vec<Value> {
    let thinks = !reply.thoughts.is_empty();
    let mut blocks = Vec::new();
    if thinks {
        let signature = signature(&reply.thoughts);
        blocks.push(json!({"type": "thinking", "thinking": reply.thoughts, "signature": signature}));
    }
    if !reply.text.is_empty() {
        blocks.push(json!({"type": "text", "text": reply.text}));
    }
    let prefix = if thinks { THOUGHT_ID } else { PLAIN_ID };
    let stem = envelope.id.trim_start_matches("msg_");
    let call = |(at, (name, input)): (usize, &(String, Value))| json!({"type": "tool_use", "id": format!("{prefix}{stem}{at}"), "name": name, "input": input});
    blocks.extend(reply.calls.iter().enumerate().map(call));
    blocks
}

fn message(envelope: &Envelope, content: Vec<Value>) -> Value {
    json!({
        "id": envelope.id, "type": "message", "role": "assistant", "model": envelope.model, "content": content,
        "stop_reason": null, "stop_sequence": null, "usage": usage(envelope, 1),
    })
}

fn usage(envelope: &Envelope, output_tokens: usize) -> Value {
    json!({
        "input_tokens": envelope.input_tokens, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
        "output_tokens": output_tokens, "service_tier": "standard",
    })
}

fn written(reply: &Reply) -> usize {
    let calls = reply.calls.iter().map(|(_, input)| pieces(&input.to_string()).len()).sum::<usize>();
    deltas(&reply.text).len().saturating_add(deltas(&reply.thoughts).len()).saturating_add(calls)
}

fn stop_reason(reply: &Reply) -> &'static str {
    if reply.calls.is_empty() { "end_turn" } else { "tool_use" }
}
