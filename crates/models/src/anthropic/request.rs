use std::collections::BTreeSet;

use deputy_http::{BuildRequest, Request};
use serde_json::{Map, Value, json};

use super::content;
use crate::{ModelConfig, ModelMessage, ModelRequest, ToolCall, ToolDefinition};

/// The version of the API that is spoken here.
const VERSION: &str = "2023-06-01";
/// The API wants a bound of every answer, and refuses more than the model can write: every model in use can write this much.
const DEFAULT_MAX_TOKENS: u32 = 8192;

/// `POST {base}/messages`, answered by an event stream.
///
/// The front of the prompt (tools and system prompt) and its end are marked for the provider's cache: the next step reads what this
/// one has written there.
pub fn anthropic_request(config: &ModelConfig, request: &ModelRequest) -> Request {
    let caches = config.profile.sends("cache_control");
    let mut turns = Turns::default();
    for message in &request.messages {
        turns.add(message);
    }
    let mut messages = turns.told;
    let mut tools: Vec<Value> = request.tools.iter().map(tool).collect();
    let mut system: Vec<Value> = Vec::new();
    if !request.system.is_empty() {
        system.push(json!({ "type": "text", "text": request.system }));
    }
    if caches {
        system.last_mut().or(tools.last_mut()).into_iter().for_each(mark);
        let end = messages.last_mut().and_then(|message| message.get_mut("content")?.as_array_mut()?.last_mut());
        end.into_iter().for_each(mark);
    }
    let mut body = Map::new();
    let mut add = |name: &str, value: Value| {
        if config.profile.sends(name) {
            body.insert(name.to_owned(), value);
        }
    };
    add("model", json!(config.model));
    add("stream", json!(true));
    add("max_tokens", json!(request.max_output_tokens.unwrap_or(DEFAULT_MAX_TOKENS)));
    if !system.is_empty() {
        add("system", json!(system));
    }
    add("messages", json!(messages));
    // A conversation with calls needs tools, also where none may be called any more.
    if tools.is_empty() && !turns.called.is_empty() {
        tools.extend(turns.called.iter().map(|name| json!({ "name": name, "input_schema": { "type": "object" } })));
        add("tool_choice", json!({ "type": "none" }));
    }
    if !tools.is_empty() {
        add("tools", json!(tools));
    }
    for (name, value) in &config.profile.add {
        add(name, value.clone());
    }
    let path = if config.is_without_path() { "v1/messages" } else { "messages" };
    let http = config.streamed(path, &body);
    if http.headers().contains_key("anthropic-version") { http } else { http.header("anthropic-version", VERSION) }
}

/// The conversation in messages whose roles alternate: results are the user's.
#[derive(Default)]
struct Turns {
    told: Vec<Value>,
    /// Names of the tools that were called.
    called: BTreeSet<String>,
}

impl Turns {
    fn add(&mut self, message: &ModelMessage) {
        match message {
            ModelMessage::User { text } => self.say("user", vec![json!({ "type": "text", "text": text })]),
            ModelMessage::Assistant { text, calls } => {
                self.called.extend(calls.iter().map(|call| call.name.clone()));
                let provided =
                    calls.iter().filter_map(|call| call.provided.as_ref()).find(|said| !said.step.is_empty());
                let calls = calls.iter().map(call).collect();
                self.say("assistant", content::written(provided, text, calls));
            }
            ModelMessage::ToolResult { call_id, tool: _, content } => {
                self.say("user", vec![json!({ "type": "tool_result", "tool_use_id": call_id, "content": content })]);
            }
        }
    }

    fn say(&mut self, role: &str, blocks: Vec<Value>) {
        if blocks.is_empty() {
            return;
        }
        let same = self.told.last_mut().filter(|last| last.get("role").and_then(Value::as_str) == Some(role));
        match same.and_then(|last| last.get_mut("content")).and_then(Value::as_array_mut) {
            Some(content) => content.extend(blocks),
            None => self.told.push(json!({ "role": role, "content": blocks })),
        }
    }
}

fn call(call: &ToolCall) -> Value {
    json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments })
}

/// The API wants an object, and no choice at the top of it.
fn tool(tool: &ToolDefinition) -> Value {
    let mut schema = tool.parameters.as_object().cloned().unwrap_or_default();
    schema.retain(|keyword, _| !matches!(keyword.as_str(), "oneOf" | "anyOf" | "allOf"));
    schema.insert("type".to_owned(), json!("object"));
    json!({ "name": tool.name, "description": tool.description, "input_schema": schema })
}

/// What is sent up to here is worth keeping at the provider. Thoughts cannot be marked.
fn mark(block: &mut Value) {
    let thought = matches!(block.get("type").and_then(Value::as_str), Some("thinking" | "redacted_thinking"));
    if let (false, Some(members)) = (thought, block.as_object_mut()) {
        members.insert("cache_control".to_owned(), json!({ "type": "ephemeral" }));
    }
}

#[cfg(test)]
mod tests {
    use deputy_http::{Method, Secret};

    use super::*;
    use crate::{ModelApi, Provided};

    fn config(base_url: &str) -> ModelConfig {
        ModelConfig::new(base_url, Secret::new("sk-ant-secret"), "claude-sonnet-4-5").with_api(ModelApi::Anthropic)
    }

