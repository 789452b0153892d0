//! The body of `POST /v1/responses`, read as the conversation that it is.

use serde::Deserialize;
use serde_json::{Value, json};

use super::conversation::ChatRequest;
use super::error::ModelError;

/// As far as this endpoint reads it; nothing is stored, so `previous_response_id` is refused.
#[derive(Debug, Deserialize)]
pub struct ResponsesRequest {
    pub model: Option<String>,
    #[serde(default)]
    input: Value,
    instructions: Option<String>,
    #[serde(default)]
    tools: Vec<Value>,
    #[serde(default)]
    tool_choice: Value,
    #[serde(default)]
    pub stream: bool,
    previous_response_id: Option<String>,
}

impl ResponsesRequest {
    /// The same request in the form of chat completions.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] names the parameter at fault.
    pub fn as_chat(&self) -> Result<ChatRequest, ModelError> {
        if let Some(id) = &self.previous_response_id {
            let message = format!("Previous response with id '{id}' not found.");
            return Err(ModelError::invalid(message, "previous_response_id"));
        }
        let mut messages: Vec<Value> = Vec::new();
        messages.extend(self.instructions.iter().map(|text| json!({"role": "system", "content": text})));
        match &self.input {
            Value::String(text) => messages.push(json!({"role": "user", "content": text})),
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    put(&mut messages, item, at)?;
                }
            }
            Value::Null => return Err(ModelError::invalid("Missing required parameter: 'input'.", "input")),
            _ => return Err(ModelError::invalid("Invalid type for 'input': expected a string or an array.", "input")),
        }
        let tools =
            self.tools.iter().enumerate().map(|(at, tool)| function(tool, at)).collect::<Result<Vec<_>, _>>()?;
        let chat = json!({"model": self.model, "messages": messages, "tools": tools, "tool_choice": self.tool_choice});
        serde_json::from_value(chat).map_err(|why| ModelError::invalid(format!("Invalid input: {why}"), "input"))
    }
}

/// Calls that follow each other belong to one assistant message.
fn put(messages: &mut Vec<Value>, item: &Value, at: usize) -> Result<(), ModelError> {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    let needed = |name: &str| {
        let param = format!("input[{at}].{name}");
        text(name).ok_or_else(|| ModelError::invalid(format!("Missing required parameter: '{param}'."), param))
    };
    match text("type").unwrap_or("message") {
        "message" => {
            let role = needed("role")?;
            messages.push(json!({"role": role, "content": item.get("content").cloned().unwrap_or_default()}));
        }
        "function_call" => {
            let function = json!({"name": needed("name")?, "arguments": needed("arguments")?});
            let call = json!({"id": needed("call_id")?, "type": "function", "function": function});
            let open = messages.last_mut().filter(|last| last.get("role").and_then(Value::as_str) == Some("assistant"));
            match open.and_then(|last| last.get_mut("tool_calls")).and_then(Value::as_array_mut) {
                Some(calls) => calls.push(call),
                None => messages.push(json!({"role": "assistant", "content": null, "tool_calls": [call]})),
            }
        }
        "function_call_output" => {
            let id = needed("call_id")?;
            let known =
                messages.iter().flat_map(|m| m.get("tool_calls").and_then(Value::as_array).into_iter().flatten());
            if !known.into_iter().any(|call| call.get("id").and_then(Value::as_str) == Some(id)) {
                let message = format!("No tool call found for function call output with call_id {id}.");
                return Err(ModelError::invalid(message, "input"));
            }
            let output = item.get("output").cloned().unwrap_or_default();
            messages.push(json!({"role": "tool", "tool_call_id": id, "content": output}));
        }
        // What a model thought is of no use to a script.
        "reasoning" => {}
        other => {
            let param = format!("input[{at}].type");
            return Err(ModelError::invalid(format!("Invalid value: '{other}'."), param));
        }
    }
    Ok(())
}

/// A tool of this API carries its function flat.
fn function(tool: &Value, at: usize) -> Result<Value, ModelError> {
    let kind = tool.get("type").and_then(Value::as_str).unwrap_or_default();
    let Some(name) = tool.get("name").and_then(Value::as_str) else {
        let param = format!("tools[{at}].name");
        return Err(ModelError::invalid(format!("Missing required parameter: '{param}'."), param));
    };
    let parameters = tool.get("parameters").cloned().unwrap_or_default();
    Ok(json!({"type": kind, "function": {"name": name, "parameters": parameters}}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(body: Value) -> Result<ChatRequest, ModelError> {
        serde_json::from_value::<ResponsesRequest>(body).unwrap().as_chat()
    }

    #[test]
    fn calls_and_their_outputs_become_one_step() {
        let call = |id: &str| json!({"type": "function_call", "call_id": id, "name": "n", "arguments": "{}"});
        let output = |id: &str| json!({"type": "function_call_output", "call_id": id, "output": "done"});
        let input = json!([{"role": "user", "content": [{"type": "input_text", "text": "go"}]}, call("a"), call("b"), output("a"), output("b")]);
        let chat = chat(json!({"model": "m", "instructions": "be kind", "input": input})).unwrap();
        let messages = chat.messages.unwrap();
        let roles: Vec<&str> = messages.iter().map(|message| message.role.as_str()).collect();
        assert_eq!(roles, ["system", "user", "assistant", "tool", "tool"]);
        assert_eq!(messages[2].tool_calls.as_ref().unwrap().len(), 2);
    }

    #[test]
    fn bad_parameters_are_named() {
        let param = |body: Value| chat(body).unwrap_err().body()["error"]["param"].clone();
        assert_eq!(param(json!({"model": "m"})), "input");
        assert_eq!(param(json!({"model": "m", "input": 3})), "input");
        assert_eq!(param(json!({"model": "m", "input": [{"type": "picture"}]})), "input[0].type");
        assert_eq!(param(json!({"model": "m", "input": [{"content": "x"}]})), "input[0].role");
        assert_eq!(param(json!({"model": "m", "input": [{"type": "function_call_output", "call_id": "x"}]})), "input");
        assert_eq!(param(json!({"model": "m", "input": "x", "tools": [{"type": "function"}]})), "tools[0].name");
        assert_eq!(param(json!({"model": "m", "input": "x", "previous_response_id": "r"})), "previous_response_id");
    }
}
