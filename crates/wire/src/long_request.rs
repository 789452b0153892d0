//! A chat request that uploads a long chat. Only its newest user message and its answers to calls count, so only those are kept: the
//! rest is passed over as it is read, however much it is.

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::{
    ChatRequest, ClientMessage, ClientRole, Decision, FrameError, FrameProblem, MAX_ID_CHARS, ToolResult, chat_request,
};

/// Envelope and body of a long frame.
pub(crate) fn read(text: &str) -> Result<Option<ChatRequest>, FrameError> {
    let too_large = || FrameProblem::FrameTooLarge { bytes: text.len() };
    let Ok(Envelope { kind, id, url, init }) = serde_json::from_slice(text.as_bytes()) else {
        return Err(FrameProblem::NotJson.into());
    };
    match kind.as_deref() {
        Some("cf_agent_use_chat_request") => {}
        // A client's own list after `setMessages()`: nothing of it counts.
        Some("cf_agent_chat_messages") => return Ok(None),
        _ => return Err(too_large().into()),
    }
    let fits = |id: &String| (1..=MAX_ID_CHARS).contains(&id.chars().count());
    let id = id.filter(fits).ok_or_else(too_large)?;
    let refused = |problem| FrameError { problem, request_id: Some(id.clone()) };
    let init = init.ok_or_else(|| refused(FrameProblem::FieldMissing { field: "init" }))?;
    let method: String = init.method.unwrap_or_default().chars().take(16).collect();
    let mut request = ChatRequest::empty(&id, method, url.is_some() || init.headers.is_some());
    if request.is_turn() {
        let body = init.body.ok_or_else(|| refused(FrameProblem::FieldMissing { field: "init.body" }))?;
        body_into(&mut request, &body).map_err(refused)?;
    }
    Ok(Some(request))
}

/// Reads the body of a request that has none of its members yet.
pub(crate) fn body_into(request: &mut ChatRequest, body: &str) -> Result<(), FrameProblem> {
    let body: Body = serde_json::from_slice(body.as_bytes()).map_err(|_| FrameProblem::BodyNotJson)?;
    let mut members = Map::new();
    let others =
        [("trigger", body.trigger), ("messageId", body.message_id), ("id", body.id), ("timeZone", body.time_zone)];
    for (name, value) in others {
        members.extend(value.map(|value| (name.to_owned(), value)));
    }
    let messages = match body.messages {
        Some(Messages { bad: Some(problem), .. }) => return Err(problem),
        Some(Messages { messages, .. }) => Some(messages),
        None => None,
    };
    chat_request::fill(request, messages, members)
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
    url: Option<IgnoredAny>,
    init: Option<Init>,
}

#[derive(Deserialize)]
struct Init {
    method: Option<String>,
    headers: Option<IgnoredAny>,
    body: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    messages: Option<Messages>,
    trigger: Option<Value>,
    message_id: Option<Value>,
    id: Option<Value>,
    time_zone: Option<Value>,
}

/// The messages of a list, each without what does not count.
struct Messages {
    messages: Vec<ClientMessage>,
    /// The newest cannot be read; older ones that cannot say nothing that counts.
    bad: Option<FrameProblem>,
}

impl<'de> Deserialize<'de> for Messages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListOf)
    }
}

struct ListOf;

impl<'de> Visitor<'de> for ListOf {
    type Value = Messages;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a list of messages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (mut messages, mut bad) = (Vec::<ClientMessage>::new(), None);
        while let Some(Lean { id, role, parts }) = list.next_element()? {
            let mut message = Map::new();
            message.extend(id.map(|id| ("id".to_owned(), id)));
            message.extend(role.map(|role| ("role".to_owned(), role)));
            message.insert("parts".to_owned(), Value::Array(parts.unwrap_or_default().0));
            let mut message = match chat_request::read_message(&Value::Object(message)) {
                Ok(message) => message,
                Err(problem) => {
                    bad = Some(problem);
                    continue;
                }
            };
            bad = None;
            // Of the texts only those of the newest user message count.
            let is_answer = |part: &Value| ToolResult::from_part(part).is_some();
            match message.role {
                ClientRole::User => messages.iter_mut().for_each(|before| before.parts.retain(is_answer)),
                ClientRole::Assistant | ClientRole::System => message.parts.retain(is_answer),
            }
            messages.push(message);
        }
        Ok(Messages { messages, bad })
    }
}

#[derive(Deserialize)]
struct Lean {
    id: Option<Value>,
    role: Option<Value>,
    parts: Option<Parts>,
}

/// Texts, and answers to calls that wait. Results of tools are what makes a chat long.
#[derive(Default)]
struct Parts(Vec<Value>);

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PartsOf).map(Self)
    }
}

struct PartsOf;

impl<'de> Visitor<'de> for PartsOf {
    type Value = Vec<Value>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a list of parts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = list.next_element::<Value>()? {
            let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
            let answers = || ToolResult::from_part(&part).is_some_and(|answer| answer.decision() != Decision::Other);
            if matches!(kind, "text" | "file") || answers() {
                parts.push(part);
            }
        }
        Ok(parts)
    }
}
