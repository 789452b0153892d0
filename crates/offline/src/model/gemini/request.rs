//! The body of `…:generateContent`, checked as the API checks it and read as the conversation that it is.

use serde_json::{Value, json};

use super::super::conversation::{ChatRequest, text_of};
use super::super::error::ModelError;
use super::contents::{Content, Part, is_legal_name};
use super::error::{invalid, only};
use super::schema;

/// A request that the API would take.
#[derive(Debug)]
pub struct GenerateRequest {
    model: String,
    system: String,
    contents: Vec<Content>,
    functions: Vec<Value>,
    may_call: bool,
}

impl GenerateRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] with the API's sentence, where it is known.
    pub fn read(model: &str, body: &[u8]) -> Result<Self, ModelError> {
        let body: Value =
            serde_json::from_slice(body).map_err(|why| invalid(format!("Invalid JSON payload received. {why}")))?;
        let known = [
            "contents",
            "systemInstruction",
            "tools",
            "toolConfig",
            "generationConfig",
            "safetySettings",
            "cachedContent",
        ];
        only(&body, &known, "")?;
        check_generation(body.get("generationConfig"))?;
        let contents = body.get("contents").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if contents.is_empty() {
            return Err(invalid("* GenerateContentRequest.contents: contents is not specified\n"));
        }
        let system = body.pointer("/systemInstruction/parts").cloned().unwrap_or_default();
        if body.get("systemInstruction").is_some() && text_of(&system).trim().is_empty() {
            return Err(invalid(
                "* GenerateContentRequest.system_instruction.parts: contents.parts must not be empty.\n",
            ));
        }
        let mode = body.pointer("/toolConfig/functionCallingConfig/mode").and_then(Value::as_str);
        let request = Self {
            model: model.to_owned(),
            system: text_of(&system),
            functions: functions(body.get("tools"))?,
            contents: contents.iter().enumerate().map(|(at, one)| Content::read(one, at)).collect::<Result<_, _>>()?,
            may_call: mode != Some("NONE"),
        };
        request.check_order()?;
        request.check_signatures()?;
        Ok(request)
    }

    /// The same request in the form of chat completions.
    ///
    /// # Errors
    /// Never for a request that was read.
    pub fn chat(&self) -> Result<ChatRequest, ModelError> {
        let mut messages = Vec::new();
        if !self.system.is_empty() {
            messages.push(json!({"role": "system", "content": self.system}));
        }
        let mut open = Vec::new();
        for (at, content) in self.contents.iter().enumerate() {
            put(&mut messages, &mut open, content, at);
        }
        let function = |one: &Value| {
            let schema = one.get("parameters").cloned().unwrap_or_else(|| json!({"type": "object"}));
            let lower = schema.get("type").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
            json!({"type": "function", "function": {"name": one.get("name"), "parameters": {"type": lower}}})
        };
        let tools: Vec<Value> = self.functions.iter().map(function).collect();
        let choice = if self.may_call { "auto" } else { "none" };
        let chat = json!({"model": self.model, "messages": messages, "tools": tools, "tool_choice": choice});
        serde_json::from_value(chat).map_err(|why| invalid(why.to_string()))
    }

    fn check_order(&self) -> Result<(), ModelError> {
        if self.contents.first().is_some_and(|first| !first.user || first.responses().next().is_some()) {
            return Err(invalid(
                "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
            ));
        }
        if self.contents.last().is_some_and(|last| !last.user) {
            return Err(invalid(
                "Please ensure that single turn requests end with a user role or the role field is empty.",
            ));
        }
        for (content, next) in self.contents.iter().zip(self.contents.iter().skip(1)) {
            if content.user == next.user {
                return Err(invalid("Please ensure that multiturn requests alternate between user and model."));
            }
            if content.user {
                continue;
            }
            let same_number = content.calls().count() == next.responses().count();
            let mut pairs = content.calls().zip(next.responses());
            let fit = pairs.all(|((id, name, _), answered)| name == answered.1 && (id.is_none() || id == answered.0));
            if !same_number || !fit {
                return Err(invalid(
                    "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
                ));
            }
        }
        Ok(())
    }

    /// Since the user spoke last, the first call of each step carries the signature that came with it; Gemini 3 insists.
    fn check_signatures(&self) -> Result<(), ModelError> {
        if ["gemini-1", "gemini-2"].iter().any(|old| self.model.starts_with(old)) {
            return Ok(());
        }
        let spoke =
            self.contents.iter().rposition(|content| content.user && !content.text().is_empty()).unwrap_or_default();
        for (at, content) in self.contents.iter().enumerate().skip(spoke) {
            if let Some((_, name, false)) = content.calls().next() {
                return Err(invalid(format!(
                    "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and \
                     missing thought_signature may lead to degraded model performance. Additional data, function call `default_api:{name}` , \
                     position {at}."
                )));
            }
        }
        Ok(())
    }
}

