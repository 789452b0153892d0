//! The UI message stream of the AI SDK over server-sent events, as far as a terminal needs it.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use serde::Deserialize;
use serde_json::Value;

/// What an error text begins with that is a question to the user.
const INTERRUPTION: &str = "AUTH0_AI_INTERRUPTION:";
/// No event is longer.
const LONGEST_LINE: u64 = 1024 * 1024;

/// A call of a tool that has no result yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The tool.
    pub name: String,
    /// Its input.
    pub input: Value,
}

/// Why a call waits for the user.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interrupt {
    /// What kind it is.
    pub code: String,
    /// Sentence for the user.
    #[serde(default)]
    pub message: String,
    /// The account that is to be connected.
    pub connection: Option<String>,
    /// The scopes to ask for.
    #[serde(default)]
    pub required_scopes: Vec<String>,
    /// What the device shows.
    pub binding_message: Option<String>,
    /// The letters that stand on the device too.
    pub approval_code: Option<String>,
    /// The tool can look by itself whether the call happened.
    #[serde(default)]
    pub can_check: bool,
    /// The call.
    pub tool_call: InterruptedCall,
}

/// The call that waits.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct InterruptedCall {
    /// Its id.
    pub id: String,
    /// The tool.
    pub name: String,
    /// Its input.
    #[serde(default)]
    pub args: Value,
}

/// What is known of the answer.
#[derive(Debug, Default)]
pub struct Turn {
    /// Id of the message, with which a call in it is answered.
    pub message_id: Option<String>,
    /// Calls without a result, by id.
    pub open: BTreeMap<String, Call>,
    /// What the user has to do first.
    pub interrupt: Option<Interrupt>,
    /// The turn failed.
    pub failure: Option<String>,
    /// The stream came to its end; else the connection broke off.
    pub ended: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk {
    r#type: String,
    message_id: Option<String>,
    delta: Option<String>,
    error_text: Option<String>,
    tool_call_id: Option<String>,
    tool_name: Option<String>,
    input: Option<Value>,
    data: Option<Notice>,
}

#[derive(Deserialize)]
struct Notice {
    text: Option<String>,
}

impl Turn {
    /// Reads the stream to its end; `say` gets the text as it comes. What is not understood is passed over: newer servers say more.
    pub fn read(&mut self, body: impl BufRead, say: &mut dyn FnMut(&str)) {
        (self.interrupt, self.failure, self.ended) = (None, None, false);
        let mut body = body;
        let mut line = Vec::new();
        loop {
            line.clear();
            match body.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
                Ok(read) if read > 0 => {}
                _ => return,
            }
            let Some(data) = line.strip_prefix(b"data: ") else { continue };
            if data.trim_ascii() == b"[DONE]" {
                self.ended = true;
                return;
            }
            if let Ok(chunk) = serde_json::from_slice::<Chunk>(data) {
                self.take(chunk, say);
            }
        }
    }

    fn take(&mut self, chunk: Chunk, say: &mut dyn FnMut(&str)) {
        match chunk.r#type.as_str() {
            "start" => self.message_id = chunk.message_id.or(self.message_id.take()),
            "text-delta" => say(&chunk.delta.unwrap_or_default()),
            "text-end" => say("\n"),
            "data-notice" => {
                if let Some(text) = chunk.data.and_then(|data| data.text) {
                    say(&format!("({text})\n"));
                }
            }
            "tool-input-available" => {
                if let (Some(id), Some(name)) = (chunk.tool_call_id, chunk.tool_name) {
                    self.open.insert(id, Call { name, input: chunk.input.unwrap_or_default() });
                }
            }
            "tool-output-available" | "tool-output-error" | "tool-output-denied" | "tool-input-error" => {
                self.open.remove(&chunk.tool_call_id.unwrap_or_default());
            }
            "error" => {
                let text = chunk.error_text.unwrap_or_default();
                let interrupt = text.strip_prefix(INTERRUPTION).and_then(|json| serde_json::from_str(json).ok());
                match interrupt {
                    Some(interrupt) => self.interrupt = Some(interrupt),
                    None => self.failure = Some(text),
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(turn: &mut Turn, chunks: &[Value]) -> String {
        let mut body: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
        body.push_str("data: [DONE]\n\n");
        let mut said = String::new();
        turn.read(body.as_bytes(), &mut |text| said.push_str(text));
        said
    }

    #[test]
    fn ua_24_text_calls_and_questions_are_read_and_the_rest_is_passed_over() {
        let mut turn = Turn::default();
        let call =
            |id: &str| json!({"type": "tool-input-available", "toolCallId": id, "toolName": "t", "input": {"a": 1}});
        let question = json!({"code": "TOKEN_VAULT_ERROR", "message": "Connect.", "connection": "google-oauth2",
            "requiredScopes": ["a", "b"], "toolCall": {"id": "c2", "name": "t", "args": {"a": 1}}, "new": true});
        let said = read(
            &mut turn,
            &[
                json!({"type": "start", "messageId": "m1"}),
                json!({"type": "data-notice", "data": {"text": "Busy."}}),
                json!({"type": "unheard-of", "delta": "x"}),
                call("c1"),
                call("c2"),
                json!({"type": "tool-output-available", "toolCallId": "c1", "output": 1}),
                json!({"type": "text-delta", "delta": "Hel"}),
                json!({"type": "text-delta", "delta": "lo"}),
                json!({"type": "text-end"}),
                json!({"type": "error", "errorText": format!("{INTERRUPTION}{question}")}),
            ],
        );
        assert_eq!(said, "(Busy.)\nHello\n");
        assert_eq!((turn.message_id.as_deref(), turn.ended, turn.failure.is_none()), (Some("m1"), true, true));
        assert_eq!(turn.open.keys().collect::<Vec<_>>(), ["c2"]);
        let interrupt = turn.interrupt.clone().unwrap();
        assert_eq!((interrupt.connection.as_deref(), interrupt.required_scopes.len()), (Some("google-oauth2"), 2));
        read(&mut turn, &[json!({"type": "tool-output-error", "toolCallId": "c2"})]);
        assert!(turn.open.is_empty() && turn.interrupt.is_none() && turn.message_id.is_some(), "the message goes on");
    }

    #[test]
    fn ua_24_what_is_no_stream_ends_without_an_end() {
        for body in ["", "data: {", "<html>", "data: null\n\n", "data: [DON"] {
            let mut turn = Turn::default();
            turn.read(body.as_bytes(), &mut |said| panic!("{said}"));
            assert!(!turn.ended && turn.open.is_empty(), "{body}");
        }
        let mut turn = Turn::default();
        read(&mut turn, &[json!({"type": "error", "errorText": "AUTH0_AI_INTERRUPTION:{"}), json!([1])]);
        assert!(turn.failure.is_some() && turn.interrupt.is_none());
    }
}
