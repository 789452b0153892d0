use serde_json::{Map, Value};

use crate::{
    FrameError, FrameProblem, MAX_USER_TEXT_BYTES, ToolResult,
    members::{needed, optional_id, required_id},
};

/// A request for a turn (agents-protocol.md 3.2), envelope and body together.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    /// Names the turn in every frame of it.
    pub id: String,
    /// `POST` for a turn. Anything else has no body here and is answered with an empty `done`: old clients ask with
    /// `GET` for a stream that they cannot resume, and hang without an answer.
    pub method: String,
    /// The envelope has `url` or `init.headers`, as those of the oldest two generations do.
    pub legacy: bool,
    /// The client's view of the transcript; of it only new user messages and answers to waiting calls are believed.
    pub messages: Vec<ClientMessage>,
    /// The body had no `messages` at all (a client's own body builder): the server's history stands.
    pub history_omitted: bool,
    /// Why the turn is asked for.
    pub trigger: Trigger,
    /// The message that is edited, or regenerated.
    pub message_id: Option<String>,
    /// The other members of the body, such as `timeZone`.
    pub extra: Map<String, Value>,
    /// The AI SDK's own name for the conversation. A socket has its key, so only `POST /chat` looks at it.
    pub conversation: Option<String>,
}

/// Why a turn is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trigger {
    /// `submit-message`, also when the client names none.
    #[default]
    Submit,
    /// `regenerate-message`: the list ends before the answer that is to be replaced.
    Regenerate,
}

/// One message of a client's list.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientMessage {
    /// Made by the client or, for answers, by the server.
    pub id: String,
    /// Who is said to speak.
    pub role: ClientRole,
    /// The parts as sent.
    pub parts: Vec<Value>,
}

/// Who is said to speak in a client's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientRole {
    /// Never believed: the server has its own instructions.
    System,
    /// The person.
    User,
    /// The agent; never believed.
    Assistant,
}

/// A user message of a client's list: the only thing that is taken from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserMessage {
    /// The message's identifier.
    pub id: String,
    /// Its text parts, joined by an empty line.
    pub text: String,
}

impl ChatRequest {
    pub(crate) fn empty(id: &str, method: String, legacy: bool) -> Self {
        Self {
            id: id.to_owned(),
            legacy,
            method,
            messages: Vec::new(),
            history_omitted: true,
            trigger: Trigger::Submit,
            message_id: None,
            extra: Map::new(),
            conversation: None,
        }
    }

    /// Whether a turn is asked for at all.
    #[must_use]
    pub fn is_turn(&self) -> bool {
        self.method == "POST"
    }

    /// The newest user message, also when an assistant message follows it.
    #[must_use]
    pub fn last_user_message(&self) -> Option<UserMessage> {
        self.messages
            .iter()
            .rfind(|message| message.role == ClientRole::User)
            .map(|message| UserMessage { id: message.id.clone(), text: message.text() })
    }

    /// Whether the list ends with an assistant message, so that the turn extends that message (agents-protocol.md 3.7).
    #[must_use]
    pub fn extends_assistant(&self) -> bool {
        self.messages.last().is_some_and(|message| message.role == ClientRole::Assistant)
    }

    /// The identifiers of the list, in its order.
    #[must_use]
    pub fn ids(&self) -> Vec<&str> {
        self.messages.iter().map(|message| message.id.as_str()).collect()
    }

    /// Answers to calls that the oldest two generations put into the transcript: every settled tool part, wherever it stands, because
    /// a call may wait while the conversation goes on (agents-protocol.md 6.5).
    #[must_use]
    pub fn tool_answers(&self) -> Vec<ToolResult> {
        let answers = self.messages.iter().filter(|message| message.role == ClientRole::Assistant);
        answers.flat_map(|message| message.parts.iter().filter_map(ToolResult::from_part)).collect()
    }
}

impl ClientMessage {
    /// What is new must say something, and not too much. Nobody asks that of what stands before it in a list.
    fn check_text(&self) -> Result<(), FrameProblem> {
        let text = self.text();
        if text.len() > MAX_USER_TEXT_BYTES {
            return Err(FrameProblem::TextTooLong { bytes: text.len() });
        }
        let is_file = |part: &Value| part.get("type").and_then(Value::as_str) == Some("file");
        match is_blank(&text) {
            true if self.parts.iter().any(is_file) => Err(FrameProblem::OnlyFiles),
            true => Err(FrameProblem::TextMissing),
            false => Ok(()),
        }
    }

