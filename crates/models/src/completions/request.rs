use deputy_http::Request;
use serde_json::{Map, Value, json};

use crate::{ModelConfig, ModelMessage, ModelRequest, Profile, ReasoningBack, TokenLimit, ToolCall, ToolDefinition};

/// `POST {base}/chat/completions`, answered by an event stream with the usage at its end.
///
/// `parallel_tool_calls` is not sent unless a profile adds it: it is on by default, and reasoning models and requests without
/// tools are refused when it is there.
pub fn completions_request(config: &ModelConfig, request: &ModelRequest) -> Request {
    let profile = &config.profile;
    let mut messages = Vec::new();
    let before = if profile.system_as_user { request.system.as_str() } else { "" };
    if before.is_empty() && !request.system.is_empty() {
        messages.push(json!({ "role": "system", "content": request.system }));
    }
    let asked = request.messages.iter().rposition(|message| matches!(message, ModelMessage::User { .. }));
    for (index, one) in request.messages.iter().enumerate() {
        let wanted = |reasoning: &&ReasoningBack| reasoning.always || asked.is_none_or(|asked| index > asked);
        messages.push(match one {
            ModelMessage::User { text } if index == 0 && !before.is_empty() => {
                json!({ "role": "user", "content": format!("{before}\n\n{text}") })
            }
            one => message(one, profile.reasoning.as_ref().filter(wanted), profile),
        });
    }
    let limit = match profile.token_limit {
        TokenLimit::MaxTokens => "max_tokens",
        TokenLimit::MaxCompletionTokens => "max_completion_tokens",
    };
    let mut body = Map::new();
    let mut add = |name: &str, value: Value| {
        if profile.sends(name) {
            body.insert(name.to_owned(), value);
        }
    };
    add("model", json!(config.model));
    add("stream", json!(true));
    add("stream_options", json!({ "include_usage": true }));
    add("messages", json!(messages));
    if let Some(most) = request.max_output_tokens {
        add(limit, json!(most));
    }
    if !request.tools.is_empty() {
        add("tools", request.tools.iter().map(tool).collect());
    }
    for (name, value) in &profile.add {
        if name != "parallel_tool_calls" || !request.tools.is_empty() {
            add(name, value.clone());
        }
    }
    config.streamed("chat/completions", &body)
}

/// Members of a step which only a provider that has said them takes.
const OWN_OF_STEP: [&str; 4] = ["reasoning_details", "extra_content", "reasoning_opaque", "thinking_blocks"];

fn message(message: &ModelMessage, reasoning: Option<&ReasoningBack>, profile: &Profile) -> Value {
    match message {
        ModelMessage::User { text } => json!({ "role": "user", "content": text }),
        ModelMessage::Assistant { text, calls } if calls.is_empty() => {
            json!({ "role": "assistant", "content": text })
        }
        ModelMessage::Assistant { text, calls } => {
            let made: Vec<Value> = calls.iter().map(|one| call(one, profile)).collect();
            let content = Some(text).filter(|text| profile.empty_content || !text.is_empty());
            let mut message = Map::new();
            message.insert("role".to_owned(), json!("assistant"));
            message.insert("content".to_owned(), json!(content));
            message.insert("tool_calls".to_owned(), Value::Array(made));
            let said = |name: &str| calls.iter().find_map(|call| call.provided.as_ref()?.step.get(name)).cloned();
            for name in OWN_OF_STEP.into_iter().filter(|name| profile.sends(name)) {
                said(name).into_iter().for_each(|value| drop(message.insert(name.to_owned(), value)));
            }
            if let Some(wanted) = reasoning {
                let back = said(&wanted.member).or_else(|| wanted.filler.clone().map(Value::String));
                back.into_iter().for_each(|back| drop(message.insert(wanted.member.clone(), back)));
            }
            Value::Object(message)
        }
        ModelMessage::ToolResult { call_id, tool: _, content } => {
            json!({ "role": "tool", "tool_call_id": call_id, "content": content })
        }
    }
}

/// The arguments travel as a string that holds JSON; what the provider said beside them goes back as it was.
fn call(call: &ToolCall, profile: &Profile) -> Value {
    let own = call.provided.as_ref().map_or(&profile.call_filler, |provided| &provided.call);
    let mut written = own.clone();
    written.retain(|name, _| profile.sends(name));
    let mut function = match written.remove("function") {
        Some(Value::Object(own)) => own,
        _ => Map::new(),
    };
    function.insert("name".to_owned(), json!(call.name));
    function.insert("arguments".to_owned(), json!(call.arguments.to_string()));
    written.insert("id".to_owned(), json!(call.id));
    written.insert("type".to_owned(), json!("function"));
    written.insert("function".to_owned(), Value::Object(function));
    Value::Object(written)
}

fn tool(tool: &ToolDefinition) -> Value {
    json!({ "type": "function", "function": tool })
}

#[cfg(test)]
mod tests {
    use deputy_http::{Method, Secret};

    use super::*;

    fn config(base_url: &str, key: &str) -> ModelConfig {
        ModelConfig::new(base_url, Secret::new(key), "gpt-4o-2024-11-20")
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
                    calls: vec![ToolCall::new("call_1", "checkUsersCalendar", json!({ "date": "2026-11-24" }))],
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
