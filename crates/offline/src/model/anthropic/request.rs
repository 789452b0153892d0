//! The body of `POST /v1/messages`, checked as the API checks it and read as the conversation that it is.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::conversation::{ChatRequest, text_of};
use super::super::error::ModelError;
use super::blocks::{self, Block, THOUGHT_ID, matches_pattern, only};
use super::error::invalid;

/// More marks than these are refused.
const MOST_CACHE_MARKS: usize = 4;
const KNOWN: [&str; 17] = [
    "model",
    "max_tokens",
    "system",
    "messages",
    "tools",
    "tool_choice",
    "stream",
    "temperature",
    "top_k",
    "top_p",
    "stop_sequences",
    "metadata",
    "thinking",
    "service_tier",
    "cache_control",
    "context_management",
    "output_config",
];

/// A request that the API would take.
#[derive(Debug)]
pub struct MessagesRequest {
    pub model: String,
    pub stream: bool,
    system: String,
    tools: Vec<Value>,
    tool_choice: Value,
    turns: Vec<Turn>,
}

#[derive(Debug)]
struct Turn {
    user: bool,
    blocks: Vec<Block>,
}

impl MessagesRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] with the API's sentence, where it is known.
    pub fn read(body: &[u8]) -> Result<Self, ModelError> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|why| invalid(format!("The request body is not valid JSON: {why}")))?;
        only(&body, &KNOWN, "")?;
        let model = body.get("model").and_then(Value::as_str).filter(|model| !model.is_empty());
        let max_tokens = body.get("max_tokens").ok_or_else(|| invalid("max_tokens: Field required"))?;
        if max_tokens.as_u64().is_none_or(|tokens| tokens == 0) {
            return Err(invalid("max_tokens: Input should be greater than or equal to 1"));
        }
        check_cache_marks(&body)?;
        let tools = body.get("tools").and_then(Value::as_array).cloned().unwrap_or_default();
        check_tools(&tools)?;
        let request = Self {
            model: model.ok_or_else(|| invalid("model: Field required"))?.to_owned(),
            stream: body.get("stream").and_then(Value::as_bool).unwrap_or_default(),
            system: read_system(body.get("system"))?,
            tool_choice: body.get("tool_choice").cloned().unwrap_or_default(),
            tools,
            turns: read_turns(body.get("messages"))?,
        };
        request.check_turns()?;
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
        for turn in &self.turns {
            put(&mut messages, turn);
        }
        let function = |tool: &Value| {
            let schema = tool.get("input_schema");
            json!({"type": "function", "function": {"name": tool.get("name"), "parameters": schema}})
        };
        let tools: Vec<Value> = self.tools.iter().map(function).collect();
        let choice = self.tool_choice.get("type").cloned().unwrap_or_default();
        let chat = json!({"model": self.model, "messages": messages, "tools": tools, "tool_choice": choice});
        serde_json::from_value(chat).map_err(|why| invalid(why.to_string()))
    }

    fn check_turns(&self) -> Result<(), ModelError> {
        if self.turns.first().is_none_or(|first| !first.user) {
            return Err(invalid("messages: first message must use the \"user\" role"));
        }
        if self.turns.last().is_some_and(|last| !last.user) {
            let message =
                "This model does not support assistant message prefill. The conversation must end with a user message.";
            return Err(invalid(message));
        }
        let mut ids = BTreeSet::new();
        let pairs = self.turns.iter().zip(self.turns.iter().skip(1)).enumerate();
        for (at, (turn, next)) in pairs {
            if turn.user == next.user {
                let role = if turn.user { "user" } else { "assistant" };
                return Err(invalid(format!(
                    "messages: roles must alternate between \"user\" and \"assistant\", but found multiple \"{role}\" roles in a row"
                )));
            }
            for id in turn.calls() {
                if !ids.insert(id) {
                    return Err(invalid(format!("messages.{at}: `tool_use` ids must be unique")));
                }
            }
            check_results(at, turn, next)?;
        }
        if self.turns.first().is_some_and(|first| first.results().next().is_some()) {
            return Err(invalid("messages.0: unexpected `tool_use_id` found in `tool_result` blocks"));
        }
        if self.tools.is_empty() && !ids.is_empty() {
            return Err(invalid("Requests which include `tool_use` or `tool_result` blocks must define tools"));
        }
        self.check_thoughts()
    }

    /// The step that the model goes on with begins with what it thought.
    fn check_thoughts(&self) -> Result<(), ModelError> {
        let last = self.turns.iter().enumerate().rev().find(|(_, turn)| !turn.user);
        let goes_on = self.turns.last().is_some_and(|turn| turn.results().next().is_some());
        let Some((at, turn)) = last.filter(|_| goes_on) else { return Ok(()) };
        let thought = turn.calls().any(|id| id.starts_with(THOUGHT_ID));
        if thought && !matches!(turn.blocks.first(), Some(Block::Thinking)) {
            return Err(invalid(format!(
                "messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`. When `thinking` is enabled, a final \
                 `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks)"
            )));
        }
        Ok(())
    }
}

