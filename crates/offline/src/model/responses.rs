//! A reply written as OpenAI's Responses API, whole or as a stream of typed events.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::answer::{Fault, Reply};
use super::stream::{self, Envelope, deltas, pieces};

/// The reply as one `response` object, after its delays have passed.
pub async fn whole(envelope: &Envelope, reply: &Reply) -> Response {
    stream::wait(reply).await;
    if reply.fault.is_some() {
        return ([(header::CONTENT_TYPE, "application/json")], r#"{"id":"resp_"#).into_response();
    }
    Json(response(envelope, reply, "completed")).into_response()
}

/// The reply as events `response.…`.
pub fn streamed(envelope: &Envelope, reply: &Reply) -> Response {
    stream::events_response(events(envelope, reply), reply)
}

/// Every event in order, numbered.
fn events(envelope: &Envelope, reply: &Reply) -> Vec<String> {
    let opening = Reply { text: String::new(), calls: Vec::new(), ..reply.clone() };
    let started = response(envelope, &opening, "in_progress");
    let mut body = Vec::new();
    for (index, item) in items(envelope, reply).into_iter().enumerate() {
        body.extend(item_events(index, &item));
    }
    if reply.fault.is_some() {
        body.truncate(body.len().div_ceil(2));
    }
    let mut all = vec![
        json!({"type": "response.created", "response": started}),
        json!({"type": "response.in_progress", "response": started}),
    ];
    all.extend(body);
    if reply.fault.is_none() {
        all.push(json!({"type": "response.completed", "response": response(envelope, reply, "completed")}));
    }
    let numbered = |(number, mut event): (usize, Value)| {
        if let Some(members) = event.as_object_mut() {
            members.insert("sequence_number".to_owned(), number.into());
        }
        let name = event.get("type").and_then(Value::as_str).unwrap_or_default();
        format!("event: {name}\ndata: {event}\n\n")
    };
    let mut events: Vec<String> = all.into_iter().enumerate().map(numbered).collect();
    if let Some(Fault::ErrorInStream(error)) = &reply.fault {
        let (code, message, number) = (error.code(), error.message(), events.len());
        let event =
            json!({"type": "error", "code": code, "message": message, "param": null, "sequence_number": number});
        events.push(format!("event: error\ndata: {event}\n\n"));
    }
    if reply.fault == Some(Fault::Malformed) {
        events.push("event: response.output_text.delta\ndata: {\"type\":\"response.outp<html>\n\n".to_owned());
        events.push("data: \u{fffd}\u{fffd} not json at all\n\n".to_owned());
    }
    events
}

fn item_events(index: usize, item: &Value) -> Vec<Value> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
    let id = text("id");
    let on = |kind: &str, more: Value| {
        let mut event = json!({"type": kind, "output_index": index, "item_id": id});
        if let (Some(members), Value::Object(more)) = (event.as_object_mut(), more) {
            members.extend(more);
        }
        event
    };
    let item_event = |kind: &str, item: Value| json!({"type": kind, "output_index": index, "item": item});
    let mut begun = item.clone();
    if let Some(members) = begun.as_object_mut() {
        members.insert("status".to_owned(), "in_progress".into());
        if members.contains_key("arguments") {
            members.insert("arguments".to_owned(), "".into());
        } else {
            members.insert("content".to_owned(), json!([]));
        }
    }
    let mut events = vec![item_event("response.output_item.added", begun)];
    if text("type") == "function_call" {
        let arguments = text("arguments");
        let delta = |piece: String| on("response.function_call_arguments.delta", json!({"delta": piece}));
        events.extend(pieces(arguments).into_iter().map(delta));
        events.push(on("response.function_call_arguments.done", json!({"name": text("name"), "arguments": arguments})));
    } else {
        let said = item.pointer("/content/0/text").and_then(Value::as_str).unwrap_or_default();
        let at = |more: Value| {
            let mut members = json!({"content_index": 0});
            if let (Some(members), Value::Object(more)) = (members.as_object_mut(), more) {
                members.extend(more);
            }
            members
        };
        events.push(on("response.content_part.added", at(json!({"part": part("")}))));
        let delta = |piece: &str| on("response.output_text.delta", at(json!({"delta": piece, "logprobs": []})));
        events.extend(deltas(said).into_iter().map(delta));
        events.push(on("response.output_text.done", at(json!({"text": said, "logprobs": []}))));
        events.push(on("response.content_part.done", at(json!({"part": part(said)}))));
    }
    events.push(item_event("response.output_item.done", item.clone()));
    events
}

