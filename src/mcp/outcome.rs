//! How a call in the chat stands, as its MCP client is told.

use std::collections::BTreeMap;

use deputy_mcp::protocol::{CallToolResult, ClientCapabilities, Content, ElicitRequest, InputRequest};
use deputy_mcp::server::{Answer, InputRequired, ToolAnswer};
use deputy_wire::{CallStatus, ToolPart, ToolState};
use serde_json::{Value, json};

use super::state::CallState;
use crate::chat::Invoked;

/// Name of the question with a form.
pub const CONFIRM: &str = "confirm";
/// Name of the request to open the chat.
pub const OPEN: &str = "open";
/// Member of the form.
pub const YES: &str = "confirm";

/// Characters of a call's input that are shown with the question.
const SHOWN_CHARS: usize = 1_000;

/// Whom a call is answered, and where the user answers it.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// What the client can.
    pub capabilities: &'a ClientCapabilities,
    /// What people are shown as its name.
    pub name: &'a str,
    /// The chat of the call.
    pub chat: &'a str,
    /// The address of that chat, where the user sees and answers the card.
    pub address: &'a str,
}

/// The outcome, or what the call needs.
pub fn answer(invoked: &Invoked, asker: Asker<'_>) -> ToolAnswer {
    let part = &invoked.part;
    match &part.state {
        ToolState::Output { output } => Answer::Done(result(output)),
        ToolState::Failed { text } => Answer::Done(CallToolResult::failed(text.clone())),
        ToolState::Denied { reason, .. } => Answer::Done(CallToolResult::failed(match reason {
            Some(reason) => format!("The user said no, and it was not run. Their reason: {reason}"),
            None => "The user said no, and it was not run.".to_owned(),
        })),
        ToolState::Waiting
        | ToolState::Running
        | ToolState::AwaitingConfirmation { .. }
        | ToolState::Confirmed { .. } => match part.status.as_ref() {
            Some(status) => Answer::InputRequired(wanted(invoked, status, asker)),
            None => Answer::Done(CallToolResult::failed(format!(
                "{} is still running. Call it again with the same arguments to get its result, or look at {}.",
                part.tool, asker.address
            ))),
        },
    }
}

/// The user did not want to be asked by the client. The call waits all the same.
pub fn not_now(tool: &str, address: &str) -> CallToolResult {
    CallToolResult::failed(format!(
        "{tool} was not run: it waits for the user, who did not want to answer now. They can answer at {address} until tomorrow. Call it \
         again with the same arguments only if the user wants it."
    ))
}