    /// The text parts, joined by an empty line.
    #[must_use]
    pub fn text(&self) -> String {
        let texts: Vec<&str> = self
            .parts
            .iter()
            .filter(|part| part.get("type").and_then(Value::as_str) == Some("text"))
            .filter_map(|part| part.get("text").and_then(Value::as_str))
            .collect();
        texts.join("\n\n")
    }
}

/// Reads envelope and body. Every error names the request if its identifier can be read.
pub(crate) fn read(frame: &Map<String, Value>) -> Result<ChatRequest, FrameError> {
    let id = required_id(frame, "id")?;
    read_after_id(frame, &id).map_err(|problem| FrameError { problem, request_id: Some(id) })
}

fn read_after_id(frame: &Map<String, Value>, id: &str) -> Result<ChatRequest, FrameProblem> {
    let invalid = |field| FrameProblem::FieldInvalid { field };
    let init = needed(frame.get("init"), "init")?.as_object().ok_or(invalid("init"))?;
    let method = needed(init.get("method"), "init.method")?.as_str().ok_or(invalid("init.method"))?;
    let method = method.chars().take(16).collect::<String>();
    let legacy = frame.get("url").is_some_and(Value::is_string) || init.get("headers").is_some_and(Value::is_object);
    let mut request = ChatRequest::empty(id, method, legacy);
    if request.is_turn() {
        let body = needed(init.get("body"), "init.body")?;
        read_body(&mut request, body.as_str().ok_or(invalid("init.body"))?)?;
    }
    Ok(request)
}

pub(crate) fn read_body(request: &mut ChatRequest, body: &str) -> Result<(), FrameProblem> {
    let Ok(Value::Object(mut body)) = serde_json::from_slice::<Value>(body.as_bytes()) else {
        return Err(FrameProblem::BodyNotJson);
    };
    let messages = body.remove("messages").map(|messages| read_messages(Some(&messages))).transpose()?;
    fill(request, messages, body)
}

/// Fills a request with the members of its body; `messages` are read already.
pub(crate) fn fill(
    request: &mut ChatRequest,
    messages: Option<Vec<ClientMessage>>,
    mut body: Map<String, Value>,
) -> Result<(), FrameProblem> {
    request.history_omitted = messages.is_none();
    request.messages = messages.unwrap_or_default();
    request.trigger = match body.remove("trigger") {
        None | Some(Value::Null) => Trigger::Submit,
        Some(Value::String(trigger)) if trigger == "submit-message" => Trigger::Submit,
        Some(Value::String(trigger)) if trigger == "regenerate-message" => Trigger::Regenerate,
        Some(_) => return Err(FrameProblem::FieldInvalid { field: "trigger" }),
    };
    request.message_id = optional_id(&body, "messageId")?;
    body.remove("messageId");
    // One that cannot be a name is none: on a socket nobody needs it.
    request.conversation = optional_id(&body, "id").unwrap_or_default();
    body.remove("id");
    // Tools of the client's own are not offered to the model.
    body.remove("clientTools");
    request.extra = body;
    let new = request.messages.iter().rfind(|message| message.role == ClientRole::User);
    match new {
        Some(message) if request.trigger == Trigger::Submit && !request.extends_assistant() => message.check_text(),
        _ => Ok(()),
    }
}

/// A list of messages; an absent one is empty (agents-protocol.md 3.1).
pub(crate) fn read_messages(messages: Option<&Value>) -> Result<Vec<ClientMessage>, FrameProblem> {
    match messages {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => {
            let Some((newest, older)) = list.split_last() else { return Ok(Vec::new()) };
            // An older one that cannot be read says nothing that counts, and must not end the chat.
            let readable = older.iter().filter_map(|message| read_message(message).ok());
            readable.map(Ok).chain([read_message(newest)]).collect()
        }
        Some(_) => Err(FrameProblem::FieldInvalid { field: "messages" }),
    }
}

pub(crate) fn read_message(message: &Value) -> Result<ClientMessage, FrameProblem> {
    let message = message.as_object().ok_or(FrameProblem::FieldInvalid { field: "messages" })?;
    let role = match message.get("role").and_then(Value::as_str) {
        Some("user") => ClientRole::User,
        Some("assistant") => ClientRole::Assistant,
        Some("system") => ClientRole::System,
        Some(_) => return Err(FrameProblem::FieldInvalid { field: "role" }),
        None => return Err(FrameProblem::FieldMissing { field: "role" }),
    };
    let parts = needed(message.get("parts"), "parts")?;
    let parts = parts.as_array().ok_or(FrameProblem::FieldInvalid { field: "parts" })?;
    Ok(ClientMessage { id: required_id(message, "id")?, role, parts: parts.clone() })
}

/// Nothing in it can be seen: blanks, controls, and the characters that Unicode has for joining, ordering and filling others.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}')
            || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    })
}