/// Calls and results have ids of ours where the request has none: a result belongs to the call of its place.
fn put(messages: &mut Vec<Value>, open: &mut Vec<String>, content: &Content, at: usize) {
    let text = content.text();
    if content.user {
        let mut ids = std::mem::take(open).into_iter();
        for part in &content.parts {
            if let Part::Response { response, .. } = part {
                // One member named as the documentation names it stands for the plain result.
                let output =
                    response.as_object().filter(|members| members.len() == 1).and_then(|members| members.get("output"));
                let said = match output.unwrap_or(response) {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                messages.push(json!({"role": "tool", "tool_call_id": ids.next(), "content": said}));
            }
        }
        if !text.is_empty() {
            messages.push(json!({"role": "user", "content": text}));
        }
        return;
    }
    let mut calls = Vec::new();
    for (number, part) in content.parts.iter().enumerate() {
        if let Part::Call { name, args, .. } = part {
            let id = format!("call_{at}_{number}");
            calls
                .push(json!({"id": id, "type": "function", "function": {"name": name, "arguments": args.to_string()}}));
            open.push(id);
        }
    }
    messages.push(json!({"role": "assistant", "content": text, "tool_calls": calls}));
}

fn functions(tools: Option<&Value>) -> Result<Vec<Value>, ModelError> {
    let mut all = Vec::new();
    for (number, tool) in tools.and_then(Value::as_array).into_iter().flatten().enumerate() {
        only(tool, &["functionDeclarations"], &format!("tools[{number}]"))?;
        let declared = tool.get("functionDeclarations").and_then(Value::as_array);
        for (place, function) in declared.into_iter().flatten().enumerate() {
            let at = format!("tools[{number}].function_declarations[{place}]");
            only(function, &["name", "description", "parameters", "response", "behavior"], &at)?;
            if !function.get("name").and_then(Value::as_str).is_some_and(is_legal_name) {
                return Err(invalid(format!(
                    "* GenerateContentRequest.{at}.name: Invalid function name. Must start with a letter or an underscore. Must be alphameric \
                     (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.\n"
                )));
            }
            if let Some(parameters) = function.get("parameters") {
                schema::check(parameters, &format!("{at}.parameters"))?;
            }
            all.push(function.clone());
        }
    }
    Ok(all)
}

fn check_generation(config: Option<&Value>) -> Result<(), ModelError> {
    let Some(config) = config else { return Ok(()) };
    let known = [
        "maxOutputTokens",
        "temperature",
        "topP",
        "topK",
        "candidateCount",
        "stopSequences",
        "thinkingConfig",
        "seed",
        "responseMimeType",
    ];
    only(config, &known, "generation_config")?;
    match config.get("maxOutputTokens") {
        Some(tokens) if tokens.as_u64().is_none_or(|tokens| tokens == 0) => Err(invalid(
            "* GenerateContentRequest.generation_config.max_output_tokens: max_output_tokens must be positive.\n",
        )),
        _ => Ok(()),
    }
}
