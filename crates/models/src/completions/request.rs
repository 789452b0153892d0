use deputy_http::{Request, object, text_object};
use serde_json::Value;

use crate::{ModelConfig, ModelMessage, ModelRequest, ToolCall, ToolDefinition};

/// `POST {base}/chat/completions`, answered by an event stream with the usage at its end.
///
/// `parallel_tool_calls` is not sent: it is on by default, and reasoning models and requests without
/// tools are refused when it is there.
pub fn completions_request(config: &ModelConfig, request: &ModelRequest) -> Request {
    let mut messages = Vec::new();
    if !request.system.is_empty() {
        messages.push(text_object(&[("role", "system"), ("content", &request.system)]));
    }
    for one in &request.messages {
        messages.push(message(one));
    }
    let mut body =
        vec![("messages", Value::Array(messages)), ("stream_options", object(vec![("include_usage", true.into())]))];
    if !request.tools.is_empty() {
        body.push(("tools", request.tools.iter().map(tool).collect()));
    }
    if let Some(limit) = request.max_output_tokens {
        body.push((limit_field(config), limit.into()));
    }
    config.streamed("chat/completions", body)
}

fn message(message: &ModelMessage) -> Value {
    match message {
        ModelMessage::User { text } => text_object(&[("role", "user"), ("content", text)]),
        ModelMessage::Assistant { text, calls } if calls.is_empty() => {
            text_object(&[("role", "assistant"), ("content", text)])
        }
        ModelMessage::Assistant { text, calls } => object(vec![
            ("role", "assistant".into()),
            ("content", if text.is_empty() { Value::Null } else { text.as_str().into() }),
            ("tool_calls", calls.iter().map(call).collect()),
        ]),
        ModelMessage::ToolResult { call_id, tool: _, content } => {
            text_object(&[("role", "tool"), ("tool_call_id", call_id), ("content", content)])
        }
    }
}

/// The arguments travel as a string that holds JSON.
fn call(call: &ToolCall) -> Value {
    let function = text_object(&[("name", &call.name), ("arguments", &call.arguments.to_string())]);
    object(vec![("id", call.id.as_str().into()), ("type", "function".into()), ("function", function)])
}

fn tool(tool: &ToolDefinition) -> Value {
    object(vec![("type", "function".into()), ("function", object(tool.members()))])
}

/// OpenAI's reasoning models refuse the old name; other servers often know only that one.
fn limit_field(config: &ModelConfig) -> &'static str {
    let host = config.host();
    let newest = ["openai.com", "openai.azure.com"].iter().any(|owner| {
        host.strip_suffix(owner).is_some_and(|subdomain| subdomain.is_empty() || subdomain.ends_with('.'))
    });
    if newest { "max_completion_tokens" } else { "max_tokens" }
}

#[cfg(test)]
mod tests {
    use deputy_http::{Method, Secret};
    use serde_json::json;

    use super::*;

    fn config(base_url: &str, key: &str) -> ModelConfig {
        ModelConfig { base_url: base_url.into(), api_key: Secret::new(key), model: "gpt-4o-2024-11-20".into() }
    }

    fn body(request: &Request) -> Value {
        serde_json::from_str(request.body.text().unwrap()).unwrap()
    }

    /// OA-09, CF-15: base, key and model come from the configuration; system prompt and messages as given.
    #[test]
    fn oa_09_a_conversation_with_tools_as_the_api_writes_it() {
        let request = ModelRequest {
            system: "You help.".into(),
            messages: vec![
                ModelMessage::User { text: "Am I free?".into() },
                ModelMessage::Assistant {
                    text: String::new(),
                    calls: vec![ToolCall {
                        id: "call_1".into(),
                        name: "checkUsersCalendar".into(),
                        arguments: json!({ "date": "2026-11-24" }),
                        arguments_error: None,
                    }],
                },
                ModelMessage::ToolResult {
                    call_id: "call_1".into(),
                    tool: "checkUsersCalendar".into(),
                    content: "{\"available\":true}".into(),
                },
                ModelMessage::Assistant { text: "You are.".into(), calls: vec![] },
            ],
            tools: vec![ToolDefinition {
                name: "checkUsersCalendar".into(),
                description: "Check".into(),
                parameters: json!({ "type": "object" }),
            }],
            max_output_tokens: Some(99),
        };
        let http = completions_request(&config("https://api.openai.com/v1/", "sk-secret"), &request);
        assert_eq!((http.method, http.url.as_str()), (Method::Post, "https://api.openai.com/v1/chat/completions"));
        assert_eq!(http.bearer.as_ref().map(Secret::expose), Some("sk-secret"));
        assert!(!format!("{http:?}").contains("sk-secret"));
        assert_eq!(
            body(&http),
            json!({
                "model": "gpt-4o-2024-11-20",
                "stream": true,
                "stream_options": { "include_usage": true },
                "max_completion_tokens": 99,
                "messages": [
                    { "role": "system", "content": "You help." },
                    { "role": "user", "content": "Am I free?" },
                    { "role": "assistant", "content": null, "tool_calls": [{
                        "id": "call_1",
                        "type": "function",
                        "function": { "name": "checkUsersCalendar", "arguments": "{\"date\":\"2026-11-24\"}" },
                    }] },
                    { "role": "tool", "tool_call_id": "call_1", "content": "{\"available\":true}" },
                    { "role": "assistant", "content": "You are." },
                ],
                "tools": [{ "type": "function", "function": {
                    "name": "checkUsersCalendar", "description": "Check", "parameters": { "type": "object" },
                } }],
            })
        );
    }

    #[test]
    fn what_is_not_needed_is_not_sent() {
        let http = completions_request(&config("http://127.0.0.1:4402/v1", ""), &ModelRequest::default());
        assert_eq!(http.bearer, None);
        let body = body(&http);
        assert_eq!(body["messages"], json!([]));
        assert!(["tools", "max_tokens", "max_completion_tokens"].iter().all(|name| body.get(name).is_none()));
    }

    #[test]
    fn the_token_limit_has_the_name_its_server_knows() {
        let name = |base: &str| limit_field(&config(base, ""));
        assert_eq!(name("https://eu.api.openai.com/v1"), "max_completion_tokens");
        assert_eq!(name("https://mine.openai.azure.com:443/openai/v1"), "max_completion_tokens");
        assert_eq!(name("https://notopenai.com/v1"), "max_tokens");
        assert_eq!(name("http://127.0.0.1:4402/v1"), "max_tokens");
    }
}