fn result(output: &Value) -> CallToolResult {
    let text = match output {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    CallToolResult {
        content: vec![Content::text(text)],
        structured_content: Some(output.clone()).filter(Value::is_object),
        ..CallToolResult::default()
    }
}

fn wanted(invoked: &Invoked, status: &CallStatus, asker: Asker<'_>) -> InputRequired {
    let pending = status.wait.as_ref().map(|wait| wait.interrupt_id.clone()).unwrap_or_default();
    let is_question = matches!(invoked.part.state, ToolState::AwaitingConfirmation { .. });
    let said = status.message.as_deref().unwrap_or("This waits for you.");
    let (name, request) = if is_question && asker.capabilities.asks_with_forms() {
        (CONFIRM, ElicitRequest::form(question(&invoked.part, said, asker.name), form()))
    } else {
        let message = format!("{said} Open Deputy to go on with {}.", invoked.part.tool);
        (OPEN, ElicitRequest::url(message, asker.address, Some(pending.clone())))
    };
    let state = CallState { chat: asker.chat.to_owned(), call: invoked.call.clone(), pending };
    InputRequired {
        requests: BTreeMap::from([(name.to_owned(), InputRequest::Elicitation(request))]),
        state: Some(state.write()),
    }
}

/// What exactly the user says yes to.
fn question(part: &ToolPart, said: &str, client_name: &str) -> String {
    let input = part.input.to_string();
    let mut shown: String = input.chars().take(SHOWN_CHARS).collect();
    if shown.len() < input.len() {
        shown.push('…');
    }
    format!("{client_name} wants Deputy to run {} with {shown}. {said}", part.tool)
}

fn form() -> Value {
    json!({
        "type": "object",
        "properties": {
            YES: {"type": "boolean", "title": "Yes, do it", "description": "Deputy does exactly this, once", "default": false}
        },
        "required": [YES]
    })
}

#[cfg(test)]
mod tests {
    use deputy_mcp::protocol::Elicitation;
    use deputy_wire::CallWait;

    use super::*;

    const ADDRESS: &str = "https://deputy.example/c/1";

    fn invoked(state: ToolState, status: Option<CallStatus>) -> Invoked {
        let (call_id, tool) = ("call_1".to_owned(), "createTasksTool".to_owned());
        let part = ToolPart { call_id, tool, input: json!({"task": "Tea"}), state, status, provided: None };
        Invoked { call: "call_1".to_owned(), part }
    }

    fn waits(code: &str, message: &str) -> Option<CallStatus> {
        let wait =
            CallWait { interrupt_id: "pending_1".into(), since: 1, expires_at: 2, parked: false, interrupt: None };
        Some(CallStatus::waiting(code, message, wait))
    }

    fn told(invoked: &Invoked, capabilities: &ClientCapabilities) -> ToolAnswer {
        answer(invoked, Asker { capabilities, name: "Inspector", chat: "1", address: ADDRESS })
    }

    fn done(state: ToolState) -> CallToolResult {
        match told(&invoked(state, None), &ClientCapabilities::default()) {
            Answer::Done(result) => result,
            Answer::InputRequired(wanted) => panic!("{wanted:?}"),
        }
    }

    fn asked(invoked: &Invoked, client: &ClientCapabilities) -> (String, Value, Option<String>) {
        let Answer::InputRequired(wanted) = told(invoked, client) else { panic!("it asks for nothing") };
        let (name, request) = wanted.requests.into_iter().next().unwrap();
        (name, serde_json::to_value(request).unwrap()["params"].clone(), wanted.state)
    }

    fn forms() -> ClientCapabilities {
        let elicitation = Some(Elicitation { form: Some(serde_json::Map::new()), url: None });
        ClientCapabilities { elicitation, ..ClientCapabilities::default() }
    }

    #[test]
    fn results_are_text_and_objects_are_structured_too() {
        let text = done(ToolState::Output { output: json!("OK") });
        assert_eq!((text.content, text.structured_content), (vec![Content::text("OK")], None));
        let object = done(ToolState::Output { output: json!({"a": 1}) });
        assert_eq!(
            (object.content, object.structured_content),
            (vec![Content::text("{\"a\":1}")], Some(json!({"a": 1})))
        );
        let list = done(ToolState::Output { output: json!([1]) });
        assert_eq!((list.content, list.structured_content), (vec![Content::text("[1]")], None));
    }

    #[test]
    fn what_did_not_run_is_an_error_in_words() {
        let denied =
            |reason: Option<&str>| ToolState::Denied { approval_id: "p".into(), reason: reason.map(str::to_owned) };
        for (state, word) in [
            (ToolState::Failed { text: "Nobody answered in time.".into() }, "in time"),
            (denied(None), "said no"),
            (denied(Some("Too much")), "Too much"),
            (ToolState::Running, "still running"),
        ] {
            let result = done(state);
            assert!(result.is_error && format!("{:?}", result.content).contains(word), "{result:?}");
        }
        assert!(not_now("buyStock", ADDRESS).is_error);
    }

    /// Issue 13: a yes is asked for by a form where the client has forms, with exactly what will be done; else at the card.
    #[test]
    fn a_yes_is_asked_for_by_form_or_at_the_card() {
        let state = ToolState::AwaitingConfirmation { approval_id: "pending_1".into() };
        let waits = invoked(state, waits("DEPUTY_CONFIRMATION", "This waits for your yes or no."));
        let (name, params, state) = asked(&waits, &forms());
        assert_eq!((name.as_str(), state.as_deref()), (CONFIRM, Some("1.call_1.pending_1")));
        let message = params["message"].as_str().unwrap();
        assert!(message.contains("Inspector wants Deputy to run createTasksTool with {\"task\":\"Tea\"}"), "{message}");
        assert_eq!(params["requestedSchema"]["properties"][YES]["type"], "boolean");
        let (name, params, _) = asked(&waits, &ClientCapabilities::default());
        assert_eq!((name.as_str(), params["url"].as_str()), (OPEN, Some(ADDRESS)));
    }

    /// Issue 13: everything else is answered where nobody but the user answers, whatever the client can.
    #[test]
    fn consent_and_approval_are_never_asked_for_by_form() {
        for code in ["TOKEN_VAULT_ERROR", "ASYNC_AUTHORIZATION_PENDING"] {
            let waits = invoked(ToolState::Waiting, waits(code, "Authorization required."));
            let (name, params, state) = asked(&waits, &forms());
            assert_eq!((name.as_str(), params["url"].as_str(), state.is_some()), (OPEN, Some(ADDRESS), true));
            assert_eq!(params["mode"], "url");
        }
    }

    #[test]
    fn a_long_input_is_cut_in_the_question() {
        let state = ToolState::AwaitingConfirmation { approval_id: "pending_1".into() };
        let mut waits = invoked(state, waits("DEPUTY_CONFIRMATION", "Yes or no?"));
        waits.part.input = json!({"text": "ü".repeat(5_000)});
        let (_, params, _) = asked(&waits, &forms());
        let message = params["message"].as_str().unwrap();
        assert!(message.chars().count() < 1_200 && message.contains('…'), "{}", message.len());
    }
}
