//! What happened, in lines a reader can check.

use deputy_agent::{Ending, PauseReason, Plan};
use deputy_models::{ModelMessage, ModelRequest};
use deputy_wire::{Message, Part, Role, StreamEvent, ToolState};
use serde_json::Value;

use super::chat::Chat;
use super::world::{Shown, World};

/// A transcript: one line for each message and part.
pub fn transcript(world: &World, messages: &[Message]) -> Vec<String> {
    let mut lines = Vec::new();
    for message in messages {
        match message.role {
            Role::User => lines.push(format!("user: {}", deputy_agent::message_text(message))),
            Role::Assistant => {
                let metadata = message.metadata.as_ref().map(|metadata| format!(" {metadata}")).unwrap_or_default();
                lines.push(format!("assistant{metadata}:"));
                lines.extend(message.parts.iter().map(|part| format!("  {}", self::part(world, part))));
            }
        }
    }
    lines
}

/// What a model is given.
pub fn request(request: &ModelRequest) -> Vec<String> {
    let line = |message: &ModelMessage| match message {
        // The day and the hour are shown once, by a test of their own.
        ModelMessage::User { text } => {
            format!("user: {}", text.split_once("\n\n[Now: ").map_or(&**text, |(said, _)| said))
        }
        ModelMessage::Assistant { text, calls } => {
            let calls: Vec<String> =
                calls.iter().map(|call| format!("{} {}", call.name, value(&call.arguments))).collect();
            format!("assistant: {text} [{}]", calls.join(", "))
        }
        ModelMessage::ToolResult { tool, content, .. } => format!("{tool}: {}", short(content)),
    };
    request.messages.iter().map(line).collect()
}

/// Where the chat stands.
pub fn standing(chat: &Chat) -> String {
    let state = chat.driver.state();
    let waits: Vec<String> = state
        .waits()
        .map(|(call, pause)| {
            let name = chat.world.name_of(&call.head.id);
            match &pause.reason {
                PauseReason::Confirm => format!("{name} for a yes"),
                PauseReason::Connect { connection, missing, .. } => {
                    format!("{name} for {connection} {}", missing.join(" "))
                }
                PauseReason::Approve { code, .. } => format!("{name} for the device, {code}"),
                PauseReason::SignIn => format!("{name} for a login"),
                PauseReason::Outcome { can_check } => {
                    format!("{name} for its outcome{}", if *can_check { ", can look" } else { "" })
                }
            }
        })
        .collect();
    let queued = if state.queue.is_empty() { String::new() } else { format!(", {} queued", state.queue.len()) };
    match state.plan() {
        Plan::Idle if waits.is_empty() => "idle".to_owned(),
        Plan::Idle => format!("goes on; waits: {}", waits.join(", ")),
        Plan::Wait if !waits.is_empty() => format!("waits: {}{queued}", waits.join(", ")),
        _ => format!("runs{queued}"),
    }
}

/// What clients were shown.
pub fn shown(world: &World, emissions: &[Shown]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for emission in emissions {
        match emission {
            Shown::Opened { stream, offer } => {
                lines.push(format!("{stream} opened, offered to {}", offer.as_deref().unwrap_or("nobody")));
            }
            Shown::Events { stream, continuation, events } => {
                let name = if *continuation { format!("{stream}+") } else { stream.clone() };
                for event in events {
                    if let StreamEvent::TextDelta { delta, .. } | StreamEvent::ReasoningDelta { delta, .. } = event {
                        let more = matches!(lines.last(), Some(last) if last.starts_with(&format!("{name} says ")));
                        match lines.last_mut() {
                            Some(last) if more => last.push_str(delta),
                            _ => lines.push(format!("{name} says {delta}")),
                        }
                    } else if let Some(line) = self::event(world, event) {
                        lines.push(format!("{name} {line}"));
                    }
                }
            }
            Shown::Results { stream, events } => {
                lines.extend(
                    events.iter().filter_map(|event| Some(format!("for {stream}: {}", self::event(world, event)?))),
                );
            }
            Shown::Closed { stream, ending, .. } => {
                let how = match ending {
                    Ending::Completed => "completed".to_owned(),
                    Ending::Stopped => "stopped".to_owned(),
                    Ending::Failed(text) => format!("failed: {text}"),
                    Ending::Interrupted(text) => format!("interrupted: {}", interrupt(world, text)),
                };
                lines.push(format!("{stream} closed, {how}"));
            }
            Shown::Updated { message } => {
                let last = message.parts.iter().rev().find(|part| matches!(part, Part::Tool(_)));
                let state = last.map(|last| part(world, last)).unwrap_or_default();
                lines.push(format!("updated {}: … {state}", message.id));
            }
            Shown::Transcript { except, messages } => {
                let ids: Vec<&str> = messages.iter().map(|message| message.id.as_str()).collect();
                let except = except.as_deref().map(|except| format!(" but for {except}")).unwrap_or_default();
                lines.push(format!("transcript{except}: {}", ids.join(" ")));
            }
            Shown::Cleared { .. } => lines.push("cleared".to_owned()),
            Shown::Begun { messages } if messages.is_empty() => {}
            Shown::Begun { .. } => lines.push("a new process".to_owned()),
        }
    }
    lines
}

