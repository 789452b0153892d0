//! What the model sees of a request: the last user message, the tool results since then, the clock in the system prompt.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, Zoned};
use serde::Deserialize;
use serde_json::Value;

use super::dates;
use super::error::ModelError;

/// The part of a chat-completions request that a script can react to.
#[derive(Debug)]
pub struct Conversation {
    /// Text of the last user message, white space normalised.
    pub user: String,
    /// Results of the last step's tool calls, in the order of the messages; empty when the user spoke last.
    pub results: Vec<ToolOutcome>,
    /// Names of the tools that the request offers.
    pub tools: BTreeSet<String>,
    /// The time and zone that the system prompt names; the given time and UTC where it names none.
    pub clock: Zoned,
}

/// One tool message together with the call it answers.
#[derive(Debug)]
pub struct ToolOutcome {
    /// Name of the tool called.
    pub tool: String,
    /// The arguments of the call.
    pub arguments: Value,
    /// The content: JSON where it parses, else the text.
    pub content: Value,
}

/// The body of `POST /v1/chat/completions`, as far as this endpoint reads it.
#[derive(Debug, Deserialize)]
pub struct ChatRequest {
    pub model: Option<String>,
    pub messages: Option<Vec<Message>>,
    #[serde(default)]
    pub tools: Vec<Tool>,
    #[serde(default)]
    pub tool_choice: Value,
    #[serde(default)]
    pub stream: bool,
    #[serde(default)]
    pub stream_options: Option<StreamOptions>,
}

/// `stream_options` of the request.
#[derive(Debug, Default, Deserialize)]
pub struct StreamOptions {
    #[serde(default)]
    pub include_usage: bool,
}

/// One message of the request.
#[derive(Debug, Deserialize)]
pub struct Message {
    pub role: String,
    #[serde(default)]
    pub content: Value,
    #[serde(default)]
    pub tool_calls: Option<Vec<ToolCall>>,
    pub tool_call_id: Option<String>,
}

/// A tool call in an assistant message.
#[derive(Debug, Deserialize)]
pub struct ToolCall {
    pub id: String,
    pub function: CalledFunction,
}

/// Name and JSON text of a call.
#[derive(Debug, Deserialize)]
pub struct CalledFunction {
    pub name: String,
    pub arguments: String,
}

/// A tool on offer.
#[derive(Debug, Deserialize)]
pub struct Tool {
    #[serde(rename = "type")]
    pub kind: String,
    pub function: OfferedFunction,
}

/// The function of a tool on offer.
#[derive(Debug, Deserialize)]
pub struct OfferedFunction {
    pub name: String,
    #[serde(default)]
    pub parameters: Value,
}

impl Conversation {
    /// Reads a request as strictly as OpenAI does. `now_ms` counts where the system prompt names no time.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] names the parameter at fault: no model, no messages, an unknown role, a tool message without its
    /// call, a call without its tool message, a tool with an impossible name or schema.
    pub fn read(request: &ChatRequest, now_ms: u64) -> Result<Self, ModelError> {
        if request.model.as_deref().is_none_or(str::is_empty) {
            return Err(ModelError::invalid("you must provide a model parameter", "model"));
        }
        let messages = request.messages.as_deref().unwrap_or_default();
        if messages.is_empty() {
            return Err(ModelError::invalid(
                "Invalid 'messages': empty array. Expected at least one message.",
                "messages",
            ));
        }
        check_tools(&request.tools)?;
        check_messages(messages)?;
        let offered = request.tools.iter().map(|tool| tool.function.name.clone());
        let tools = if request.tool_choice == "none" { BTreeSet::new() } else { offered.collect() };
        let since = messages.iter().rposition(|message| message.role == "user").map_or(0, |at| at.saturating_add(1));
        let user = since.checked_sub(1).and_then(|at| messages.get(at)).map(|message| text_of(&message.content));
        let system = messages
            .iter()
            .filter(|message| matches!(message.role.as_str(), "system" | "developer"))
            .map(|message| text_of(&message.content))
            .collect::<Vec<_>>()
            .join("\n");
        let user = user.unwrap_or_default();
        let (said, told) = newest_said(&user);
        Ok(Self {
            user: said.split_whitespace().collect::<Vec<_>>().join(" "),
            results: last_results(messages.get(since..).unwrap_or_default()),
            tools,
            clock: told_clock(told).unwrap_or_else(|| clock_of(&system, now_ms)),
        })
    }
}

/// The text of a message's content: a string or a list of text parts.
pub fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// The results of the last assistant step, each with its call.
fn last_results(messages: &[Message]) -> Vec<ToolOutcome> {
    let calls = messages
        .iter()
        .flat_map(|message| message.tool_calls.as_deref().unwrap_or_default())
        .map(|call| (call.id.as_str(), &call.function))
        .collect::<BTreeMap<_, _>>();
    let step = messages.iter().rposition(|message| message.role == "assistant").unwrap_or_default();
    let outcome = |message: &Message| {
        let call = calls.get(message.tool_call_id.as_deref()?)?;
        let text = text_of(&message.content);
        Some(ToolOutcome {
            tool: call.name.clone(),
            arguments: serde_json::from_str(&call.arguments).unwrap_or(Value::Null),
            content: unmarked(serde_json::from_str(&text).unwrap_or(Value::String(text))),
        })
    };
    messages
        .get(step..)
        .unwrap_or_default()
        .iter()
        .filter(|message| message.role == "tool")
        .filter_map(outcome)
        .collect()
}

