use std::collections::HashSet;

use deputy_http::Request;
use serde_json::{Map, Value, json};

use super::schema;
use super::stream::{SIGNATURE, SIGNED_TEXT};
use crate::{ModelConfig, ModelMessage, ModelRequest, Provided, ToolCall, ToolDefinition};

/// What the documentation gives for calls that another model made: Gemini 3 refuses a step whose first call is not signed.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

/// `POST {base}/models/{model}:streamGenerateContent?alt=sse`.
pub fn gemini_request(config: &ModelConfig, request: &ModelRequest) -> Request {
    let mut contents = Contents { signs: signs(&config.model), ..Contents::default() };
    for message in &request.messages {
        contents.add(message);
    }
    let mut body = Map::new();
    let mut add = |name: &str, value: Value| {
        if config.profile.sends(name) {
            body.insert(name.to_owned(), value);
        }
    };
    if !request.system.is_empty() {
        add("systemInstruction", json!({ "parts": [{ "text": request.system }] }));
    }
    if !request.tools.is_empty() {
        let declared: Vec<Value> = request.tools.iter().map(function).collect();
        add("tools", json!([{ "functionDeclarations": declared }]));
    }
    add("contents", json!(contents.told));
    if let Some(most) = request.max_output_tokens {
        add("generationConfig", json!({ "maxOutputTokens": most }));
    }
    for (name, value) in &config.profile.add {
        add(name, value.clone());
    }
    let version = if config.is_without_path() { "v1beta/" } else { "" };
    let model = config.model.strip_prefix("models/").unwrap_or(&config.model);
    config.streamed(&format!("{version}models/{model}:streamGenerateContent?alt=sse"), &body)
}

/// True for models that want their calls signed.
fn signs(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or_default();
    name.starts_with("gemini-") && !["gemini-1", "gemini-2"].iter().any(|old| name.starts_with(old))
}

/// The conversation in contents whose roles alternate: results are the user's.
#[derive(Default)]
struct Contents {
    told: Vec<Value>,
    /// Ids that the provider gave: only those are sent.
    given: HashSet<String>,
    /// Calls without a signature get the one that says so.
    signs: bool,
}

impl Contents {
    fn add(&mut self, message: &ModelMessage) {
        match message {
            ModelMessage::User { text } => self.say("user", vec![json!({ "text": text })]),
            ModelMessage::Assistant { text, calls } => {
                let provided =
                    calls.iter().filter_map(|call| call.provided.as_ref()).find(|said| !said.step.is_empty());
                let mut parts = text_parts(provided, text);
                let signed = calls.iter().any(|call| signature(call).is_some());
                for (at, call) in calls.iter().enumerate() {
                    let mut part = Map::new();
                    let filler = (at == 0 && self.signs && !signed).then_some(NO_SIGNATURE);
                    if let Some(signature) = signature(call).or(filler) {
                        part.insert(SIGNATURE.to_owned(), Value::from(signature));
                    }
                    part.insert("functionCall".to_owned(), self.call(call));
                    parts.push(Value::Object(part));
                }
                self.say("model", parts);
            }
            ModelMessage::ToolResult { call_id, tool, content } => {
                let mut answered = Map::new();
                if self.given.contains(call_id) {
                    answered.insert("id".to_owned(), Value::from(call_id.as_str()));
                }
                answered.insert("name".to_owned(), Value::from(function_name(tool)));
                answered.insert("response".to_owned(), structure(content));
                self.say("user", vec![json!({ "functionResponse": answered })]);
            }
        }
    }

    fn call(&mut self, call: &ToolCall) -> Value {
        let mut made = Map::new();
        if call.provided.as_ref().is_some_and(|provided| provided.id == call.id) {
            self.given.insert(call.id.clone());
            made.insert("id".to_owned(), Value::from(call.id.as_str()));
        }
        made.insert("name".to_owned(), Value::from(function_name(&call.name)));
        made.insert("args".to_owned(), call.arguments.clone());
        Value::Object(made)
    }