    fn body(request: &Request) -> Value {
        serde_json::from_str(&request.body().text()).unwrap()
    }

    fn result(id: &str, content: &str) -> ModelMessage {
        ModelMessage::ToolResult { call_id: id.into(), tool: "getLocalTime".into(), content: content.into() }
    }

    /// OA-09: key and version in headers, system prompt and tools at the front, marked; results of one step in one message.
    #[test]
    fn oa_09_a_conversation_with_tools_as_messages() {
        let called = |id: &str| ToolCall::new(id, "getLocalTime", json!({ "timeZone": "Asia/Tokyo" }));
        let request = ModelRequest {
            system: "You help.".into(),
            messages: vec![
                ModelMessage::User { text: "What time is it?".into() },
                ModelMessage::Assistant { text: "Let me see.".into(), calls: vec![called("a1"), called("a2")] },
                result("a1", "12:00"),
                result("a2", "12:01"),
            ],
            tools: vec![ToolDefinition {
                name: "getLocalTime".into(),
                description: "Time".into(),
                parameters: json!({ "anyOf": [], "properties": {} }),
            }],
            max_output_tokens: Some(99),
        };
        let http = anthropic_request(&config("https://api.anthropic.com/v1/"), &request);
        let address = (http.method(), http.uri().to_string());
        assert_eq!(address, (&Method::POST, "https://api.anthropic.com/v1/messages".to_owned()));
        let header = |name: &str| http.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!((header("x-api-key"), header("anthropic-version")), (Some("sk-ant-secret"), Some("2023-06-01")));
        assert_eq!(header("authorization"), None);
        assert!(!format!("{http:?}").contains("sk-ant-secret"));
        let mark = json!({ "type": "ephemeral" });
        let tool_use = |id: &str| json!({ "type": "tool_use", "id": id, "name": "getLocalTime", "input": { "timeZone": "Asia/Tokyo" } });
        assert_eq!(
            body(&http),
            json!({
                "model": "claude-sonnet-4-5",
                "stream": true,
                "max_tokens": 99,
                "system": [{ "type": "text", "text": "You help.", "cache_control": mark }],
                "messages": [
                    { "role": "user", "content": [{ "type": "text", "text": "What time is it?" }] },
                    { "role": "assistant", "content": [
                        { "type": "text", "text": "Let me see." }, tool_use("a1"), tool_use("a2"),
                    ] },
                    { "role": "user", "content": [
                        { "type": "tool_result", "tool_use_id": "a1", "content": "12:00" },
                        { "type": "tool_result", "tool_use_id": "a2", "content": "12:01", "cache_control": mark },
                    ] },
                ],
                "tools": [{
                    "name": "getLocalTime", "description": "Time", "input_schema": { "type": "object", "properties": {} },
                }],
            })
        );
    }

    /// Thoughts go back signed, each where it stood; what was said has blank lines more than what was kept.
    #[test]
    fn thoughts_go_back_where_they_stood() {
        let thinking = json!({ "type": "thinking", "thinking": "Hm.", "signature": "c2ln" });
        let redacted = json!({ "type": "redacted_thinking", "data": "ZGF0YQ==" });
        let kept = json!([
            thinking, { "type": "text", "text": "One." }, redacted, { "type": "text", "text": "Two." }, { "type": "tool_use" },
        ]);
        let provided = Provided { step: [("content".to_owned(), kept)].into_iter().collect(), ..Provided::default() };
        let called = ToolCall { provided: Some(provided), ..ToolCall::new("a1", "getLocalTime", json!({})) };
        let content = |text: &str| {
            let messages =
                vec![ModelMessage::Assistant { text: text.into(), calls: vec![called.clone()] }, result("a1", "12:00")];
            let request = ModelRequest { messages, ..ModelRequest::default() };
            body(&anthropic_request(&config("https://api.anthropic.com/v1"), &request))["messages"][0]["content"]
                .clone()
        };
        let text = |text: &str| json!({ "type": "text", "text": text });
        let tool_use = json!({ "type": "tool_use", "id": "a1", "name": "getLocalTime", "input": {} });
        assert_eq!(content("One.\n\nTwo."), json!([thinking, text("One."), redacted, text("Two."), tool_use]));
        assert_eq!(content("Other words. "), json!([thinking, redacted, text("Other words."), tool_use]));
    }

    #[test]
    fn what_the_api_wants_is_there_though_nothing_was_given() {
        let messages = vec![
            ModelMessage::User { text: "Hi".into() },
            ModelMessage::Assistant {
                text: String::new(),
                calls: vec![ToolCall::new("a1", "getLocalTime", json!({}))],
            },
            result("a1", "12:00"),
        ];
        let request = ModelRequest { messages, ..ModelRequest::default() };
        let http = anthropic_request(&config("http://127.0.0.1:4402"), &request);
        assert_eq!(http.uri().path(), "/v1/messages");
        let body = body(&http);
        assert_eq!((&body["max_tokens"], &body["tool_choice"]), (&json!(8192), &json!({ "type": "none" })));
        assert_eq!(body["tools"], json!([{ "name": "getLocalTime", "input_schema": { "type": "object" } }]));
        assert_eq!(body.get("system"), None);
    }
}
