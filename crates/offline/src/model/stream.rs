//! A reply written as OpenAI's chat completion, whole or as a stream of chunks.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde_json::{Value, json};

use super::answer::{Fault, Reply};

/// What both forms of an answer carry besides the reply.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// `chatcmpl-…`.
    pub id: String,
    /// Seconds since the epoch.
    pub created: u64,
    /// The model's name, as asked.
    pub model: String,
    /// Tokens of the request, estimated.
    pub prompt_tokens: usize,
    /// Whether the stream ends with a usage chunk.
    pub include_usage: bool,
}

/// The reply as one `chat.completion` object, after its delays have passed.
pub async fn whole(envelope: &Envelope, reply: &Reply) -> Response {
    wait(reply).await;
    match &reply.fault {
        Some(Fault::ErrorInStream(error)) => return Json(error.body()).into_response(),
        Some(_) => return ([(header::CONTENT_TYPE, "application/json")], r#"{"id":"chatcmpl-"#).into_response(),
        None => {}
    }
    let calls = call_objects(envelope, reply);
    let calls = calls.into_iter().map(|(id, name, arguments)| {
        json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
    });
    let content = if reply.text.is_empty() { Value::Null } else { Value::from(reply.text.as_str()) };
    let mut message = json!({"role": "assistant", "content": content, "refusal": null, "annotations": []});
    if let (false, Some(members)) = (reply.thoughts.is_empty(), message.as_object_mut()) {
        members.insert("reasoning_content".to_owned(), reply.thoughts.as_str().into());
    }
    if let (false, Some(members)) = (reply.calls.is_empty(), message.as_object_mut()) {
        members.insert("tool_calls".to_owned(), calls.collect());
    }
    Json(json!({
        "id": envelope.id, "object": "chat.completion", "created": envelope.created, "model": envelope.model,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason(reply)}],
        "usage": usage(envelope, reply), "service_tier": "default", "system_fingerprint": "fp_offline",
    }))
    .into_response()
}

/// As long as the same reply would take as a stream.
pub(super) async fn wait(reply: &Reply) {
    let per_token = reply.per_token_delay_ms.saturating_mul(deltas(&reply.text).len().try_into().unwrap_or(u64::MAX));
    tokio::time::sleep(Duration::from_millis(reply.delay_ms.saturating_add(per_token))).await;
}

/// The reply as `chat.completion.chunk` events.
pub fn streamed(envelope: &Envelope, reply: &Reply) -> Response {
    let events = events(envelope, reply);
    events_response(events, reply)
}

/// Events with the reply's delays between them.
pub(super) fn events_response(events: Vec<String>, reply: &Reply) -> Response {
    let (first, each) = (Duration::from_millis(reply.delay_ms), Duration::from_millis(reply.per_token_delay_ms));
    let body = futures::stream::iter(events.into_iter().enumerate()).then(move |(at, event)| async move {
        let delay = if at == 0 { first } else { each };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        Ok::<_, std::convert::Infallible>(Bytes::from(event))
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, Body::from_stream(body)).into_response()
}

/// Every event of the stream in order, each with its blank line.
pub(super) fn events(envelope: &Envelope, reply: &Reply) -> Vec<String> {
    let thoughts = deltas(&reply.thoughts).into_iter().map(|text| json!({"reasoning_content": text}));
    let texts = deltas(&reply.text).into_iter().map(|text| json!({"content": text}));
    let mut body = thoughts.chain(texts).collect::<Vec<_>>();
    for (index, (id, name, arguments)) in call_objects(envelope, reply).into_iter().enumerate() {
        let function = json!({"name": name, "arguments": ""});
        body.push(json!({"tool_calls": [{"index": index, "id": id, "type": "function", "function": function}]}));
        body.extend(
            pieces(&arguments)
                .into_iter()
                .map(|piece| json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})),
        );
    }
    if reply.fault.is_some() {
        body.truncate(body.len().div_ceil(2));
    }
    let content = if reply.text.is_empty() { Value::Null } else { Value::from("") };
    let role = json!({"role": "assistant", "content": content, "refusal": null});
    let chunk = |delta: Value| event(&chunk(envelope, delta, Value::Null));
    let mut events = std::iter::once(role).chain(body).map(chunk).collect::<Vec<_>>();
    match &reply.fault {
        Some(Fault::ErrorInStream(error)) => events.push(event(&error.body())),
        Some(Fault::Malformed) => {
            events.push("data: {\"id\":\"chatcmpl-\",\"choices\":[{\"delta\":{\"content\":<html>\n\n".to_owned());
            events.push("data: \u{fffd}\u{fffd} not json at all\n\n".to_owned());
        }
        Some(_) => {}
        None => {
            events.push(event(&self::chunk(envelope, json!({}), Value::from(finish_reason(reply)))));
            if envelope.include_usage {
                let mut last = self::chunk(envelope, json!({}), Value::Null);
                if let Some(members) = last.as_object_mut() {
                    members.insert("choices".to_owned(), json!([]));
                    members.insert("usage".to_owned(), usage(envelope, reply));
                }
                events.push(event(&last));
            }
            events.push("data: [DONE]\n\n".to_owned());
        }
    }
    events
}

