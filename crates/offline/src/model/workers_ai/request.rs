//! What a text model is given: checked as the platform checks it and read as the conversation that it is.

use serde_json::{Value, json};

use super::super::conversation::ChatRequest;
use super::super::error::ModelError;

/// Reads the input of `@cf/…` text models.
///
/// # Errors
/// [`ModelError::Invalid`]: the platform names the member that has the wrong type.
pub fn read(model: &str, body: &Value) -> Result<ChatRequest, ModelError> {
    let messages = body
        .get("messages")
        .and_then(Value::as_array)
        .ok_or_else(|| invalid("required properties at '/' are 'prompt', required properties at '/' are 'messages'"))?;
    for (at, message) in messages.iter().enumerate() {
        check_message(message, at)?;
    }
    let mut tools = Vec::new();
    for (at, tool) in body.get("tools").and_then(Value::as_array).into_iter().flatten().enumerate() {
        tools.push(function(tool, at)?);
    }
    if let Some(tokens) = body.get("max_tokens").filter(|tokens| tokens.as_u64().is_none()) {
        return Err(mismatch("/max_tokens", tokens, "integer"));
    }
    let chat = json!({
        "model": model, "messages": messages, "tools": tools, "stream": body.get("stream").cloned().unwrap_or(false.into()),
        "tool_choice": body.get("tool_choice").cloned().unwrap_or_default(),
    });
    serde_json::from_value(chat).map_err(|why| invalid(why.to_string()))
}

pub fn invalid(what: impl std::fmt::Display) -> ModelError {
    ModelError::Invalid { message: format!("oneOf at '/' not met, 0 matches: {what}"), param: None }
}

fn mismatch(at: &str, value: &Value, wanted: &str) -> ModelError {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    invalid(format!("Type mismatch of '{at}', '{found}' not in '{wanted}'"))
}

fn check_message(message: &Value, at: usize) -> Result<(), ModelError> {
    let at = format!("/messages/{at}");
    if message.get("role").and_then(Value::as_str).is_none() {
        return Err(invalid(format!("required properties at '{at}' are 'role,content'")));
    }
    match message.get("content") {
        Some(Value::String(_) | Value::Array(_)) => {}
        Some(other) => return Err(mismatch(&format!("{at}/content"), other, "string")),
        None => return Err(invalid(format!("required properties at '{at}' are 'role,content'"))),
    }
    for (number, call) in message.get("tool_calls").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let at = format!("{at}/tool_calls/{number}");
        let arguments = call.pointer("/function/arguments").unwrap_or(&Value::Null);
        if !arguments.is_string() {
            return Err(mismatch(&format!("{at}/function/arguments"), arguments, "string"));
        }
        if call.get("type").and_then(Value::as_str) != Some("function") {
            return Err(invalid(format!("required properties at '{at}' are 'type'")));
        }
    }
    Ok(())
}

/// Both forms: in `function`, or flat as the older models took it.
fn function(tool: &Value, at: usize) -> Result<Value, ModelError> {
    let function = tool.get("function").unwrap_or(tool);
    let at = format!("/tools/{at}");
    let text = |name: &str| function.get(name).and_then(Value::as_str);
    let (Some(name), Some(_)) = (text("name"), text("description")) else {
        return Err(invalid(format!("required properties at '{at}' are 'name,description,parameters'")));
    };
    let parameters = function.get("parameters").cloned().unwrap_or_default();
    if !parameters.get("properties").is_some_and(Value::is_object) || parameters.get("type").is_none() {
        return Err(invalid(format!("required properties at '{at}/parameters' are 'type,properties'")));
    }
    Ok(json!({"type": "function", "function": {"name": name, "parameters": parameters}}))
}