    fn say(&mut self, role: &str, parts: Vec<Value>) {
        if parts.is_empty() {
            return;
        }
        let same = self.told.last_mut().filter(|last| last.get("role").and_then(Value::as_str) == Some(role));
        match same.and_then(|last| last.get_mut("parts")).and_then(Value::as_array_mut) {
            Some(known) => known.extend(parts),
            None => self.told.push(json!({ "role": role, "parts": parts })),
        }
    }
}

fn signature(call: &ToolCall) -> Option<&str> {
    call.provided.as_ref()?.call.get(SIGNATURE)?.as_str()
}

/// The text before the calls. A part of it that came with a signature goes back with it, by itself.
fn text_parts(provided: Option<&Provided>, text: &str) -> Vec<Value> {
    let kept = provided.and_then(|provided| provided.step.get(SIGNED_TEXT));
    let member = |name: &str| kept.and_then(|kept| kept.get(name)).and_then(Value::as_str);
    let mut parts = Vec::new();
    let mut plain = |text: &str| {
        if !text.trim().is_empty() {
            parts.push(json!({ "text": text }));
        }
    };
    match (member("text"), member(SIGNATURE)) {
        (Some(signed), Some(signature)) if text.ends_with(signed) => {
            plain(text.strip_suffix(signed).unwrap_or_default());
            parts.push(json!({ "text": signed, SIGNATURE: signature }));
        }
        _ => plain(text),
    }
    parts
}

/// A name begins with a letter or an underscore.
fn function_name(name: &str) -> String {
    if name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
        return name.to_owned();
    }
    format!("_{name}").chars().take(64).collect()
}

/// The result of a call, which has to be an object.
fn structure(content: &str) -> Value {
    match serde_json::from_str::<Value>(content) {
        Ok(object @ Value::Object(_)) => object,
        Ok(other) => json!({ "output": other }),
        Err(_) => json!({ "output": content }),
    }
}

fn function(tool: &ToolDefinition) -> Value {
    let mut declared = Map::new();
    declared.insert("name".to_owned(), Value::from(function_name(&tool.name)));
    declared.insert("description".to_owned(), Value::from(tool.description.as_str()));
    if let Some(parameters) = schema::parameters(&tool.parameters) {
        declared.insert("parameters".to_owned(), parameters);
    }
    Value::Object(declared)
}

#[cfg(test)]
mod tests {
    use deputy_http::{Method, Secret};

    use super::*;
    use crate::ModelApi;

    fn config(base_url: &str, model: &str) -> ModelConfig {
        ModelConfig::new(base_url, Secret::new("AIza-secret"), model).with_api(ModelApi::Gemini)
    }

    fn body(request: &Request) -> Value {
        serde_json::from_str(&request.body().text()).unwrap()
    }

    fn provided(id: &str, call: Value, step: Value) -> Option<Provided> {
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        Some(Provided { origin: String::new(), id: id.into(), call: object(call), step: object(step) })
    }

    fn result(id: &str, content: &str) -> ModelMessage {
        ModelMessage::ToolResult { call_id: id.into(), tool: "getLocalTime".into(), content: content.into() }
    }