/// What an application marked as written by others, `{"untrusted": …}`, is what the script looks into.
fn unmarked(content: Value) -> Value {
    match content {
        Value::Object(mut members) if members.len() == 1 && members.contains_key("untrusted") => {
            members.remove("untrusted").unwrap_or_default()
        }
        other => other,
    }
}

/// What an application tells a model beside the user's words: behind an empty line, in brackets, the day and the hour first.
const TOLD: &str = "\n\n[Now: ";

/// The newest words of the user, and what is told beside them. Where roles have to alternate, messages that nobody answered stand in one.
fn newest_said(user: &str) -> (&str, &str) {
    let (before, told) = user.rsplit_once(TOLD).unwrap_or((user, ""));
    let earlier = before.rsplit_once(TOLD).and_then(|(_, told)| told.split_once("]\n\n"));
    (earlier.map_or(before, |(_, said)| said), told)
}

/// `Monday 2026-11-30, 10:02, time zone Europe/Berlin, UTC+01:00. …`
fn told_clock(told: &str) -> Option<Zoned> {
    let mut said = told.split(']').next()?.split(", ");
    let day = said.next()?.split_whitespace().last()?;
    let time = said.next()?;
    let zone = said.next()?.strip_prefix("time zone ")?.split(" (").next()?;
    let offset = told.split_once(", UTC")?.1.get(..6)?;
    let instant = format!("{day}T{time}:00{offset}").parse().ok()?;
    Some(dates::clock(instant, Some(zone)))
}

fn clock_of(system: &str, now_ms: u64) -> Zoned {
    let line = |name: &str| {
        system.lines().find_map(|line| {
            let (label, value) = line.trim().trim_start_matches(['-', '*', ' ']).split_once(':')?;
            label.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_end_matches('.').to_owned())
        })
    };
    let given = i64::try_from(now_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    let instant = line("Current time").and_then(|text| text.parse().ok()).unwrap_or(given);
    dates::clock(instant, line("Time zone").as_deref())
}

fn check_tools(tools: &[Tool]) -> Result<(), ModelError> {
    for (at, tool) in tools.iter().enumerate() {
        let name = tool.function.name.as_str();
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if tool.kind != "function" {
            return Err(ModelError::invalid(format!("Invalid value: '{}'.", tool.kind), format!("tools[{at}].type")));
        }
        if name.is_empty() || name.len() > 64 || !name.chars().all(legal) {
            let message =
                format!("Invalid 'tools[{at}].function.name': string does not match pattern '^[a-zA-Z0-9_-]+$'.");
            return Err(ModelError::invalid(message, format!("tools[{at}].function.name")));
        }
        let schema = &tool.function.parameters;
        if !schema.is_null() && schema.get("type").and_then(Value::as_str) != Some("object") {
            let message =
                format!("Invalid schema for function '{name}': schema must be a JSON Schema of 'type: \"object\"'.");
            return Err(ModelError::invalid(message, format!("tools[{at}].function.parameters")));
        }
    }
    Ok(())
}

fn check_messages(messages: &[Message]) -> Result<(), ModelError> {
    let mut open = BTreeSet::new();
    for (at, message) in messages.iter().enumerate() {
        let param = format!("messages[{at}]");
        match message.role.as_str() {
            "tool" => {
                let id = message.tool_call_id.as_deref().unwrap_or_default();
                if !open.remove(id) {
                    let message = "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
                    return Err(ModelError::invalid(message, format!("{param}.role")));
                }
                continue;
            }
            "system" | "developer" | "user" | "assistant" => {}
            other => return Err(ModelError::invalid(format!("Invalid value: '{other}'."), format!("{param}.role"))),
        }
        check_answered(&open, &param)?;
        let calls = message.tool_calls.as_deref().unwrap_or_default();
        if message.role == "assistant" {
            open.extend(calls.iter().map(|call| call.id.as_str()));
        }
        if message.content.is_null() && calls.is_empty() {
            let message = "Invalid value for 'content': expected a string, got null.";
            return Err(ModelError::invalid(message, format!("{param}.content")));
        }
    }
    check_answered(&open, "messages")
}

