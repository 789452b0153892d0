//! A model that says what a script tells it to, and the rule every request must keep.

use std::collections::BTreeMap;

use deputy_error::Explained as _;
use deputy_models::{FinishReason, ModelError, ModelEvent, ModelMessage, ModelRequest, ToolCall};
use futures::StreamExt;
use futures::stream::{LocalBoxStream, unfold};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::world::World;

/// One thing a model does in an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Says something.
    Text(String),
    /// Thinks.
    Reasoning(String),
    /// Calls a tool: name and input.
    Call(String, Value),
    /// Calls a tool with something that is no JSON object: name and why.
    Garbled(String, String),
    /// Waits for a gate.
    Wait(String),
    /// Takes milliseconds.
    Take(u64),
    /// Says that so many tokens of the prompt came out of a cache.
    Cached(u64),
    /// Fails, by the error's code. At the very beginning: the request is refused.
    Fail(String),
}

/// What the model answers: by the user's text, one answer for each step; the last one stands for all that follow.
pub type Script = BTreeMap<String, Vec<Vec<Act>>>;

/// What a model answers.
pub type Answers = dyn Fn(&ModelRequest) -> Vec<Act>;

/// The answer of a script.
pub fn scripted(script: &Script, request: &ModelRequest) -> Vec<Act> {
    let (text, step) = place(request);
    if let Some(told) = text.strip_prefix("I have answered what you were waiting for. ") {
        let result = request.messages.iter().rev().find_map(|message| match message {
            ModelMessage::ToolResult { content, .. } => Some(content.clone()),
            _ => None,
        });
        return vec![Act::Text(format!("{told} {}", result.unwrap_or_default()))];
    }
    let steps = script.get(&text).unwrap_or_else(|| panic!("the script knows no answer to {text:?}"));
    steps.get(step).or(steps.last()).cloned().unwrap_or_default()
}

/// The user's last text, and how many answers came after it.
pub fn place(request: &ModelRequest) -> (String, usize) {
    let mut step = 0;
    for message in request.messages.iter().rev() {
        match message {
            // What the model is told beside the user's words stands behind an empty line, in brackets.
            ModelMessage::User { text } => {
                let said = text.split_once("\n\n[Now: ").map_or(text.as_str(), |(said, _)| said);
                return (said.to_owned(), step);
            }
            ModelMessage::Assistant { .. } => step += 1,
            ModelMessage::ToolResult { .. } => {}
        }
    }
    panic!("the model was asked without a message of the user: {request:?}");
}

/// What every provider demands: the user begins, and every call is followed by its result.
pub fn check_request(request: &ModelRequest) {
    let mut messages = request.messages.iter().peekable();
    assert!(matches!(messages.peek(), Some(ModelMessage::User { .. })), "the user begins: {:?}", request.messages);
    while let Some(message) = messages.next() {
        match message {
            ModelMessage::User { .. } => {}
            ModelMessage::Assistant { text, calls } => {
                assert!(!text.is_empty() || !calls.is_empty(), "an empty answer: {request:?}");
                for call in calls {
                    assert!(call.arguments.is_object(), "{request:?}");
                    match messages.next() {
                        Some(ModelMessage::ToolResult { call_id, tool, .. }) => {
                            assert_eq!((call_id, tool), (&call.id, &call.name), "{request:?}");
                        }
                        other => panic!("{} has no result but {other:?}: {request:?}", call.id),
                    }
                }
            }
            ModelMessage::ToolResult { call_id, .. } => panic!("a result without a call: {call_id} in {request:?}"),
        }
    }
}

/// The stream of an answer.
pub fn stream(
    world: &World,
    acts: Vec<Act>,
) -> Result<LocalBoxStream<'static, Result<Vec<ModelEvent>, ModelError>>, ModelError> {
    if let Some(Act::Fail(code)) = acts.first() {
        return Err(error(code));
    }
    let calls = acts.iter().any(|act| matches!(act, Act::Call(..) | Act::Garbled(..)));
    let reason = if calls { FinishReason::ToolCalls } else { FinishReason::Stop };
    let cached_tokens = acts.iter().map(|act| if let Act::Cached(tokens) = act { *tokens } else { 0 }).sum();
    let end =
        vec![ModelEvent::Usage { input_tokens: 10, output_tokens: 5, cached_tokens }, ModelEvent::Finished(reason)];
    let begin = (acts.into_iter(), Some(end), world.clone(), world.model_is_open());
    let events = unfold(begin, |(mut acts, mut end, world, open)| async move {
        let read = loop {
            let event = match acts.next() {
                None => break Ok(end.take()?),
                Some(Act::Wait(gate)) => {
                    world.gates.pass(&gate).await;
                    continue;
                }
                Some(Act::Cached(_)) => continue,
                Some(Act::Take(milliseconds)) => {
                    world.advance(milliseconds);
                    continue;
                }
                Some(Act::Fail(code)) => {
                    end = None;
                    acts = Vec::new().into_iter();
                    break Err(error(&code));
                }
                Some(Act::Text(text)) => ModelEvent::Text(text),
                Some(Act::Reasoning(text)) => ModelEvent::Reasoning(text),
                Some(Act::Call(name, arguments)) => call(name, arguments, None),
                Some(Act::Garbled(name, why)) => call(name, Value::Object(serde_json::Map::new()), Some(why)),
            };
            break Ok(vec![event]);
        };
        Some((read, (acts, end, world, open)))
    });
    Ok(events.boxed_local())
}

fn call(name: String, arguments: Value, arguments_error: Option<String>) -> ModelEvent {
    ModelEvent::ToolCall(ToolCall { arguments_error, ..ToolCall::new("provider-id", name, arguments) })
}

fn error(code: &str) -> ModelError {
    let errors = [
        ModelError::Overloaded { retry_at: None },
        ModelError::EndedEarly,
        ModelError::Unreachable,
        ModelError::ContextTooLong,
        ModelError::RateLimited { retry_at: None },
    ];
    errors.into_iter().find(|error| error.code() == code).unwrap_or_else(|| panic!("no such error: {code}"))
}
