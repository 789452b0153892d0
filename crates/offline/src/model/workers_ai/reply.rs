//! A reply in the platform's own form: `response` and `tool_calls` with arguments that are objects.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::answer::{Fault, Reply};
use super::super::stream::{Envelope, call_objects, deltas, events_response, pieces, wait};
use super::error::error_body;

/// The reply as `{"result": …}`, after its delays have passed; `newer` models answer with a chat completion in it.
pub async fn whole(envelope: &Envelope, reply: &Reply, newer: bool) -> Response {
    wait(reply).await;
    match &reply.fault {
        Some(Fault::ErrorInStream(error)) => return Json(error_body(error)).into_response(),
        Some(_) => return ([(header::CONTENT_TYPE, "application/json")], r#"{"result":{"#).into_response(),
        None => {}
    }
    let result = if newer {
        let call = |(id, name, arguments): (String, String, String)| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
        let calls: Vec<Value> = call_objects(envelope, reply).into_iter().map(call).collect();
        let reason = if calls.is_empty() { "stop" } else { "tool_calls" };
        let message = json!({"role": "assistant", "content": reply.text, "reasoning_content": reply.thoughts, "tool_calls": calls});
        let choice = json!({"index": 0, "message": message, "finish_reason": reason});
        json!({"id": envelope.id, "object": "chat.completion", "choices": [choice], "usage": usage(envelope, reply)})
    } else {
        let mut result = json!({"response": reply.text, "usage": usage(envelope, reply)});
        if let (false, Some(members)) = (reply.calls.is_empty(), result.as_object_mut()) {
            members.insert("tool_calls".to_owned(), calls(reply));
        }
        result
    };
    Json(json!({"result": result, "success": true, "errors": [], "messages": []})).into_response()
}

/// The reply as events; the calls come whole in one of them.
pub fn streamed(envelope: &Envelope, reply: &Reply) -> Response {
    events_response(events(envelope, reply), reply)
}

fn events(envelope: &Envelope, reply: &Reply) -> Vec<String> {
    let mut body: Vec<Value> =
        deltas(&reply.text).into_iter().map(|piece| json!({"response": piece, "p": "abdefghijklmnopqrstuv"})).collect();
    if !reply.calls.is_empty() {
        body.push(json!({"response": "", "tool_calls": calls(reply), "p": "abc"}));
    }
    if reply.fault.is_some() {
        body.truncate(body.len().div_ceil(2));
    }
    match &reply.fault {
        Some(Fault::ErrorInStream(error)) => body.push(error_body(error)),
        Some(_) => {}
        None => body.push(json!({"response": "", "usage": usage(envelope, reply)})),
    }
    let mut events: Vec<String> = body.iter().map(|event| format!("data: {event}\n\n")).collect();
    match &reply.fault {
        None => events.push("data: [DONE]\n\n".to_owned()),
        Some(Fault::Malformed) => events.push("data: {\"response\":<html>\n\n".to_owned()),
        Some(_) => {}
    }
    events
}

fn calls(reply: &Reply) -> Value {
    reply.calls.iter().map(|(name, arguments)| json!({"name": name, "arguments": arguments})).collect()
}

fn usage(envelope: &Envelope, reply: &Reply) -> Value {
    let arguments = reply.calls.iter().map(|(_, arguments)| pieces(&arguments.to_string()).len()).sum::<usize>();
    let written = deltas(&reply.text).len().saturating_add(arguments);
    json!({
        "prompt_tokens": envelope.prompt_tokens, "completion_tokens": written,
        "total_tokens": envelope.prompt_tokens.saturating_add(written),
    })
}
