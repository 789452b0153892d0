//! A client of one of the four generations (agents-protocol.md 0.1): the frames it sends, and those it may be sent.

use std::cell::Cell;

use serde_json::{Value, json};

use super::stage::Stage;
use super::world::FakeSocket;

/// Generations of official clients. G2 and G3 send the same; the newest reads more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// agents 0.2.11 to 0.2.19.
    G0,
    /// agents 0.2.20 to 0.3.0.
    G1,
    /// agents 0.3.10 and later.
    G2,
    /// agents 0.32 and later.
    G3,
}

impl Generation {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::G0, Self::G1, Self::G2, Self::G3];
    /// Those with the AI SDK v5, which takes nothing it does not know.
    pub const OLD: [Self; 2] = [Self::G0, Self::G1];

    /// True for those with the AI SDK v5.
    pub fn is_old(self) -> bool {
        matches!(self, Self::G0 | Self::G1)
    }
}

/// One open page. What an old one is sent is checked against the words it knows when the page is closed.
pub struct Client<'a> {
    stage: &'a Stage,
    generation: Generation,
    socket: FakeSocket,
    connection: String,
    asked: Cell<u32>,
}

impl<'a> Client<'a> {
    /// Opens the chat. A new client asks at once whether a stream runs.
    pub fn open(stage: &'a Stage, generation: Generation) -> Self {
        let client = Self::open_silently(stage, generation);
        if !generation.is_old() {
            client.send(&json!({"type": "cf_agent_stream_resume_request", "probeId": "first"}));
        }
        client
    }

    /// Opens the chat and says nothing.
    pub fn open_silently(stage: &'a Stage, generation: Generation) -> Self {
        Self::open_as(stage, generation, format!("{generation:?}-{}", stage.next_number()))
    }

    /// The same page on a new socket, while the old one lingers.
    pub fn reconnect(&self) -> Self {
        let again = Self::open_as(self.stage, self.generation, self.connection.clone());
        again.asked.set(self.asked.get());
        again
    }

    fn open_as(stage: &'a Stage, generation: Generation, connection: String) -> Self {
        let socket = stage.platform().accept();
        let identity = stage.core().admit(Some(stage.identity())).unwrap();
        stage.core().open_socket(socket.clone(), &identity, Some(connection.clone())).unwrap();
        stage.settle();
        Self { stage, generation, socket, connection, asked: Cell::default() }
    }

    /// The generation.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// The socket.
    pub fn socket(&self) -> &FakeSocket {
        &self.socket
    }

    /// Sends a frame; everything runs as far as it goes.
    pub fn send(&self, frame: &Value) {
        self.send_text(frame.to_string());
    }

    /// Sends a text.
    pub fn send_text(&self, text: String) {
        let (core, socket) = (self.stage.core(), self.socket.clone());
        self.stage.run(async move { core.message(&socket, &text).await });
    }

    /// Writes something; the id of its request.
    pub fn say(&self, text: &str) -> String {
        let id = self.next_id();
        self.request(&id, &json!({"messages": [user_message(&format!("u-{id}"), text)]}));
        id
    }

    /// Sends a chat request, in the envelope of the generation.
    pub fn request(&self, id: &str, body: &Value) {
        let mut body = body.clone();
        if body.get("trigger").is_none() {
            body["trigger"] = json!("submit-message");
        }
        let mut frame = json!({"type": "cf_agent_use_chat_request", "id": id, "init": {"method": "POST", "body": body.to_string()}});
        if self.generation.is_old() {
            frame["url"] = json!("http://localhost/agents/chat/chat-1");
            frame["init"]["headers"] = json!({"Content-Type": "application/json"});
        }
        self.send(&frame);
    }

    /// Presses stop.
    pub fn cancel(&self, id: &str) {
        self.send(&json!({"type": "cf_agent_chat_request_cancel", "id": id}));
    }

    /// Says yes or no to a call, as new clients do.
    pub fn approve(&self, call: &Value, approved: bool) {
        let frame = json!({"type": "cf_agent_tool_approval", "toolCallId": call["toolCallId"], "approved": approved, "autoContinue": true});
        self.send(&frame);
    }

    /// Answers a call with a result, as clients since G1 do.
    pub fn result(&self, call: &Value, output: &Value) {
        let id = &call["toolCallId"];
        self.send(&json!({"type": "cf_agent_tool_result", "toolCallId": id, "toolName": "x", "output": output, "autoContinue": true}));
    }

    /// Takes up a stream that was offered.
    pub fn acknowledge(&self, id: &str) {
        self.send(&json!({"type": "cf_agent_stream_resume_ack", "id": id}));
    }

    /// Asks whether a stream runs; the answer.
    pub fn probe(&self) -> Value {
        let id = self.next_id();
        self.send(&json!({"type": "cf_agent_stream_resume_request", "probeId": id}));
        self.frames().into_iter().rev().find(|frame| frame["probeId"] == id.as_str()).expect("every probe is answered")
    }

    /// A new id for a request of this client.
    pub fn next_id(&self) -> String {
        self.asked.set(self.asked.get() + 1);
        format!("{}-{}", self.connection, self.asked.get())
    }

    /// All frames so far.
    pub fn frames(&self) -> Vec<Value> {
        self.socket.frames()
    }