    /// OA-09: the model stands in the address, the key in its header; ids and signatures go back where they came.
    #[test]
    fn oa_09_a_conversation_with_tools_as_contents() {
        let first = ToolCall {
            provided: provided("fc1", json!({ "thoughtSignature": "c2ln" }), json!({})),
            ..ToolCall::new("fc1", "getLocalTime", json!({ "timeZone": "Asia/Tokyo" }))
        };
        let second = ToolCall {
            provided: provided("", json!({}), json!({})),
            ..ToolCall::new("abc123def", "getLocalTime", json!({}))
        };
        let request = ModelRequest {
            system: "You help.".into(),
            messages: vec![
                ModelMessage::User { text: "What time is it?".into() },
                ModelMessage::Assistant { text: "Let me see.".into(), calls: vec![first, second] },
                result("fc1", "{\"time\":\"12:00\"}"),
                result("abc123def", "12:01"),
            ],
            tools: vec![ToolDefinition {
                name: "getLocalTime".into(),
                description: "Time".into(),
                parameters: json!({ "type": "object", "properties": { "timeZone": { "type": "string", "default": "UTC" } } }),
            }],
            max_output_tokens: Some(99),
        };
        let http =
            gemini_request(&config("https://generativelanguage.googleapis.com/v1beta", "gemini-3-flash"), &request);
        let address = (http.method(), http.uri().to_string());
        let expected =
            "https://generativelanguage.googleapis.com/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse";
        assert_eq!(address, (&Method::POST, expected.to_owned()));
        assert_eq!(http.headers()["x-goog-api-key"], "AIza-secret");
        assert!(http.headers().get("authorization").is_none() && !format!("{http:?}").contains("AIza-secret"));
        let called = |call: Value| json!({ "functionCall": call });
        assert_eq!(
            body(&http),
            json!({
                "systemInstruction": { "parts": [{ "text": "You help." }] },
                "contents": [
                    { "role": "user", "parts": [{ "text": "What time is it?" }] },
                    { "role": "model", "parts": [
                        { "text": "Let me see." },
                        {
                            "functionCall": { "id": "fc1", "name": "getLocalTime", "args": { "timeZone": "Asia/Tokyo" } },
                            "thoughtSignature": "c2ln",
                        },
                        called(json!({ "name": "getLocalTime", "args": {} })),
                    ] },
                    { "role": "user", "parts": [
                        { "functionResponse": { "id": "fc1", "name": "getLocalTime", "response": { "time": "12:00" } } },
                        { "functionResponse": { "name": "getLocalTime", "response": { "output": "12:01" } } },
                    ] },
                ],
                "tools": [{ "functionDeclarations": [{
                    "name": "getLocalTime", "description": "Time",
                    "parameters": { "type": "object", "properties": { "timeZone": { "type": "string" } } },
                }] }],
                "generationConfig": { "maxOutputTokens": 99 },
            })
        );
    }

    /// T5: calls that another model made are marked as such for the models that want a signature, and for those only.
    #[test]
    fn t05_calls_of_another_model_say_that_they_are_not_signed() {
        let calls = vec![ToolCall::new("a", "one", json!({})), ToolCall::new("b", "9 two", json!({}))];
        let messages = vec![ModelMessage::Assistant { text: String::new(), calls }];
        let request = ModelRequest { messages, ..ModelRequest::default() };
        let parts = |model: &str| {
            body(&gemini_request(&config("http://127.0.0.1:4402", model), &request))["contents"][0]["parts"].clone()
        };
        for model in ["gemini-3-pro-preview", "models/gemini-4-flash"] {
            let parts = parts(model);
            assert_eq!(parts[0]["thoughtSignature"], "skip_thought_signature_validator", "{model}");
            assert_eq!((parts[1].get("thoughtSignature"), &parts[1]["functionCall"]["name"]), (None, &json!("_9 two")));
        }
        for model in ["gemini-2.5-flash", "gemma-3-27b"] {
            assert_eq!(parts(model)[0].get("thoughtSignature"), None, "{model}");
        }
        let http = gemini_request(&config("http://127.0.0.1:4402", "models/gemini-3"), &request);
        assert_eq!(http.uri().path(), "/v1beta/models/gemini-3:streamGenerateContent");
    }

    #[test]
    fn t05_a_text_that_was_signed_goes_back_by_itself() {
        let kept = json!({ "signedText": { "text": "Two.", "thoughtSignature": "c2ln" } });
        let parts = |text: &str| text_parts(provided("", json!({}), kept.clone()).as_ref(), text);
        let signed = json!({ "text": "Two.", "thoughtSignature": "c2ln" });
        assert_eq!(parts("One. Two."), [json!({ "text": "One. " }), signed.clone()]);
        assert_eq!(parts("Two."), [signed]);
        assert_eq!(parts("Other."), [json!({ "text": "Other." })]);
        let empty = json!({ "signedText": { "text": "", "thoughtSignature": "c2ln" } });
        let parts = text_parts(provided("", json!({}), empty).as_ref(), "");
        assert_eq!(parts, [json!({ "text": "", "thoughtSignature": "c2ln" })]);
    }
}
