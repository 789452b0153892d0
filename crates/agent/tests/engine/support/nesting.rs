//! A validator of streams: what every client's parser demands, of what each generation is sent.

use std::collections::{BTreeMap, BTreeSet};

use deputy_agent::Ending;
use deputy_wire::{ChunkFrames, Generation, Message, Part, ToolState};
use serde_json::Value;

use super::world::Shown;

const GENERATIONS: [Generation; 4] =
    [Generation::Unknown, Generation::Agents0, Generation::Agents1, Generation::Agents2];

/// A client of each generation.
#[derive(Default)]
pub struct Clients {
    clients: [Client; GENERATIONS.len()],
    seen: usize,
}

impl Clients {
    /// Checks what was shown since the last time, as each generation receives it.
    pub fn check(&mut self, shown: &[Shown]) {
        for emission in &shown[self.seen..] {
            for (client, generation) in self.clients.iter_mut().zip(GENERATIONS) {
                client.receive(emission, generation);
            }
        }
        self.seen = shown.len();
    }
}

/// What a client knows.
#[derive(Default)]
struct Client {
    streams: BTreeMap<String, Stream>,
    /// Calls that were announced, and whether they have ended.
    calls: BTreeMap<String, bool>,
}

/// A call of a part, and whether it has ended.
fn known(part: &Part) -> Option<(String, bool)> {
    let Part::Tool(tool) = part else { return None };
    let ended = matches!(tool.state, ToolState::Output { .. } | ToolState::Failed { .. } | ToolState::Denied { .. });
    Some((tool.call_id.clone(), ended))
}

#[derive(Default)]
struct Stream {
    started: bool,
    step: bool,
    open: BTreeSet<String>,
    parts: BTreeSet<String>,
    finished: bool,
    closed: bool,
}

impl Client {
    fn receive(&mut self, shown: &Shown, generation: Generation) {
        match shown {
            Shown::Events { stream, continuation, events } => {
                let frames = ChunkFrames::new(stream).continuation(*continuation);
                for event in events {
                    let Some(frame) = frames.frame(event, generation) else { continue };
                    let frame: Value = serde_json::from_str(&frame).unwrap();
                    assert_eq!(frame["id"], stream.as_str());
                    assert_eq!(frame["done"], false);
                    assert_eq!(frame.get("continuation").is_some(), *continuation);
                    let chunk: Value = serde_json::from_str(frame["body"].as_str().unwrap()).unwrap();
                    self.chunk(stream, *continuation, &chunk);
                }
            }
            // At the beginning of a stream, of calls that were announced in earlier ones.
            Shown::Results { stream, events } => {
                assert!(self.streams.contains_key(stream), "{stream} has begun");
                for event in events {
                    let Some(chunk) = deputy_wire::chunk(event, generation) else { continue };
                    let chunk: Value = serde_json::from_str(&chunk).unwrap();
                    assert!(chunk["type"].as_str().unwrap().starts_with("tool-output-"), "{chunk}");
                    assert!(
                        self.calls.contains_key(chunk["toolCallId"].as_str().unwrap()),
                        "{stream}: {chunk} of no call"
                    );
                }
            }
            Shown::Closed { stream, ending, .. } => {
                let state = self.streams.entry(stream.clone()).or_default();
                assert!(!state.closed, "{stream} is closed twice");
                let completed = *ending == Ending::Completed;
                assert_eq!(state.finished, completed, "{stream} ends with {ending:?}, finished: {}", state.finished);
                state.closed = true;
            }
            Shown::Begun { messages } => {
                self.streams.clear();
                self.calls.clear();
                self.learn(messages);
            }
            Shown::Opened { stream, .. } => {
                assert!(!self.streams.contains_key(stream), "{stream} is offered after it began");
            }
            // What it sees there of calls it has not heard of, it knows from now on.
            Shown::Updated { message } => self.learn(std::slice::from_ref(message)),
            Shown::Transcript { messages, .. } => self.learn(messages),
            Shown::Cleared { .. } => {}
        }
    }

    fn learn(&mut self, messages: &[Message]) {
        for (call, ended) in messages.iter().flat_map(|message| &message.parts).filter_map(known) {
            self.calls.entry(call).or_insert(ended);
        }
    }

    fn chunk(&mut self, name: &str, continuation: bool, chunk: &Value) {
        let stream = self.streams.entry(name.to_owned()).or_default();
        let kind = chunk["type"].as_str().unwrap();
        assert!(!stream.closed, "{name}: {chunk} after the end");
        assert!(!stream.finished, "{name}: {chunk} after finish");
        assert_eq!(stream.started, kind != "start", "{name}: {chunk}");
        let id = chunk["id"].as_str().unwrap_or_default().to_owned();
        let call = chunk["toolCallId"].as_str().unwrap_or_default().to_owned();
        match kind {
            "start" => {
                assert_eq!(chunk.get("messageId").is_none(), continuation, "{name}: a continuation names no message");
                stream.started = true;
            }
            "start-step" => {
                assert!(!stream.step, "{name}: a step in a step");
                stream.step = true;
            }
            "finish-step" => {
                assert!(stream.step && stream.open.is_empty(), "{name}: {chunk} with {:?} open", stream.open);
                stream.step = false;
            }
            "text-start" | "reasoning-start" => {
                assert!(stream.step, "{name}: {chunk} outside a step");
                assert!(stream.open.is_empty(), "{name}: {chunk} with {:?} open", stream.open);
                assert!(stream.parts.insert(id.clone()), "{name}: {id} twice");
                stream.open.insert(id);
            }
            "text-delta" | "reasoning-delta" => assert!(stream.open.contains(&id), "{name}: {chunk} is not open"),
            "text-end" | "reasoning-end" => assert!(stream.open.remove(&id), "{name}: {chunk} is not open"),
            "tool-input-available" => {
                assert!(stream.step && stream.open.is_empty(), "{name}: {chunk} outside a step");
                assert!(self.calls.insert(call, false).is_none(), "{name}: {chunk} twice");
            }
            "tool-approval-request" => assert_eq!(self.calls.get(&call), Some(&false), "{name}: {chunk}"),
            "tool-output-available" | "tool-output-error" | "tool-output-denied" => {
                assert!(stream.open.is_empty(), "{name}: {chunk} with {:?} open", stream.open);
                assert_eq!(self.calls.insert(call, true), Some(false), "{name}: {chunk} of a call that is not open");
            }
            // No part of the answer: it may come at any time.
            "data-notice" => assert_eq!(chunk["transient"], true, "{name}: {chunk}"),
            "finish" => {
                assert!(!stream.step, "{name}: {chunk} in a step");
                stream.finished = true;
            }
            other => panic!("{name}: unknown chunk {other}"),
        }
    }
}
