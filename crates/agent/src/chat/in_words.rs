//! A conversation without a call in it: what was done stands beside the user's words.
//!
//! A small model goes on with what it sees. After a call and its result it writes the call once more, as text where it is offered no
//! tools. A model that sees no call writes an answer.

use std::collections::BTreeMap;

use deputy_models::ModelMessage;

/// What is asked for behind everything that was done.
const ANSWER_NOW: &str =
    "[No more tools can be used. Answer the user now in words: say what was done and what came of it.]";

/// The same conversation, told in words, with the request to answer now.
pub(crate) fn in_words(messages: Vec<ModelMessage>) -> Vec<ModelMessage> {
    let mut told = Vec::new();
    let mut made = BTreeMap::new();
    for message in messages {
        match message {
            ModelMessage::User { .. } => told.push(message),
            // What was said before a call announces it.
            ModelMessage::Assistant { calls, .. } if !calls.is_empty() => {
                made.extend(calls.into_iter().map(|call| (call.id, call.arguments)));
            }
            ModelMessage::Assistant { .. } => told.push(message),
            ModelMessage::ToolResult { call_id, tool, content } => {
                let input = made.remove(&call_id).unwrap_or_default();
                beside(&mut told, &format!("[For this the tool was called: {tool} {input}. Its result: {content}]"));
            }
        }
    }
    beside(&mut told, ANSWER_NOW);
    told
}

/// Puts a paragraph behind what the user said last.
fn beside(told: &mut Vec<ModelMessage>, more: &str) {
    let asked = told.iter_mut().rev().find_map(|message| match message {
        ModelMessage::User { text } => Some(text),
        ModelMessage::Assistant { .. } | ModelMessage::ToolResult { .. } => None,
    });
    match asked {
        Some(text) => {
            text.push_str("\n\n");
            text.push_str(more);
        }
        None => told.push(ModelMessage::User { text: more.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use deputy_models::ToolCall;
    use serde_json::json;

    use super::*;

    fn user(text: &str) -> ModelMessage {
        ModelMessage::User { text: text.to_owned() }
    }

    fn said(text: &str, calls: Vec<ToolCall>) -> ModelMessage {
        ModelMessage::Assistant { text: text.to_owned(), calls }
    }

    fn result(call_id: &str, content: &str) -> ModelMessage {
        ModelMessage::ToolResult {
            call_id: call_id.to_owned(),
            tool: "buyStock".to_owned(),
            content: content.to_owned(),
        }
    }

    #[test]
    fn results_stand_beside_the_words_they_were_wanted_for() {
        let call = |id: &str, qty: u32| ToolCall::new(id, "buyStock", json!({ "qty": qty }));
        let told = in_words(vec![
            user("Buy two"),
            said("One moment.", vec![call("a", 2)]),
            result("a", "OK"),
            said("Done.", Vec::new()),
            user("And three, and four"),
            said("", vec![call("b", 3), call("c", 4)]),
            result("b", "OK"),
            result("c", "Error: too much"),
        ]);
        let first = "Buy two\n\n[For this the tool was called: buyStock {\"qty\":2}. Its result: OK]";
        let last = format!(
            "And three, and four\n\n[For this the tool was called: buyStock {{\"qty\":3}}. Its result: OK]\n\n\
             [For this the tool was called: buyStock {{\"qty\":4}}. Its result: Error: too much]\n\n{ANSWER_NOW}"
        );
        assert_eq!(told, [user(first), said("Done.", Vec::new()), user(&last)]);
        assert_eq!(in_words(Vec::new()), [user(ANSWER_NOW)]);
    }
}
