//! A conversation in a form that every provider takes, whoever wrote it.

use std::collections::HashSet;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::schema::in_dialect;
use crate::{ModelConfig, ModelMessage, ModelRequest, Provided, ToolCall, ToolDefinition};

/// The result of a call that has none.
const NO_RESULT: &str = "Error: No result of this call was recorded.";
/// A result without a word in it.
const EMPTY_RESULT: &str = "(no content)";
/// What stands for an answer that never came, where the user spoke right after a tool's result.
const NO_ANSWER: &str = "(This answer was not finished.)";
/// What stands for the user where a conversation begins or ends with the model.
const GO_ON: &str = "Please go on.";
/// What stands for messages of the user without a word in them.
const NO_TEXT: &str = "(My message has no text.)";
/// The longest tool name, and the longest id of a provider that is sent back.
const LONGEST_NAME: usize = 64;
const LONGEST_ID: usize = 16 * 1024;

impl ModelRequest {
    /// The same request as every provider takes it: legal tool names, ids each once, a result right behind every call and in the
    /// order of the calls, roles that alternate, no empty message, schemas in the dialect of the profile. What a provider wants back
    /// is there for that provider only.
    pub fn acceptable(&self, config: &ModelConfig) -> Self {
        let mut history = History { origin: config.origin(), own_ids: config.profile.own_ids, ..History::default() };
        for message in &self.messages {
            history.add(message);
        }
        let tool = |tool: &ToolDefinition| ToolDefinition {
            parameters: in_dialect(&tool.parameters, &config.profile.schema),
            ..tool.clone()
        };
        Self {
            system: self.system.clone(),
            messages: history.finish(),
            tools: self.tools.iter().map(tool).collect(),
            max_output_tokens: self.max_output_tokens,
        }
    }
}

/// The conversation as far as it has been told.
#[derive(Default)]
struct History {
    origin: String,
    own_ids: bool,
    told: Vec<ModelMessage>,
    /// The calls of the last step whose results are still to be told.
    open: Vec<Open>,
    ids: HashSet<String>,
}

/// A call that is to be followed by its result.
struct Open {
    /// The id by which its result names it.
    id: String,
    /// The id under which it is sent.
    sent: String,
    name: String,
    result: Option<String>,
}

impl History {
    fn add(&mut self, message: &ModelMessage) {
        match message {
            ModelMessage::User { text } => self.user(text),
            ModelMessage::Assistant { text, calls } => self.assistant(text, calls),
            ModelMessage::ToolResult { call_id, content, .. } => {
                let waits = |open: &&mut Open| open.id == *call_id && open.result.is_none();
                // A result of no call is left out: no provider knows what to do with it.
                if let Some(open) = self.open.iter_mut().find(waits) {
                    open.result = Some(if content.trim().is_empty() { EMPTY_RESULT } else { content }.to_owned());
                }
            }
        }
    }

    fn finish(mut self) -> Vec<ModelMessage> {
        self.close();
        match self.told.last() {
            Some(ModelMessage::Assistant { .. }) => self.told.push(ModelMessage::User { text: GO_ON.to_owned() }),
            // Nobody has said a word.
            None => self.told.push(ModelMessage::User { text: NO_TEXT.to_owned() }),
            Some(ModelMessage::User { .. } | ModelMessage::ToolResult { .. }) => {}
        }
        self.told
    }

    fn user(&mut self, said: &str) {
        if said.trim().is_empty() {
            return;
        }
        self.close();
        match self.told.last_mut() {
            Some(ModelMessage::User { text }) => {
                text.push_str("\n\n");
                text.push_str(said);
                return;
            }
            // Templates that want the roles to alternate know no user behind a result.
            Some(ModelMessage::ToolResult { .. }) => {
                self.told.push(ModelMessage::Assistant { text: NO_ANSWER.to_owned(), calls: Vec::new() });
            }
            Some(ModelMessage::Assistant { .. }) | None => {}
        }
        self.told.push(ModelMessage::User { text: said.to_owned() });
    }

    fn assistant(&mut self, said: &str, made: &[ToolCall]) {
        let said = if said.trim().is_empty() { "" } else { said };
        if said.is_empty() && made.is_empty() {
            return;
        }
        self.close();
        let made: Vec<ToolCall> = made.iter().map(|call| self.call(call)).collect();
        match self.told.last_mut() {
            // Only one without calls can be last: the others are followed by results.
            Some(ModelMessage::Assistant { text, calls }) => {
                if !text.is_empty() && !said.is_empty() {
                    text.push_str("\n\n");
                }
                text.push_str(said);
                calls.extend(made);
            }
            None => {
                self.told.push(ModelMessage::User { text: GO_ON.to_owned() });
                self.told.push(ModelMessage::Assistant { text: said.to_owned(), calls: made });
            }
            _ => self.told.push(ModelMessage::Assistant { text: said.to_owned(), calls: made }),
        }
    }

    fn call(&mut self, call: &ToolCall) -> ToolCall {
        let provided = call.provided.as_ref().filter(|provided| provided.origin == self.origin).cloned();
        let sent = self.id(&call.id, provided.as_ref());
        let name = legal_name(&call.name);
        self.open.push(Open { id: call.id.clone(), sent: sent.clone(), name: name.clone(), result: None });
        let arguments = if call.arguments.is_object() { call.arguments.clone() } else { Value::Object(Map::new()) };
        ToolCall { id: sent, name, arguments, arguments_error: None, provided }
    }

    /// The provider's own id where it may be sent and was not sent before; else nine letters and digits, always the same for one id.
    fn id(&mut self, id: &str, provided: Option<&Provided>) -> String {
        let own = provided.map(|provided| provided.id.as_str()).filter(|own| {
            let plain = own.bytes().all(|byte| byte.is_ascii_graphic());
            self.own_ids && plain && (1..=LONGEST_ID).contains(&own.len())
        });
        if let Some(own) = own
            && self.ids.insert(own.to_owned())
        {
            return own.to_owned();
        }
        let mut sent = short_id(id);
        while !self.ids.insert(sent.clone()) {
            sent = short_id(&sent);
        }
        sent
    }

    /// Every call has its result.
    fn close(&mut self) {
        for Open { sent, name, result, .. } in std::mem::take(&mut self.open) {
            let content = result.unwrap_or_else(|| NO_RESULT.to_owned());
            self.told.push(ModelMessage::ToolResult { call_id: sent, tool: name, content });
        }
    }
}

/// Nine letters and digits: the only form that Mistral takes, and every other provider takes it too.
fn short_id(id: &str) -> String {
    const DIGITS: [u8; 62] = *b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digest = Sha256::digest(id.as_bytes());
    let mut number = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let mut short = String::with_capacity(9);
    for _ in 0..9 {
        let digit = usize::try_from(number % 62).ok().and_then(|digit| DIGITS.get(digit)).copied().unwrap_or(b'0');
        short.push(char::from(digit));
        number /= 62;
    }
    short
}

/// A name as every provider takes it. One that a model made up keeps its likeness.
fn legal_name(name: &str) -> String {
    let legal = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
    let name: String = name.chars().take(LONGEST_NAME).map(legal).collect();
    if name.is_empty() { "unknown".to_owned() } else { name }
}
