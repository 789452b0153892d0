use deputy_http::Request;
use serde_json::{Map, Value, json};

use crate::schema::in_dialect;
use crate::{ModelConfig, ModelMessage, ModelRequest, SchemaDialect, ToolCall, ToolDefinition};

/// Without a bound the platform ends an answer after 256 tokens. More than this leaves no room for the conversation in the smaller
/// models, which count the bound to their context.
const DEFAULT_MAX_TOKENS: u32 = 2048;

/// `POST {base}/run/{model}`, whose body is what the binding is given: `env.AI.run(model, body)`, answered by an event stream.
pub fn workers_ai_request(config: &ModelConfig, request: &ModelRequest) -> Request {
    let mut messages = Vec::new();
    if !request.system.is_empty() {
        messages.push(json!({ "role": "system", "content": request.system }));
    }
    let asked = request.messages.iter().rposition(|message| matches!(message, ModelMessage::User { .. }));
    for (index, one) in request.messages.iter().enumerate() {
        messages.push(message(one, asked.is_none_or(|asked| index > asked)));
    }
    let mut body = Map::new();
    let mut add = |name: &str, value: Value| {
        if config.profile.sends(name) {
            body.insert(name.to_owned(), value);
        }
    };
    add("stream", json!(true));
    add("max_tokens", json!(request.max_output_tokens.unwrap_or(DEFAULT_MAX_TOKENS)));
    add("messages", json!(messages));
    if !request.tools.is_empty() {
        add("tools", request.tools.iter().map(tool).collect());
    }
    for (name, value) in &config.profile.add {
        add(name, value.clone());
    }
    config.streamed(&format!("run/{}", config.model), &body)
}

/// `content` is always a string: the platform refuses `null`, also beside calls. `recent`: since the user spoke last.
fn message(message: &ModelMessage, recent: bool) -> Value {
    match message {
        ModelMessage::User { text } => json!({ "role": "user", "content": text }),
        ModelMessage::Assistant { text, calls } if calls.is_empty() => json!({ "role": "assistant", "content": text }),
        ModelMessage::Assistant { text, calls } => {
            let made: Vec<Value> = calls.iter().map(call).collect();
            let mut message = json!({ "role": "assistant", "content": text, "tool_calls": made });
            let thought = calls.iter().find_map(|call| call.provided.as_ref()?.step.get("reasoning_content"));
            if let (true, Some(thought), Some(message)) = (recent, thought, message.as_object_mut()) {
                message.insert("reasoning".to_owned(), thought.clone());
            }
            message
        }
        ModelMessage::ToolResult { call_id, tool, content } => {
            json!({ "role": "tool", "tool_call_id": call_id, "name": tool, "content": content })
        }
    }
}

/// The arguments travel as a string that holds JSON, though they come as an object.
fn call(call: &ToolCall) -> Value {
    let function = json!({ "name": call.name, "arguments": call.arguments.to_string() });
    json!({ "id": call.id, "type": "function", "function": function })
}

/// The platform wants `type` and `properties` in every schema, also where there are none.
fn tool(tool: &ToolDefinition) -> Value {
    let inlined = in_dialect(&tool.parameters, &SchemaDialect { inline: true, ..SchemaDialect::default() });
    let mut parameters = inlined.as_object().cloned().unwrap_or_default();
    parameters.insert("type".to_owned(), json!("object"));
    if !parameters.get("properties").is_some_and(Value::is_object) {
        parameters.insert("properties".to_owned(), json!({}));
    }
    let function = json!({ "name": tool.name, "description": tool.description, "parameters": parameters });
    json!({ "type": "function", "function": function })
}

#[cfg(test)]
mod tests {
    use deputy_http::Secret;

    use super::*;
    use crate::{ModelApi, Provided};

    /// OA-09: the input of the binding.
    #[test]
    fn oa_09_a_conversation_with_tools_as_the_binding_takes_it() {
        let step = json!({ "reasoning_content": "Hm." }).as_object().cloned().unwrap();
        let provided = Some(Provided { step, ..Provided::default() });
        let called = ToolCall { provided, ..ToolCall::new("a1", "getLocalTime", json!({ "timeZone": "Asia/Tokyo" })) };
        let request = ModelRequest {
            system: "You help.".into(),
            messages: vec![
                ModelMessage::User { text: "What time is it?".into() },
                ModelMessage::Assistant { text: String::new(), calls: vec![called] },
                ModelMessage::ToolResult { call_id: "a1".into(), tool: "getLocalTime".into(), content: "12:00".into() },
            ],
            tools: vec![ToolDefinition {
                name: "getLocalTime".into(),
                description: "Time".into(),
                parameters: json!({}),
            }],
            max_output_tokens: None,
        };
        let config = ModelConfig::new(
            "https://api.cloudflare.com/client/v4/accounts/a1/ai",
            Secret::new("t"),
            "@cf/meta/llama-3.1-8b-instruct",
        );
        let http = workers_ai_request(&config.with_api(ModelApi::WorkersAi), &request);
        assert_eq!(http.uri().path(), "/client/v4/accounts/a1/ai/run/@cf/meta/llama-3.1-8b-instruct");
        let function = json!({ "name": "getLocalTime", "arguments": "{\"timeZone\":\"Asia/Tokyo\"}" });
        assert_eq!(
            serde_json::from_str::<Value>(&http.body().text()).unwrap(),
            json!({
                "stream": true,
                "max_tokens": 2048,
                "messages": [
                    { "role": "system", "content": "You help." },
                    { "role": "user", "content": "What time is it?" },
                    {
                        "role": "assistant", "content": "", "reasoning": "Hm.",
                        "tool_calls": [{ "id": "a1", "type": "function", "function": function }],
                    },
                    { "role": "tool", "tool_call_id": "a1", "name": "getLocalTime", "content": "12:00" },
                ],
                "tools": [{ "type": "function", "function": {
                    "name": "getLocalTime", "description": "Time", "parameters": { "type": "object", "properties": {} },
                } }],
            })
        );
    }
}