fn chunk(envelope: &Envelope, delta: Value, finish_reason: Value) -> Value {
    let mut chunk = json!({
        "id": envelope.id, "object": "chat.completion.chunk", "created": envelope.created, "model": envelope.model,
        "service_tier": "default", "system_fingerprint": "fp_offline",
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason}],
    });
    if let (true, Some(members)) = (envelope.include_usage, chunk.as_object_mut()) {
        members.insert("usage".to_owned(), Value::Null);
    }
    chunk
}

fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

fn finish_reason(reply: &Reply) -> &'static str {
    if reply.calls.is_empty() { "stop" } else { "tool_calls" }
}

fn usage(envelope: &Envelope, reply: &Reply) -> Value {
    let arguments = reply.calls.iter().map(|(_, arguments)| pieces(&arguments.to_string()).len()).sum::<usize>();
    let completion = deltas(&reply.text).len().saturating_add(arguments);
    json!({
        "prompt_tokens": envelope.prompt_tokens, "completion_tokens": completion,
        "total_tokens": envelope.prompt_tokens.saturating_add(completion),
    })
}

/// Id, name and JSON arguments of every call; ids are as unique as the envelope's.
pub(super) fn call_objects(envelope: &Envelope, reply: &Reply) -> Vec<(String, String, String)> {
    let stem = envelope.id.trim_start_matches("chatcmpl-").trim_start_matches("resp_");
    let calls = reply.calls.iter().enumerate();
    calls.map(|(at, (name, arguments))| (format!("call_{stem}{at}"), name.clone(), arguments.to_string())).collect()
}

/// A text in tokens of one word each, its white space kept.
pub(super) fn deltas(text: &str) -> Vec<&str> {
    text.split_inclusive(char::is_whitespace).collect()
}

/// A JSON text in pieces of eight characters, which split words and escapes as a real model does.
pub(super) fn pieces(text: &str) -> Vec<String> {
    text.chars().collect::<Vec<_>>().chunks(8).map(|piece| piece.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        Envelope { id: "chatcmpl-7".into(), created: 1, model: "m".into(), prompt_tokens: 3, include_usage: true }
    }

    fn data(events: &[String]) -> Vec<Value> {
        let data = events.iter().map(|event| event.trim().strip_prefix("data: ").unwrap());
        data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
    }

    #[test]
    fn a_text_streams_as_role_words_finish_usage_and_done() {
        let events = events(&envelope(), &Reply { text: "one two\nthree".into(), ..Reply::default() });
        assert_eq!(events.last().unwrap(), "data: [DONE]\n\n");
        let chunks = data(&events);
        assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
        let text = chunks[1..4]
            .iter()
            .map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().unwrap())
            .collect::<String>();
        assert_eq!(text, "one two\nthree");
        assert_eq!(chunks[4]["choices"][0]["finish_reason"], "stop");
        assert_eq!(chunks[5]["choices"], json!([]));
        assert_eq!(chunks[5]["usage"]["total_tokens"], 6);
    }

    #[test]
    fn parallel_calls_stream_with_split_arguments() {
        let call = |city: &str| ("getWeatherInformation".to_owned(), json!({"city": city}));
        let chunks =
            data(&events(&envelope(), &Reply { calls: vec![call("Paris"), call("Rome")], ..Reply::default() }));
        let deltas = chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"].get(0));
        let mut arguments = [String::new(), String::new()];
        let mut ids = Vec::new();
        for delta in deltas {
            let index = usize::try_from(delta["index"].as_u64().unwrap()).unwrap();
            arguments[index].push_str(delta["function"]["arguments"].as_str().unwrap());
            ids.extend(delta.get("id").cloned());
        }
        assert_eq!(arguments, [r#"{"city":"Paris"}"#, r#"{"city":"Rome"}"#]);
        assert_eq!(ids, ["call_70", "call_71"]);
        assert!(chunks.iter().any(|chunk| chunk["choices"][0]["finish_reason"] == "tool_calls"));
    }

    #[test]
    fn faults_end_the_stream_without_done() {
        let reply = |fault| Reply { text: "a b c d".into(), fault: Some(fault), ..Reply::default() };
        let early = events(&envelope(), &reply(Fault::EndEarly));
        assert_eq!(early.len(), 3);
        assert!(!early.concat().contains("[DONE]"));
        assert!(early.iter().all(|event| !event.contains("\"stop\"")));
        let garbage = events(&envelope(), &reply(Fault::Malformed));
        assert!(garbage.concat().contains("not json at all"));
    }
}