    /// Frames of one type.
    pub fn frames_of(&self, kind: &str) -> Vec<Value> {
        self.frames().into_iter().filter(|frame| frame["type"] == kind).collect()
    }

    /// What comes because of `work`.
    pub fn hears(&self, work: impl FnOnce()) -> Vec<Value> {
        let before = self.frames().len();
        work();
        self.frames().split_off(before)
    }

    /// Response frames of a request.
    pub fn responses(&self, id: &str) -> Vec<Value> {
        self.frames_of("cf_agent_use_chat_response").into_iter().filter(|frame| frame["id"] == id).collect()
    }

    /// Chunks of a request's stream.
    pub fn chunks(&self, id: &str) -> Vec<Value> {
        self.responses(id).iter().filter_map(chunk_of).collect()
    }

    /// Text of a request's stream.
    pub fn text(&self, id: &str) -> String {
        let text = |chunk: &Value| (chunk["type"] == "text-delta").then(|| chunk["delta"].as_str().unwrap().to_owned());
        self.chunks(id).iter().filter_map(text).collect()
    }

    /// How a request's stream has ended; none while it runs.
    pub fn outcome(&self, id: &str) -> Option<String> {
        let done: Vec<Value> = self.responses(id).into_iter().filter(|frame| frame["done"] == true).collect();
        assert!(done.len() <= 1, "ended twice: {done:?}");
        Some(done.first()?["outcome"].as_str().expect("an outcome").to_owned())
    }

    /// The error of a request.
    pub fn error(&self, id: &str) -> Option<String> {
        let error = self.responses(id).into_iter().find(|frame| frame["error"] == true)?;
        Some(error["body"].as_str().unwrap().to_owned())
    }

    /// The interrupt that a request has ended with.
    pub fn interrupt(&self, id: &str) -> Value {
        let error = self.error(id).expect("an error");
        let json = error.strip_prefix("AUTH0_AI_INTERRUPTION:").expect("an interrupt");
        serde_json::from_str(json).unwrap()
    }

    /// The newest transcript that was sent.
    pub fn list(&self) -> Option<Vec<Value>> {
        let lists = self.frames_of("cf_agent_chat_messages");
        Some(lists.last()?["messages"].as_array().unwrap().clone())
    }
}

impl Drop for Client<'_> {
    fn drop(&mut self) {
        if self.generation.is_old() && !std::thread::panicking() {
            self.frames().iter().for_each(check_v5);
        }
    }
}

/// A user's message.
pub fn user_message(id: &str, text: &str) -> Value {
    json!({"id": id, "role": "user", "parts": [{"type": "text", "text": text}]})
}

/// The chunk in a response frame.
pub fn chunk_of(frame: &Value) -> Option<Value> {
    let body = frame["body"].as_str().filter(|body| !body.is_empty() && frame["error"] != true)?;
    Some(serde_json::from_str(body).expect("a body that is no error is a chunk"))
}

/// The AI SDK v5 takes no chunk with a type or member it does not know, and no part in a state it does not know.
fn check_v5(frame: &Value) {
    const CHUNKS: &[(&str, &[&str])] = &[
        ("start", &["messageId", "messageMetadata"]),
        ("finish", &["messageMetadata"]),
        ("abort", &[]),
        ("message-metadata", &["messageMetadata"]),
        ("start-step", &[]),
        ("finish-step", &[]),
        ("error", &["errorText"]),
        ("text-start", &["id", "providerMetadata"]),
        ("text-delta", &["id", "delta", "providerMetadata"]),
        ("text-end", &["id", "providerMetadata"]),
        ("reasoning-start", &["id", "providerMetadata"]),
        ("reasoning-delta", &["id", "delta", "providerMetadata"]),
        ("reasoning-end", &["id", "providerMetadata"]),
        ("tool-input-start", &["toolCallId", "toolName", "providerExecuted", "dynamic"]),
        (
            "tool-input-available",
            &["toolCallId", "toolName", "input", "providerExecuted", "providerMetadata", "dynamic"],
        ),
        ("tool-output-available", &["toolCallId", "output", "providerExecuted", "dynamic", "preliminary"]),
        ("tool-output-error", &["toolCallId", "errorText", "providerExecuted", "dynamic"]),
    ];
    let is_response = frame["type"] == "cf_agent_use_chat_response";
    if let Some(chunk) = chunk_of(frame).filter(|_| is_response) {
        let known = CHUNKS.iter().find(|(kind, _)| chunk["type"] == *kind);
        let (_, members) = known.unwrap_or_else(|| panic!("v5 does not know {chunk}"));
        let odd = chunk.as_object().unwrap().keys().find(|key| *key != "type" && !members.contains(&key.as_str()));
        assert_eq!(odd, None, "v5 does not know it in {chunk}");
    }
    let listed = frame["messages"].as_array().into_iter().flatten();
    for part in listed.chain([&frame["message"]]).filter_map(|message| message["parts"].as_array()).flatten() {
        let states = ["input-streaming", "input-available", "output-available", "output-error"];
        let is_tool = part["toolCallId"].is_string();
        assert!(!is_tool || states.contains(&part["state"].as_str().unwrap()), "v5 does not know {part}");
    }
}
