//! What a page shows: the frames it was sent, put together as the official client of its generation does
//! (agents-protocol.md 3.6, 3.9, 3.10). In the end every page must show what the server keeps.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use serde_json::{Value, json};

use super::client::{Client, Generation, chunk_of, user_message};
use super::stage::Stage;

/// A page with a screen.
pub struct Page<'a> {
    stage: &'a Stage,
    client: Client<'a>,
    messages: RefCell<Vec<Value>>,
    /// Frames that are on the screen already.
    read: Cell<usize>,
    /// Requests of its own that have not ended.
    asked: RefCell<Vec<String>>,
    /// The message that each stream is building.
    building: RefCell<HashMap<String, Value>>,
}

impl<'a> Page<'a> {
    /// Loads the history and opens the chat.
    pub fn open(stage: &'a Stage, generation: Generation) -> Self {
        let messages = RefCell::new(in_words_of(generation, stage.history()));
        let client = Client::open(stage, generation);
        let page = Self {
            stage,
            client,
            messages,
            read: Cell::default(),
            asked: RefCell::default(),
            building: RefCell::default(),
        };
        page.look();
        page
    }

    /// The client behind it.
    pub fn client(&self) -> &Client<'a> {
        &self.client
    }

    /// The user writes. Every request uploads what is on the screen.
    pub fn say(&self, text: &str) -> String {
        let id = self.client.next_id();
        self.look();
        self.messages.borrow_mut().push(user_message(&format!("u-{id}"), text));
        self.request(&id, &json!({}));
        id
    }

    /// The user presses yes or no, as the generation says it: newer ones in a frame, older ones in the transcript of a request.
    pub fn decide(&self, yes: bool) {
        self.look();
        self.decide_on(&self.waiting("").expect("a call that waits"), yes);
    }

    /// The same on the card of that tool, wherever on the page it is.
    pub fn decide_about(&self, tool: &str, yes: bool) {
        self.look();
        self.decide_on(&self.waiting(tool).expect("a card of that tool that waits"), yes);
    }

    fn decide_on(&self, part: &Value, yes: bool) {
        if !self.client.generation().is_old() {
            self.client.approve(part, yes);
            return self.look();
        }
        self.answer(part, &json!(if yes { "Yes, confirmed." } else { "No, denied." }));
    }

    /// The user presses "Continue" on a card.
    pub fn resume(&self) {
        self.look();
        let part = self.waiting("").expect("a call that waits");
        let output = json!({"continueInterruption": true, "toolName": "x"});
        if !self.client.generation().is_old() {
            self.client.result(&part, &output);
            return self.look();
        }
        self.answer(&part, &output);
    }

    /// The page has cleared its chat.
    pub fn clear(&self) {
        self.look();
        self.messages.borrow_mut().clear();
    }

    /// The page puts the answer into its own message, and sends all of it.
    fn answer(&self, call: &Value, output: &Value) {
        for message in self.messages.borrow_mut().iter_mut() {
            for part in message["parts"].as_array_mut().into_iter().flatten() {
                if part["toolCallId"] == call["toolCallId"] {
                    part["state"] = json!("output-available");
                    part["output"] = output.clone();
                }
            }
        }
        let last = self.messages.borrow().last().map(|message| message["id"].clone());
        self.request(&self.client.next_id(), &json!({"messageId": last}));
    }

    fn request(&self, id: &str, body: &Value) {
        let mut body = body.clone();
        body["messages"] = json!(*self.messages.borrow());
        self.asked.borrow_mut().push(id.to_owned());
        self.client.request(id, &body);
        self.look();
    }

    /// The newest call that waits for the user, of a tool whose name ends so.
    fn waiting(&self, tool: &str) -> Option<Value> {
        let messages = self.messages.borrow();
        let parts = messages.iter().rev().flat_map(|message| message["parts"].as_array().into_iter().flatten());
        let waits = |part: &&Value| {
            let state = matches!(part["state"].as_str(), Some("input-available" | "approval-requested"));
            state && part["type"].as_str().is_some_and(|name| name.ends_with(tool))
        };
        parts.into_iter().find(waits).cloned()
    }

    /// Reads what has come.
    pub fn look(&self) {
        loop {
            let frames = self.client.frames();
            let Some(frame) = frames.get(self.read.get()) else { return };
            self.read.set(self.read.get() + 1);
            self.take(frame);
        }
    }

    /// The screen and the server say the same.
    #[track_caller]
    pub fn agrees(&self) {
        self.look();
        let kept = in_words_of(self.client.generation(), self.stage.history());
        assert_eq!(outline(&self.messages.borrow()), outline(&kept), "{:?}", self.client.generation());
    }

    fn take(&self, frame: &Value) {
        let generation = self.client.generation();
        match frame["type"].as_str().unwrap_or_default() {
            "cf_agent_chat_messages" => {
                *self.messages.borrow_mut() = frame["messages"].as_array().unwrap().clone();
            }
            "cf_agent_chat_clear" => self.messages.borrow_mut().clear(),
            "cf_agent_message_updated" if generation != Generation::G0 => {
                let mut messages = self.messages.borrow_mut();
                let message = frame["message"].clone();
                match messages.iter_mut().find(|known| known["id"] == message["id"]) {
                    Some(known) => *known = message,
                    None if generation == Generation::G1 => messages.push(message),
                    None => {}
                }
            }
            "cf_agent_stream_resuming" if generation != Generation::G0 => {
                self.client.acknowledge(frame["id"].as_str().unwrap());
            }
            "cf_agent_use_chat_response" => self.hear(frame),
            _ => {}
        }
    }

    fn hear(&self, frame: &Value) {
        let id = frame["id"].as_str().unwrap();
        // The oldest hears nothing but its own requests, and whoever asked listens until the end or an error.
        let own = self.asked.borrow().iter().any(|asked| asked == id);
        if !own && self.client.generation() == Generation::G0 {
            return;
        }
        if let Some(chunk) = chunk_of(frame) {
            self.build(id, &chunk, frame, own);
        }
        if frame["done"] == true || frame["error"] == true {
            self.asked.borrow_mut().retain(|asked| asked != id);
            self.building.borrow_mut().remove(id);
        }
    }

    /// A page builds a message apart from its list, and puts it there again after every chunk.
    fn build(&self, stream: &str, chunk: &Value, frame: &Value, own: bool) {
        let mut messages = self.messages.borrow_mut();
        let mut building = self.building.borrow_mut();
        if chunk["type"] == "start" {
            let last = messages.iter().rev().find(|message| message["role"] == "assistant");
            let id = chunk["messageId"].as_str().or(last.and_then(|last| last["id"].as_str()));
            let id = id.expect("a message to go on with");
            // A replay tells all of the message again.
            let anew = frame["replay"] == true && frame["continuation"] != true;
            let known = messages.iter().find(|message| message["id"] == id && !anew).cloned();
            let message = known.unwrap_or_else(|| json!({"id": id, "role": "assistant", "parts": []}));
            building.insert(stream.to_owned(), message);
        }
        // Who was told that a stream has begun hears all of it.
        let message = building.get_mut(stream).unwrap_or_else(|| panic!("{chunk} of a stream that has not begun"));
        add(message["parts"].as_array_mut().unwrap(), chunk, own);
        match messages.iter_mut().find(|known| known["id"] == message["id"]) {
            Some(known) => *known = message.clone(),
            None => messages.push(message.clone()),
        }
    }
}