fn check_answered(open: &BTreeSet<&str>, param: &str) -> Result<(), ModelError> {
    if open.is_empty() {
        return Ok(());
    }
    let ids = open.iter().copied().collect::<Vec<_>>().join(", ");
    let message = format!(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. \
         The following tool_call_ids did not have response messages: {ids}"
    );
    Err(ModelError::invalid(message, param))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: Value) -> Result<Conversation, ModelError> {
        Conversation::read(&serde_json::from_value(body).unwrap(), 0)
    }

    #[test]
    fn the_clock_comes_from_the_system_prompt() {
        let system = "You help.\nCurrent time: 2026-08-05T10:30:00.123Z\nTime zone: Europe/Berlin";
        let messages = json!([{"role": "system", "content": system}, {"role": "user", "content": [{"type": "text", "text": " hi  there "}]}]);
        let conversation = read(json!({"model": "m", "messages": messages})).unwrap();
        assert_eq!(conversation.user, "hi there");
        assert_eq!(dates::rfc3339(&conversation.clock), "2026-08-05T12:30:00+02:00");
    }

    #[test]
    fn the_clock_beside_the_users_words_counts_more_and_is_none_of_them() {
        let system = "You help.\nCurrent time: 2026-08-05T10:30:00Z\nTime zone: UTC";
        for (zone, expected) in [
            ("time zone Asia/Kolkata, UTC+05:30", "2026-12-31T10:52:00+05:30"),
            (
                "time zone UTC (the user's client says GMT, or so, which is not known here), UTC+00:00",
                "2026-12-31T10:52:00+00:00",
            ),
        ] {
            let text = format!(
                "good\n\nmorning\n\n[Now: Thursday 2026-12-31, 10:52, {zone}. Tomorrow is Friday 2027-01-01.]\n[More.]"
            );
            let messages = json!([{"role": "system", "content": system}, {"role": "user", "content": text}]);
            let conversation = read(json!({"model": "m", "messages": messages})).unwrap();
            assert_eq!(conversation.user, "good morning");
            assert_eq!(dates::rfc3339(&conversation.clock), expected);
        }
    }

    #[test]
    fn of_messages_that_nobody_answered_the_newest_counts() {
        let now = "[Now: Thursday 2026-12-31, 10:52, time zone UTC, UTC+00:00.]";
        let text = format!("Be down\n\n{now}\n[More.]\n\nHello\n\nthere\n\n{now}");
        assert_eq!(newest_said(&text).0, "Hello\n\nthere");
        assert_eq!(newest_said("Be down\n\nHello"), ("Be down\n\nHello", ""));
    }

    #[test]
    fn only_the_results_of_the_last_step_count() {
        let call = |id: &str, name: &str| json!({"role": "assistant", "content": null, "tool_calls": [{"id": id, "type": "function", "function": {"name": name, "arguments": "{\"a\":1}"}}]});
        let result = |id: &str, text: &str| json!({"role": "tool", "tool_call_id": id, "content": text});
        let messages = json!([
            {"role": "user", "content": "go"}, call("c1", "one"), result("c1", "old"), call("c2", "two"), result("c2", "{\"ok\":true}")
        ]);
        let conversation = read(json!({"model": "m", "messages": messages})).unwrap();
        assert_eq!(conversation.results.len(), 1);
        assert_eq!(conversation.results[0].tool, "two");
        assert_eq!(conversation.results[0].arguments, json!({"a": 1}));
        assert_eq!(conversation.results[0].content, json!({"ok": true}));
    }

    #[test]
    fn the_script_looks_into_what_is_marked_as_untrusted() {
        assert_eq!(unmarked(json!({"untrusted": {"events": []}})), json!({"events": []}));
        assert_eq!(unmarked(json!({"untrusted": "Error: no"})), json!("Error: no"));
        for other in [json!({"untrusted": 1, "more": 2}), json!({"events": []}), json!("untrusted")] {
            assert_eq!(unmarked(other.clone()), other);
        }
    }

    #[test]
    fn a_call_without_its_result_is_refused() {
        let messages = json!([
            {"role": "user", "content": "go"},
            {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "one", "arguments": "{}"}}]},
            {"role": "user", "content": "and?"}
        ]);
        let error = read(json!({"model": "m", "messages": messages})).unwrap_err();
        assert!(error.body()["error"]["message"].as_str().unwrap().contains("c1"));
    }

    #[test]
    fn bad_parameters_are_named() {
        let user = json!([{"role": "user", "content": "hi"}]);
        let param = |body: Value| read(body).unwrap_err().body()["error"]["param"].clone();
        assert_eq!(param(json!({"messages": user})), "model");
        assert_eq!(param(json!({"model": "m", "messages": []})), "messages");
        assert_eq!(param(json!({"model": "m", "messages": [{"role": "owner", "content": "x"}]})), "messages[0].role");
        assert_eq!(
            param(json!({"model": "m", "messages": [{"role": "tool", "tool_call_id": "x", "content": "x"}]})),
            "messages[0].role"
        );
        let tool =
            |name: &str, schema: Value| json!([{"type": "function", "function": {"name": name, "parameters": schema}}]);
        assert_eq!(
            param(json!({"model": "m", "messages": user, "tools": tool("a b", json!({"type": "object"}))})),
            "tools[0].function.name"
        );
        assert_eq!(
            param(json!({"model": "m", "messages": user, "tools": tool("a", json!({"type": "string"}))})),
            "tools[0].function.parameters"
        );
    }
}