impl Turn {
    fn calls(&self) -> impl Iterator<Item = &str> {
        self.blocks
            .iter()
            .filter_map(|block| if let Block::ToolUse { id, .. } = block { Some(id.as_str()) } else { None })
    }

    fn results(&self) -> impl Iterator<Item = &str> {
        self.blocks
            .iter()
            .filter_map(|block| if let Block::ToolResult { id, .. } = block { Some(id.as_str()) } else { None })
    }

    fn text(&self) -> String {
        let texts = self
            .blocks
            .iter()
            .filter_map(|block| if let Block::Text(text) = block { Some(text.as_str()) } else { None });
        texts.collect::<Vec<_>>().join("\n")
    }
}

/// Each call is answered in the next message, before anything else in it, and nothing but a call is answered.
fn check_results(at: usize, turn: &Turn, next: &Turn) -> Result<(), ModelError> {
    let next_at = at.saturating_add(1);
    let results: Vec<&str> = next.results().collect();
    let missing: Vec<&str> = turn.calls().filter(|id| !results.contains(id)).collect();
    if !missing.is_empty() {
        return Err(invalid(format!(
            "messages.{at}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` block must \
             have a corresponding `tool_result` block in the next message.",
            missing.join(", ")
        )));
    }
    if let Some(stray) = results.iter().find(|id| !turn.calls().any(|call| call == **id)) {
        return Err(invalid(format!(
            "messages.{next_at}: unexpected `tool_use_id` found in `tool_result` blocks: {stray}. Each `tool_result` block must have a \
             corresponding `tool_use` block in the previous message."
        )));
    }
    let behind = next.blocks.iter().skip_while(|block| matches!(block, Block::ToolResult { .. }));
    if behind.into_iter().any(|block| matches!(block, Block::ToolResult { .. })) {
        return Err(invalid(format!("messages.{next_at}: `tool_result` blocks must come before all other content")));
    }
    Ok(())
}

fn put(messages: &mut Vec<Value>, turn: &Turn) {
    let text = turn.text();
    if !turn.user {
        let call = |block: &Block| match block {
            Block::ToolUse { id, name, input } => {
                Some(json!({"id": id, "type": "function", "function": {"name": name, "arguments": input.to_string()}}))
            }
            _ => None,
        };
        let calls: Vec<Value> = turn.blocks.iter().filter_map(call).collect();
        messages.push(json!({"role": "assistant", "content": text, "tool_calls": calls}));
        return;
    }
    for block in &turn.blocks {
        if let Block::ToolResult { id, text } = block {
            messages.push(json!({"role": "tool", "tool_call_id": id, "content": text}));
        }
    }
    if !text.is_empty() {
        messages.push(json!({"role": "user", "content": text}));
    }
}

