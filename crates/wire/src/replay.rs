use crate::{Message, Part, StreamEvent, ToolPart, ToolState};

/// The events that rebuild a message for a client that resumes its stream, or that never saw it.
///
/// `live`: the stream goes on after them, so the last step stays open, a text or reasoning part at the very end too, and
/// there is no `Finish`. Parts already end where the stored text ends; the live deltas carry on under the same ids.
///
/// `continuation_from`: index of the first part that the running stream added to the message; `None` rebuilds all of
/// it. With an index the events name no message, to be sent with `continuation: true` to a client that holds the earlier
/// parts; the calls of the step right before the index are settled again, because the stream that began there brought
/// their results. Newer clients empty the message on a replayed `Start` that is not a continuation, so for them the
/// whole message is the safe choice whenever it is unknown how much they have seen (agents-protocol.md, trap 7).
#[must_use]
pub fn replay(message: &Message, live: bool, continuation_from: Option<usize>) -> Vec<StreamEvent> {
    let from = continuation_from.unwrap_or(0);
    let message_id = continuation_from.is_none().then(|| message.id.clone());
    let mut events = vec![StreamEvent::Start { message_id }];
    for tool in last_step(message, from) {
        events.extend(result_event(tool));
    }
    let mut step_open = false;
    let last = message.parts.len().saturating_sub(1);
    for (index, part) in message.parts.iter().enumerate().skip(from) {
        let open_end = live && index == last;
        match part {
            Part::StepStart => {
                if step_open {
                    events.push(StreamEvent::StepFinish);
                }
                step_open = true;
                events.push(StreamEvent::StepStart);
            }
            Part::Text { id, text } => {
                events.push(StreamEvent::TextStart { id: id.clone() });
                if !text.is_empty() {
                    events.push(StreamEvent::TextDelta { id: id.clone(), delta: text.clone() });
                }
                if !open_end {
                    events.push(StreamEvent::TextEnd { id: id.clone() });
                }
            }
            Part::Reasoning { id, text } => {
                events.push(StreamEvent::ReasoningStart { id: id.clone() });
                if !text.is_empty() {
                    events.push(StreamEvent::ReasoningDelta { id: id.clone(), delta: text.clone() });
                }
                if !open_end {
                    events.push(StreamEvent::ReasoningEnd { id: id.clone() });
                }
            }
            Part::Tool(tool) => events.extend(call(tool)),
            Part::Report { .. } => {}
        }
    }
    if !live {
        if step_open {
            events.push(StreamEvent::StepFinish);
        }
        events.push(StreamEvent::Finish { reason: None });
    }
    events
}

/// The tool calls of the step that ends before `from`.
fn last_step(message: &Message, from: usize) -> Vec<&ToolPart> {
    let mut tools: Vec<&ToolPart> = message
        .parts
        .iter()
        .take(from)
        .rev()
        .take_while(|part| !matches!(part, Part::StepStart))
        .filter_map(|part| match part {
            Part::Tool(tool) => Some(&**tool),
            _ => None,
        })
        .collect();
    tools.reverse();
    tools
}

fn call(tool: &ToolPart) -> Vec<StreamEvent> {
    let mut events = vec![StreamEvent::ToolInput {
        call_id: tool.call_id.clone(),
        tool: tool.tool.clone(),
        input: tool.input.clone(),
    }];
    if let ToolState::AwaitingConfirmation { approval_id } | ToolState::Denied { approval_id, .. } = &tool.state {
        events
            .push(StreamEvent::ToolApprovalRequest { approval_id: approval_id.clone(), call_id: tool.call_id.clone() });
    }
    events.extend(result_event(tool));
    events
}

/// The event that brings a call's result; none while it has none.
#[must_use]
pub fn result_event(tool: &ToolPart) -> Option<StreamEvent> {
    let call_id = tool.call_id.clone();
    match &tool.state {
        ToolState::Output { output } => {
            Some(StreamEvent::ToolOutput { call_id, output: output.clone(), status: tool.status.clone() })
        }
        ToolState::Failed { text } => {
            Some(StreamEvent::ToolFailed { call_id, text: text.clone(), status: tool.status.clone() })
        }
        ToolState::Denied { .. } => Some(StreamEvent::ToolDenied { call_id }),
        ToolState::Waiting
        | ToolState::Running
        | ToolState::AwaitingConfirmation { .. }
        | ToolState::Confirmed { .. } => None,
    }
}