/// Adds a chunk to a message's parts. Of a call that is not in the message, a client that watches takes nothing, and one whose own
/// request it is gives up.
fn add(parts: &mut Vec<Value>, chunk: &Value, own: bool) {
    let kind = chunk["type"].as_str().unwrap();
    let call =
        parts.iter().position(|part| part["toolCallId"].is_string() && part["toolCallId"] == chunk["toolCallId"]);
    match kind {
        "start-step" => parts.push(json!({"type": "step-start"})),
        "text-start" => parts.push(json!({"type": "text", "text": ""})),
        "reasoning-start" => parts.push(json!({"type": "reasoning", "text": ""})),
        "text-delta" | "reasoning-delta" => {
            let open = parts.iter_mut().rev().find(|part| kind.starts_with(part["type"].as_str().unwrap()));
            let open = open.unwrap_or_else(|| panic!("{chunk} of a text that was not begun"));
            open["text"] = json!(format!("{}{}", open["text"].as_str().unwrap(), chunk["delta"].as_str().unwrap()));
        }
        "tool-input-available" => {
            let name = format!("tool-{}", chunk["toolName"].as_str().unwrap());
            let part = json!({"type": name, "toolCallId": chunk["toolCallId"], "state": "input-available", "input": chunk["input"]});
            match call {
                Some(index) => parts[index] = part,
                None => parts.push(part),
            }
        }
        "tool-approval-request" | "tool-output-available" | "tool-output-error" | "tool-output-denied" => {
            let Some(index) = call else {
                assert!(!own && kind.starts_with("tool-output"), "{chunk} of a call that was not shown");
                return;
            };
            let part = &mut parts[index];
            let state = match kind {
                "tool-approval-request" => "approval-requested",
                "tool-output-available" => "output-available",
                "tool-output-error" => "output-error",
                _ => "output-denied",
            };
            part["state"] = json!(state);
            part["output"] = chunk["output"].clone();
            part["errorText"] = chunk["errorText"].clone();
        }
        _ => {}
    }
}

/// The history that a page loads has the newest words; an old one is told the older ones (agents-protocol.md 6.8).
fn in_words_of(generation: Generation, mut messages: Vec<Value>) -> Vec<Value> {
    for part in messages.iter_mut().flat_map(|message| message["parts"].as_array_mut().into_iter().flatten()) {
        match part["state"].as_str() {
            Some("approval-requested" | "approval-responded") if generation.is_old() => {
                part["state"] = json!("input-available");
            }
            Some("output-denied") if generation.is_old() => {
                part["state"] = json!("output-available");
                part["output"] = json!("No, denied.");
            }
            _ => {}
        }
    }
    messages
}

/// Ids, roles and what a reader sees of the parts.
fn outline(messages: &[Value]) -> Vec<Value> {
    let seen = ["type", "state", "text", "output", "toolCallId", "input", "errorText"];
    let part = |part: &Value| -> Value {
        let member =
            |name: &&str| Some(((*name).to_owned(), part.get(*name).filter(|value| !value.is_null())?.clone()));
        let is_text = part["toolCallId"].is_null();
        seen.iter()
            .filter(|name| !is_text || **name != "state")
            .filter_map(member)
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let message = |message: &Value| {
        let parts: Vec<Value> = message["parts"].as_array().unwrap().iter().map(part).collect();
        json!({"id": message["id"], "role": message["role"], "parts": parts})
    };
    messages.iter().map(message).collect()
}
