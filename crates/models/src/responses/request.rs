use deputy_http::Request;
use serde_json::{Map, Value, json};

use crate::{ModelConfig, ModelMessage, ModelRequest, ToolDefinition};

/// `POST {base}/responses`, answered by an event stream.
///
/// `store` is false: the provider keeps nothing, and the conversation is sent whole. So items go without the
/// provider's ids, which it would look up in what it has stored.
pub fn responses_request(config: &ModelConfig, request: &ModelRequest) -> Request {
    let mut input = Vec::new();
    for message in &request.messages {
        add_items(&mut input, message, config.profile.sends("items"));
    }
    let profile = &config.profile;
    let mut body = Map::new();
    let mut add = |name: &str, value: Value| {
        if profile.sends(name) {
            body.insert(name.to_owned(), value);
        }
    };
    add("model", json!(config.model));
    add("stream", json!(true));
    add("store", json!(false));
    add("input", json!(input));
    if !request.tools.is_empty() {
        add("tools", request.tools.iter().map(|one| tool(one, profile.sends("strict"))).collect());
    }
    if !request.system.is_empty() {
        add("instructions", json!(request.system));
    }
    if let Some(most) = request.max_output_tokens {
        add("max_output_tokens", json!(most));
    }
    for (name, value) in &profile.add {
        add(name, value.clone());
    }
    config.streamed("responses", &body)
}

fn add_items(items: &mut Vec<Value>, message: &ModelMessage, with_reasoning: bool) {
    let said = |role: &str, text: &str| json!({ "type": "message", "role": role, "content": text });
    match message {
        ModelMessage::User { text } => items.push(said("user", text)),
        ModelMessage::Assistant { text, calls } => {
            if !text.is_empty() {
                items.push(said("assistant", text));
            }
            // Reasoning stands before the calls it led to.
            let provided = calls.iter().filter(|_| with_reasoning).filter_map(|call| call.provided.as_ref());
            for items_of in provided.filter_map(|provided| provided.step.get("items")?.as_array()) {
                items.extend(items_of.iter().cloned());
            }
            for call in calls {
                let arguments = call.arguments.to_string();
                items.push(json!({
                    "type": "function_call",
                    "call_id": call.id,
                    "name": call.name,
                    "arguments": arguments,
                }));
            }
        }
        ModelMessage::ToolResult { call_id, tool: _, content } => {
            items.push(json!({ "type": "function_call_output", "call_id": call_id, "output": content }));
        }
    }
}

/// `strict` is true unless it is said, and refuses schemas with properties that may be left out.
fn tool(tool: &ToolDefinition, says_strict: bool) -> Value {
    let mut written = json!({
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    });
    if let (true, Some(written)) = (says_strict, written.as_object_mut()) {
        written.insert("strict".to_owned(), Value::Bool(false));
    }
    written
}

#[cfg(test)]
mod tests {
    use deputy_http::{Method, Secret};

    use super::*;
    use crate::ToolCall;

    fn config(base_url: &str, key: &str) -> ModelConfig {
        ModelConfig::new(base_url, Secret::new(key), "gpt-4o-2024-11-20")
    }

    fn body(request: &Request) -> Value {
        serde_json::from_str(&request.body().text()).unwrap()
    }

    /// OA-09, CF-15: base, key and model come from the configuration; system prompt and messages as given.
    #[test]
    fn oa_09_a_conversation_with_tools_as_items() {
        let call = ToolCall::new("call_1", "checkUsersCalendar", json!({ "date": "2026-11-24" }));
        let request = ModelRequest {
            system: "You help.".into(),
            messages: vec![
                ModelMessage::User { text: "Am I free?".into() },
                ModelMessage::Assistant { text: "Let me see.".into(), calls: vec![call.clone()] },
                ModelMessage::ToolResult {
                    call_id: "call_1".into(),
                    tool: "checkUsersCalendar".into(),
                    content: "{\"available\":true}".into(),
                },
                ModelMessage::Assistant { text: String::new(), calls: vec![ToolCall { id: "call_2".into(), ..call }] },
                ModelMessage::ToolResult { call_id: "call_2".into(), tool: String::new(), content: "no".into() },
            ],
            tools: vec![ToolDefinition {
                name: "checkUsersCalendar".into(),
                description: "Check".into(),
                parameters: json!({ "type": "object" }),
            }],
            max_output_tokens: Some(99),
        };
        let http = responses_request(&config("https://api.openai.com/v1/", "sk-secret"), &request);
        assert_eq!(
            (http.method(), http.uri().to_string().as_str()),
            (&Method::POST, "https://api.openai.com/v1/responses")
        );
        assert_eq!(http.headers()["authorization"], "Bearer sk-secret");
        assert!(!format!("{http:?}").contains("sk-secret"));
        let called = |id: &str| {
            json!({
                "type": "function_call", "call_id": id,
                "name": "checkUsersCalendar", "arguments": "{\"date\":\"2026-11-24\"}",
            })
        };
        assert_eq!(
            body(&http),
            json!({
                "model": "gpt-4o-2024-11-20",
                "stream": true,
                "store": false,
                "instructions": "You help.",
                "max_output_tokens": 99,
                "input": [
                    { "type": "message", "role": "user", "content": "Am I free?" },
                    { "type": "message", "role": "assistant", "content": "Let me see." },
                    called("call_1"),
                    { "type": "function_call_output", "call_id": "call_1", "output": "{\"available\":true}" },
                    called("call_2"),
                    { "type": "function_call_output", "call_id": "call_2", "output": "no" },
                ],
                "tools": [{
                    "type": "function", "name": "checkUsersCalendar", "description": "Check",
                    "parameters": { "type": "object" }, "strict": false,
                }],
            })
        );
    }

    #[test]
    fn what_is_not_needed_is_not_sent() {
        let http = responses_request(&config("http://127.0.0.1:4402/v1", ""), &ModelRequest::default());
        assert_eq!(http.headers().get("authorization"), None);
        let expected = json!({ "model": "gpt-4o-2024-11-20", "stream": true, "store": false, "input": [] });
        assert_eq!(body(&http), expected);
    }
}
