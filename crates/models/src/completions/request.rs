use deputy_http::Request;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{ModelConfig, ModelMessage, ModelRequest, ToolCall, ToolDefinition};

/// `POST {base}/chat/completions`, answered by an event stream with the usage at its end.
///
/// `parallel_tool_calls` is not sent: it is on by default, and reasoning models and requests without
/// tools are refused when it is there.
pub fn completions_request(config: &ModelConfig, request: &ModelRequest) -> Request {
    let mut messages = Vec::new();
    if !request.system.is_empty() {
        messages.push(json!({ "role": "system", "content": request.system }));
    }
    for one in &request.messages {
        messages.push(message(one));
    }
    let newest = takes_max_completion_tokens(config);
    let body = Body {
        model: &config.model,
        stream: true,
        stream_options: StreamOptions { include_usage: true },
        messages,
        tools: request.tools.iter().map(tool).collect(),
        max_completion_tokens: request.max_output_tokens.filter(|_| newest),
        max_tokens: request.max_output_tokens.filter(|_| !newest),
    };
    config.streamed("chat/completions", &body)
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    stream: bool,
    stream_options: StreamOptions,
    messages: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

fn message(message: &ModelMessage) -> Value {
    match message {
        ModelMessage::User { text } => json!({ "role": "user", "content": text }),
        ModelMessage::Assistant { text, calls } if calls.is_empty() => {
            json!({ "role": "assistant", "content": text })
        }
        ModelMessage::Assistant { text, calls } => json!({
            "role": "assistant",
            "content": Some(text).filter(|text| !text.is_empty()),
            "tool_calls": calls.iter().map(call).collect::<Vec<_>>(),
        }),
        ModelMessage::ToolResult { call_id, tool: _, content } => {
            json!({ "role": "tool", "tool_call_id": call_id, "content": content })
        }
    }
}

/// The arguments travel as a string that holds JSON.
fn call(call: &ToolCall) -> Value {
    let function = json!({ "name": call.name, "arguments": call.arguments.to_string() });
    json!({ "id": call.id, "type": "function", "function": function })
}

fn tool(tool: &ToolDefinition) -> Value {
    json!({ "type": "function", "function": tool })
}

/// OpenAI's reasoning models refuse the old name; other servers often know only that one.
fn takes_max_completion_tokens(config: &ModelConfig) -> bool {
    let host = config.host();
    ["openai.com", "openai.azure.com"]
        .iter()
        .any(|owner| host.strip_suffix(owner).is_some_and(|subdomain| subdomain.is_empty() || subdomain.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use deputy_http::{Method, Secret};

    use super::*;

    fn config(base_url: &str, key: &str) -> ModelConfig {
        ModelConfig { base_url: base_url.into(), api_key: Secret::new(key), model: "gpt-4o-2024-11-20".into() }
    }

    fn body(request: &Request) -> Value {
        serde_json::from_str(&request.body().text()).unwrap()
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
        assert_eq!(
            (http.method(), http.uri().to_string().as_str()),
            (&Method::POST, "https://api.openai.com/v1/chat/completions")
        );
        assert_eq!(http.headers()["authorization"], "Bearer sk-secret");
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
        assert_eq!(http.headers().get("authorization"), None);
        let body = body(&http);
        assert_eq!(body["messages"], json!([]));
        assert!(["tools", "max_tokens", "max_completion_tokens"].iter().all(|name| body.get(name).is_none()));
    }

    #[test]
    fn the_token_limit_has_the_name_its_server_knows() {
        for (base, known, unknown) in [
            ("https://eu.api.openai.com/v1", "max_completion_tokens", "max_tokens"),
            ("https://mine.openai.azure.com:443/openai/v1", "max_completion_tokens", "max_tokens"),
            ("https://notopenai.com/v1", "max_tokens", "max_completion_tokens"),
            ("http://127.0.0.1:4402/v1", "max_tokens", "max_completion_tokens"),
        ] {
            let request = ModelRequest { max_output_tokens: Some(9), ..ModelRequest::default() };
            let body = body(&completions_request(&config(base, ""), &request));
            assert_eq!((&body[known], body.get(unknown)), (&json!(9), None), "{base}");
        }
    }
}