/// The message, when there is a text or nothing else, and every call.
fn items(envelope: &Envelope, reply: &Reply) -> Vec<Value> {
    let stem = envelope.id.trim_start_matches("resp_");
    let mut items = Vec::new();
    if !reply.text.is_empty() || reply.calls.is_empty() {
        items.push(json!({
            "id": format!("msg_{stem}"), "type": "message", "status": "completed", "role": "assistant",
            "content": [part(&reply.text)],
        }));
    }
    items.extend(stream::call_objects(envelope, reply).into_iter().enumerate().map(|(at, (id, name, arguments))| {
        json!({
            "id": format!("fc_{stem}{at}"), "type": "function_call", "status": "completed", "call_id": id, "name": name,
            "arguments": arguments,
        })
    }));
    items
}

fn part(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

fn response(envelope: &Envelope, reply: &Reply, status: &str) -> Value {
    let done = status == "completed";
    let output = if done { items(envelope, reply) } else { Vec::new() };
    let arguments = reply.calls.iter().map(|(_, arguments)| pieces(&arguments.to_string()).len()).sum::<usize>();
    let written = deltas(&reply.text).len().saturating_add(arguments);
    let usage = json!({
        "input_tokens": envelope.prompt_tokens, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": envelope.prompt_tokens.saturating_add(written),
    });
    json!({
        "id": envelope.id, "object": "response", "created_at": envelope.created, "status": status, "error": null,
        "incomplete_details": null, "instructions": null, "max_output_tokens": null, "model": envelope.model,
        "output": output, "parallel_tool_calls": true, "previous_response_id": null, "store": false, "temperature": 1.0,
        "tool_choice": "auto", "tools": [], "top_p": 1.0, "usage": if done { usage } else { Value::Null }, "metadata": {},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        Envelope { id: "resp_7".into(), created: 1, model: "m".into(), prompt_tokens: 3, include_usage: true }
    }

    fn data(reply: &Reply) -> Vec<Value> {
        let data = |event: &String| serde_json::from_str(event.trim().split_once("data: ").unwrap().1).unwrap();
        events(&envelope(), reply).iter().map(data).collect()
    }

    #[test]
    fn text_and_calls_stream_in_typed_and_numbered_events() {
        let call = ("getLocalTime".to_owned(), json!({"timeZone": "Asia/Tokyo"}));
        let events = data(&Reply { text: "one two".into(), calls: vec![call], ..Reply::default() });
        let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(kinds.first(), Some(&"response.created"));
        assert_eq!(kinds.last(), Some(&"response.completed"));
        assert!(events.iter().enumerate().all(|(at, event)| event["sequence_number"] == at));
        let joined = |kind: &str| {
            events
                .iter()
                .filter(|event| event["type"] == kind)
                .map(|event| event["delta"].as_str().unwrap())
                .collect::<String>()
        };
        assert_eq!(joined("response.output_text.delta"), "one two");
        assert_eq!(joined("response.function_call_arguments.delta"), r#"{"timeZone":"Asia/Tokyo"}"#);
        let output = &events.last().unwrap()["response"]["output"];
        assert_eq!((&output[0]["type"], &output[1]["type"]), (&json!("message"), &json!("function_call")));
        assert_eq!(output[1]["call_id"], "call_70");
    }

    #[test]
    fn an_early_end_has_no_completed_event() {
        let reply = Reply { text: "a b c d".into(), fault: Some(Fault::EndEarly), ..Reply::default() };
        assert!(data(&reply).iter().all(|event| event["type"] != "response.completed"));
    }
}
