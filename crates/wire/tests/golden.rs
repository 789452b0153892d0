//! Golden files: what happens → what each client generation gets, byte for byte.
//!
//! `UPDATE_GOLDEN=1 cargo nextest run -p deputy-wire --test golden` writes the frames again; read the difference before
//! committing it. `tests/wire-schema/check.mjs` runs the same files through the AI SDK.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{env, fs, path::PathBuf};

use deputy_http::json;
use deputy_wire::{
    ChunkFrames, Generation, Interrupt, InterruptedCall, Message, Outcome, ResponseFrame, StreamEvent, error_end,
    outbound, replay,
};
use serde::de::DeserializeOwned;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

const CASES: [&str; 12] = [
    "abort",
    "confirm_allowed",
    "confirm_denied",
    "confirm_pause",
    "connect_continuation",
    "connect_pause",
    "error_end",
    "plain_turn",
    "replay_continuation",
    "replay_live",
    "replay_settled",
    "tool_turn",
];

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Case {
    about: String,
    request: String,
    #[serde(default)]
    continuation: bool,
    script: Vec<Step>,
    #[serde(default)]
    frames: Frames,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Frames {
    unknown_agents0_agents1: Vec<String>,
    agents2: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// The whole transcript.
    Messages(#[serde(deserialize_with = "stored")] Vec<Message>),
    MessageUpdated(#[serde(deserialize_with = "stored")] Message),
    Stream(Vec<StreamEvent>),
    Replay {
        #[serde(deserialize_with = "stored")]
        message: Message,
        live: bool,
        continuation_from: Option<usize>,
    },
    ReplayComplete,
    Interrupt {
        interrupt: Interrupt,
        message: String,
        call_id: String,
        tool: String,
        input: Value,
        interrupt_id: String,
    },
    Error(String),
    Done {
        outcome: String,
        message_ids: Vec<String>,
    },
}

/// A message, as the Worker reads what it stored.
fn stored<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    json::read_value(&Value::deserialize(from)?).map_err(Error::custom)
}

#[test]
fn frames_by_generation() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut found: Vec<String> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .collect();
    found.sort();
    assert_eq!(found, CASES, "a golden file was added or removed");

    for name in CASES {
        let path = directory.join(format!("{name}.json"));
        let case: Case = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let frames = Frames {
            unknown_agents0_agents1: run(&case, Generation::Unknown),
            agents2: run(&case, Generation::Agents2),
        };
        assert!(!frames.agents2.is_empty(), "{name} sends nothing");
        for same in [Generation::Agents0, Generation::Agents1] {
            assert_eq!(run(&case, same), frames.unknown_agents0_agents1, "{name}: {same:?}");
        }
        if env::var_os("UPDATE_GOLDEN").is_some() {
            let text = serde_json::to_string_pretty(&Case { frames, ..case }).unwrap();
            fs::write(&path, text + "\n").unwrap();
        } else {
            assert_eq!(case.frames, frames, "{name}");
        }
    }
}

fn run(case: &Case, generation: Generation) -> Vec<String> {
    let id = case.request.as_str();
    let continuation = case.continuation;
    let chunks = |replaying: bool, events: &[StreamEvent]| -> Vec<String> {
        let frames = ChunkFrames::new(id).continuation(continuation).replaying(replaying);
        events.iter().filter_map(|event| frames.frame(event, generation)).collect()
    };
    let step = |step: &Step| match step {
        Step::Messages(messages) => vec![outbound::chat_messages(messages, generation)],
        Step::MessageUpdated(message) => vec![outbound::message_updated(message, generation)],
        Step::Stream(events) => chunks(false, events),
        Step::Replay { message, live, continuation_from } => chunks(true, &replay(message, *live, *continuation_from)),
        Step::ReplayComplete => {
            vec![
                ResponseFrame { id, continuation, replay: true, replay_complete: true, ..Default::default() }.to_json(),
            ]
        }
        Step::Interrupt { interrupt, message, call_id, tool, input, interrupt_id } => {
            let call = InterruptedCall { id: call_id, args: input, name: tool };
            error_end(id, &interrupt.text(message, call, interrupt_id), continuation, &[]).to_vec()
        }
        Step::Error(text) => error_end(id, text, continuation, &["u1".to_owned()]).to_vec(),
        Step::Done { outcome, message_ids } => {
            vec![
                ResponseFrame { continuation, message_ids, ..ResponseFrame::done(id, self::outcome(outcome)) }
                    .to_json(),
            ]
        }
    };
    case.script.iter().flat_map(step).collect()
}

fn outcome(word: &str) -> Outcome {
    let all = [Outcome::Completed, Outcome::Error, Outcome::Aborted, Outcome::Skipped, Outcome::Recovering];
    all.into_iter().find(|outcome| outcome.as_str() == word).unwrap()
}