fn read_system(system: Option<&Value>) -> Result<String, ModelError> {
    let Some(system) = system else { return Ok(String::new()) };
    if let Value::Array(blocks) = system {
        for (at, block) in blocks.iter().enumerate() {
            only(block, &["type", "text", "cache_control", "citations"], &format!("system.{at}"))?;
            if block.get("text").and_then(Value::as_str).is_none_or(str::is_empty) {
                return Err(invalid("system: text content blocks must be non-empty"));
            }
        }
    }
    Ok(text_of(system))
}

fn read_turns(messages: Option<&Value>) -> Result<Vec<Turn>, ModelError> {
    let messages = messages.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if messages.is_empty() {
        return Err(invalid("messages: at least one message is required"));
    }
    let turn = |(at, message): (usize, &Value)| {
        let at = format!("messages.{at}");
        only(message, &["role", "content"], &at)?;
        let user = match message.get("role").and_then(Value::as_str) {
            Some("user") => true,
            Some("assistant") => false,
            Some("system") => {
                return Err(invalid(
                    "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role.",
                ));
            }
            _ => return Err(invalid(format!("{at}.role: Input should be 'user' or 'assistant'"))),
        };
        let blocks = blocks::read(message.get("content").unwrap_or(&Value::Null), &at, user)?;
        if blocks.is_empty() {
            return Err(invalid(format!(
                "{at}: all messages must have non-empty content except for the optional final assistant message"
            )));
        }
        Ok(Turn { user, blocks })
    };
    messages.iter().enumerate().map(turn).collect()
}

fn check_tools(tools: &[Value]) -> Result<(), ModelError> {
    let mut names = BTreeSet::new();
    for (at, tool) in tools.iter().enumerate() {
        let at = format!("tools.{at}");
        only(tool, &["type", "name", "description", "input_schema", "cache_control"], &at)?;
        let name = tool.get("name").and_then(Value::as_str).unwrap_or_default();
        matches_pattern(name, 128, &format!("{at}.custom.name"), "^[a-zA-Z0-9_-]{1,128}$")?;
        if !names.insert(name) {
            return Err(invalid("tools: Tool names must be unique."));
        }
        let schema =
            tool.get("input_schema").ok_or_else(|| invalid(format!("{at}.custom.input_schema: Field required")))?;
        if schema.get("type").and_then(Value::as_str) != Some("object") {
            return Err(invalid(format!("{at}.custom.input_schema.type: Input should be 'object'")));
        }
        if ["oneOf", "allOf", "anyOf"].iter().any(|keyword| schema.get(*keyword).is_some()) {
            return Err(invalid(format!(
                "{at}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level"
            )));
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for property in properties.into_iter().flat_map(|properties| properties.keys()) {
            let plain = property.replace('.', "_");
            let at = format!("{at}.custom.input_schema.properties");
            matches_pattern(&plain, 64, &at, "^[a-zA-Z0-9_.-]{1,64}$")?;
        }
    }
    Ok(())
}

fn check_cache_marks(body: &Value) -> Result<(), ModelError> {
    let mut found = 0_usize;
    count_cache_marks(body, &mut found)?;
    if found > MOST_CACHE_MARKS {
        let message =
            format!("A maximum of {MOST_CACHE_MARKS} blocks with cache_control may be provided. Found {found}.");
        return Err(invalid(message));
    }
    Ok(())
}

/// Marks stand on blocks and tools; what a schema or an input calls by that name is none.
fn count_cache_marks(value: &Value, found: &mut usize) -> Result<(), ModelError> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| count_cache_marks(item, found)),
        Value::Object(members) => members.iter().try_for_each(|(name, member)| match name.as_str() {
            "input_schema" | "input" => Ok(()),
            "cache_control" => {
                *found = found.saturating_add(1);
                let ephemeral = member.get("type").and_then(Value::as_str) == Some("ephemeral");
                if ephemeral { Ok(()) } else { Err(invalid("cache_control.type: Input should be 'ephemeral'")) }
            }
            _ => count_cache_marks(member, found),
        }),
        _ => Ok(()),
    }
}
