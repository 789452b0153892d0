//! A reply written as a `GenerateContentResponse`, whole, as a list or as events.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::answer::{Fault, Reply};
use super::super::stream::{deltas, events_response, pieces, wait};
use super::contents::signature;
use super::error::error_body;

/// How an answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `generateContent`: one object.
    Whole,
    /// `streamGenerateContent` without `alt=sse`: a list of objects.
    List,
    /// `streamGenerateContent?alt=sse`.
    Events,
}

/// What all forms of an answer carry besides the reply.
#[derive(Debug)]
pub struct Envelope {
    /// The answer's id.
    pub id: String,
    /// The model's name, as asked.
    pub model: String,
    /// Tokens of the request, estimated.
    pub prompt_tokens: usize,
}

/// The reply as JSON, after its delays have passed.
pub async fn whole(envelope: &Envelope, reply: &Reply, form: Form) -> Response {
    wait(reply).await;
    let last = match &reply.fault {
        Some(Fault::ErrorInStream(error)) => error_body(error),
        Some(_) => return ([(header::CONTENT_TYPE, "application/json")], r#"[{"candidates": [{"#).into_response(),
        None => {
            let mut parts = parts(envelope, reply);
            parts.retain(|part| part.get("text") != Some(&Value::from("")));
            chunk(envelope, reply, parts, true)
        }
    };
    Json(if form == Form::List { json!([last]) } else { last }).into_response()
}

/// The reply as events, which end their lines as Google's servers do.
pub fn streamed(envelope: &Envelope, reply: &Reply) -> Response {
    events_response(events(envelope, reply), reply)
}

fn events(envelope: &Envelope, reply: &Reply) -> Vec<String> {
    let mut chunks: Vec<Value> = Vec::new();
    for part in parts(envelope, reply) {
        let text = part.get("text").and_then(Value::as_str).unwrap_or_default();
        let signed = part.get("thoughtSignature").is_some();
        if part.get("functionCall").is_some() || signed {
            chunks.push(chunk(envelope, reply, vec![part], false));
            continue;
        }
        let piece = |piece: &&str| {
            let mut part = part.clone();
            if let Some(members) = part.as_object_mut() {
                members.insert("text".to_owned(), Value::from(*piece));
            }
            chunk(envelope, reply, vec![part], false)
        };
        chunks.extend(deltas(text).iter().map(piece));
    }
    if reply.fault.is_some() {
        chunks.truncate(chunks.len().div_ceil(2));
    }
    match &reply.fault {
        Some(Fault::ErrorInStream(error)) => chunks.push(error_body(error)),
        Some(_) => {}
        None => chunks.push(chunk(envelope, reply, vec![json!({"text": ""})], true)),
    }
    let mut events: Vec<String> = chunks.iter().map(|chunk| format!("data: {chunk}\r\n\r\n")).collect();
    if reply.fault == Some(Fault::Malformed) {
        events.push("data: {\"candidates\": [{\"content\": <html>\r\n\r\n".to_owned());
        events.push("data: \u{fffd}\u{fffd} not json at all\r\n\r\n".to_owned());
    }
    events
}

/// The parts of the answer: thoughts, text, calls. The first call is signed; a text that follows thoughts is signed by an empty part.
fn parts(envelope: &Envelope, reply: &Reply) -> Vec<Value> {
    let mut parts = Vec::new();
    if !reply.thoughts.is_empty() {
        parts.push(json!({"text": reply.thoughts, "thought": true}));
    }
    if !reply.text.is_empty() {
        parts.push(json!({"text": reply.text}));
    }
    for (at, (name, args)) in reply.calls.iter().enumerate() {
        // As the API does, ids are given by newer models.
        let mut call = json!({"name": name, "args": args});
        if let (false, Some(members)) = (envelope.model.starts_with("gemini-2"), call.as_object_mut()) {
            members.insert("id".to_owned(), format!("fc{}{at}", envelope.id).into());
        }
        parts.push(if at == 0 { signed(json!({"functionCall": call})) } else { json!({"functionCall": call}) });
    }
    if reply.calls.is_empty() && !reply.thoughts.is_empty() {
        parts.push(signed(json!({"text": ""})));
    }
    parts
}

fn signed(mut part: Value) -> Value {
    let signature = signature(&part);
    if let Some(members) = part.as_object_mut() {
        members.insert("thoughtSignature".to_owned(), signature.into());
    }
    part
}

fn chunk(envelope: &Envelope, reply: &Reply, parts: Vec<Value>, last: bool) -> Value {
    let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": 0});
    if let (true, Some(members)) = (last, candidate.as_object_mut()) {
        members.insert("finishReason".to_owned(), "STOP".into());
    }
    let thoughts = deltas(&reply.thoughts).len();
    let calls = reply.calls.iter().map(|(_, args)| pieces(&args.to_string()).len()).sum::<usize>();
    let written = deltas(&reply.text).len().saturating_add(calls);
    let total = envelope.prompt_tokens.saturating_add(thoughts).saturating_add(written);
    let mut usage = json!({"promptTokenCount": envelope.prompt_tokens, "totalTokenCount": envelope.prompt_tokens});
    if last {
        usage = json!({
            "promptTokenCount": envelope.prompt_tokens, "candidatesTokenCount": written, "thoughtsTokenCount": thoughts,
            "totalTokenCount": total,
        });
    }
    json!({"candidates": [candidate], "usageMetadata": usage, "modelVersion": envelope.model, "responseId": envelope.id})
}