/// Whether these lines tell of an unknown outcome.
pub fn says_unknown(lines: &[String]) -> bool {
    lines.iter().any(|line| line.contains("It may have happened") || line.contains("is not known"))
}

fn part(world: &World, part: &Part) -> String {
    match part {
        Part::StepStart => "step".to_owned(),
        Part::Text { text, .. } => format!("says {}", short(text)),
        Part::Reasoning { text, .. } => format!("thinks {}", short(text)),
        Part::Report { call_id } => format!("tells of {}", world.name_of(call_id)),
        Part::Tool(tool) => {
            let state = match &tool.state {
                ToolState::Waiting => "waits".to_owned(),
                ToolState::Running => "runs".to_owned(),
                ToolState::AwaitingConfirmation { .. } => "asks for a yes".to_owned(),
                ToolState::Confirmed { .. } => "was allowed".to_owned(),
                ToolState::Denied { reason, .. } => {
                    format!("was denied{}", reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default())
                }
                ToolState::Output { output } => format!("gave {}", value(output)),
                ToolState::Failed { text } => format!("failed: {text}"),
            };
            format!("{} {} {state}", world.name_of(&tool.call_id), value(&tool.input))
        }
    }
}

fn event(world: &World, event: &StreamEvent) -> Option<String> {
    Some(match event {
        StreamEvent::Start { .. } => "starts".to_owned(),
        StreamEvent::StepStart => "step".to_owned(),
        StreamEvent::ToolInput { call_id, input, .. } => format!("calls {} {}", world.name_of(call_id), value(input)),
        StreamEvent::ToolApprovalRequest { call_id, .. } => format!("asks for a yes to {}", world.name_of(call_id)),
        StreamEvent::ToolOutput { call_id, output, .. } => format!("{} gave {}", world.name_of(call_id), value(output)),
        StreamEvent::ToolFailed { call_id, text, .. } => format!("{} failed: {text}", world.name_of(call_id)),
        StreamEvent::ToolDenied { call_id } => format!("{} was denied", world.name_of(call_id)),
        StreamEvent::StepFinish => "step ends".to_owned(),
        StreamEvent::Finish { reason } => format!("finishes {}", reason.map_or("", |reason| reason.as_str())),
        StreamEvent::TextStart { .. }
        | StreamEvent::TextDelta { .. }
        | StreamEvent::TextEnd { .. }
        | StreamEvent::ReasoningStart { .. }
        | StreamEvent::ReasoningDelta { .. }
        | StreamEvent::ReasoningEnd { .. } => return None,
    })
}

/// The members of an interrupt that clients read (`TV-08`).
fn interrupt(world: &World, text: &str) -> String {
    let json: Value = serde_json::from_str(text.strip_prefix(deputy_wire::INTERRUPTION_PREFIX).unwrap()).unwrap();
    let call = &json["toolCall"];
    assert!(json["interruptId"].is_string() && !text.contains("auth_req_id"), "{text}");
    if json["code"] != "TOKEN_VAULT_ERROR" {
        return format!(
            "{} call={} args={} — {}",
            json["code"].as_str().unwrap(),
            world.name_of(call["id"].as_str().unwrap()),
            call["args"],
            json["message"].as_str().unwrap(),
        );
    }
    assert!(json["authorizationParams"].is_object(), "{text}");
    format!(
        "{} connection={} required={} scopes={} call={} args={} resume={} — {}",
        json["code"].as_str().unwrap(),
        json["connection"].as_str().unwrap(),
        json["requiredScopes"],
        json["scopes"],
        world.name_of(call["id"].as_str().unwrap()),
        call["args"],
        json["behavior"],
        json["message"].as_str().unwrap(),
    )
}

fn value(value: &Value) -> String {
    short(&value.to_string())
}

fn short(text: &str) -> String {
    if text.chars().count() <= 200 {
        return text.to_owned();
    }
    format!("{}… ({} characters)", text.chars().take(20).collect::<String>(), text.chars().count())
}
