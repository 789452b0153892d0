//! Replays `tests/scenarios/*.json`: what comes in, what the model says, what must have come out.
//!
//! `DEPUTY_BLESS=1` writes what came out into the files, for a reader to check.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use deputy_agent::Decision;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::support::account::Connected;
use crate::support::chat::Chat;
use crate::support::model::{Script, scripted};
use crate::support::render;
use crate::support::world::World;

/// One file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, with the requirement.
    pub about: String,
    /// Connected accounts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub connected: BTreeMap<String, Connected>,
    /// What the model says.
    pub model: Script,
    /// What happens, one after the other; after each, everything runs until nothing moves.
    pub inputs: Vec<Input>,
    /// What came of it.
    #[serde(default)]
    pub expect: Expect,
}

/// What happens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A new message.
    Say(String),
    /// A message under an id: id, text.
    Send(String, String),
    /// A program calls a tool: call id, tool, input.
    Call(String, String, Value),
    /// Another answer is asked for; the last message the client kept.
    Regenerate(Option<String>),
    /// A yes to a call.
    Approve(String),
    /// A no to a call, and why.
    Deny(String, Option<String>),
    /// "Not now" to a call.
    NotNow(String),
    /// A client wants a call tried again.
    Continue(String),
    /// A call of unknown outcome is made again.
    Retry(String),
    /// A call of unknown outcome has happened, says the user.
    Done(String),
    /// The user answers on the device: call, `approved` or `denied`.
    Device(String, String),
    /// The alarm looks after approvals.
    Poll,
    /// The session ends.
    SignOut,
    /// The user logs out, and the chat is told.
    LogOut,
    /// The user logs in again.
    SignIn,
    /// Consent was given: connection, scopes, tokens.
    Connect(String, Vec<String>, Vec<String>),
    /// Stops a request.
    Stop(String),
    /// Clears the chat.
    Clear,
    /// Opens a gate.
    Open(String),
    /// Milliseconds pass.
    Wait(u64),
    /// The alarm of waits goes off.
    Expire,
    /// The process dies.
    Crash,
    /// Providers refuse this token from now on.
    Revoke(String),
    /// The account refuses everything.
    Refuse(String),
    /// The relations in which the user stands from now on.
    Relate(Vec<String>),
    /// Nobody can tell who stands in which relation (true), or somebody can again.
    FgaDown(bool),
    /// The account lets no turn begin.
    Close(String),
    /// The model says this from now on.
    Model(Script),
    /// The table cannot be written (true), or can again.
    Full(bool),
    /// All of this before anything runs.
    Together(Vec<Input>),
}

/// What must have come out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// What inputs were answered.
    pub outcomes: Vec<String>,
    /// What a client that loads the chat is shown.
    pub transcript: Vec<String>,
    /// Where the chat stands.
    pub ends: String,
    /// Tools that ran.
    pub ran: Vec<String>,
    /// What providers were asked, with which token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<String>,
    /// The ledger.
    pub ledger: Vec<String>,
    /// How often the model was asked.
    pub asked: usize,
    /// What the model was given last.
    pub read: Vec<String>,
    /// What clients were shown.
    pub shown: Vec<String>,
}

/// Every scenario holds (CF-13, CF-14, CF-18, TV-03, TV-08, TV-10, TV-11, TV-14, GC-05, S-10, HT-01).
#[test]
fn every_scenario() {
    let bless = std::env::var_os("DEPUTY_BLESS").is_some();
    let mut wrong = Vec::new();
    for (path, scenario) in all() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let came = match std::panic::catch_unwind(|| play(&scenario)) {
            Ok(came) => came,
            Err(_) => {
                wrong.push(format!("{name}: see above"));
                continue;
            }
        };
        if bless {
            std::fs::write(&path, written(&Scenario { expect: came, ..scenario })).unwrap();
        } else if came != scenario.expect {
            wrong.push(difference(&name, &scenario.expect, &came));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// All scenarios, by name.
pub fn all() -> Vec<(PathBuf, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 30, "the scenarios are there");
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

/// A world as a scenario wants it.
pub fn world_of(scenario: &Scenario) -> World {
    let script = scenario.model.clone();
    let world = World::new(move |request| scripted(&script, request));
    world.account.borrow_mut().connected = scenario.connected.clone();
    world
}

/// One input.
pub fn input(chat: Chat, input: &Input, outcomes: &mut Vec<String>) -> Chat {
    let mut chat = chat;
    let outcome = match input {
        Input::Say(text) => Some(chat.say(text)),
        Input::Send(id, text) => Some(chat.send(id, text)),
        Input::Call(id, tool, input) => Some(chat.call(id, tool, input)),
        Input::Regenerate(keep_to) => Some(chat.regenerate(keep_to.as_deref())),
        Input::Approve(call) => Some(chat.answer(call, &Decision::Approve)),
        Input::Deny(call, reason) => Some(chat.answer(call, &Decision::Deny { reason: reason.clone() })),
        Input::NotNow(call) => Some(chat.answer(call, &Decision::NotNow)),
        Input::Continue(call) => Some(chat.answer(call, &Decision::Continue { consented: false })),
        Input::Retry(call) => Some(chat.answer(call, &Decision::Retry)),
        Input::Done(call) => Some(chat.answer(call, &Decision::Done)),
        Input::Device(call, answer) => Some(chat.on_device(call, answer)),
        Input::Poll => {
            chat.poll();
            None
        }
        Input::SignIn => Some(chat.sign_in()),
        Input::LogOut => Some(chat.log_out()),
        Input::Connect(connection, scopes, tokens) => Some(chat.connect(connection, scopes, tokens)),
        Input::Stop(request) => Some(chat.stop(request)),
        Input::Together(inputs) => {
            for each in inputs {
                chat = self::input(chat, each, outcomes);
            }
            None
        }
        Input::Crash => {
            chat = chat.crash();
            None
        }
        Input::Clear => Some(chat.clear()),
        Input::Expire => Some(chat.expire()),
        other => {
            outside(&chat.world, other);
            None
        }
    };
    outcomes.extend(outcome);
    chat
}

fn outside(world: &World, input: &Input) {
    match input {
        Input::Open(gate) => world.gates.open(gate),
        Input::Wait(milliseconds) => world.advance(*milliseconds),
        Input::Revoke(token) => {
            world.account.borrow_mut().revoked.insert(token.clone());
        }
        Input::Refuse(sentence) => world.account.borrow_mut().refuses = Some(sentence.clone()),
        Input::Close(sentence) => world.account.borrow_mut().closed = Some(sentence.clone()),
        Input::Relate(relations) => world.account.borrow_mut().relations = relations.iter().cloned().collect(),
        Input::FgaDown(down) => world.account.borrow_mut().fga_down = *down,
        Input::SignOut => world.account.borrow_mut().signed_out = true,
        Input::Full(full) => world.full.set(*full),
        Input::Model(script) => {
            let script = script.clone();
            world.answer_with(move |request| scripted(&script, request));
        }
        other => panic!("{other:?} concerns the chat"),
    }
}

fn play(scenario: &Scenario) -> Expect {
    let world = world_of(scenario);
    let mut chat = Chat::open(&world);
    let mut outcomes = Vec::new();
    for each in &scenario.inputs {
        chat = input(chat, each, &mut outcomes);
        chat.settle();
    }
    let ran = world.runs.borrow().iter().map(|run| format!("{} {}", world.name_of(&run.call_id), run.what)).collect();
    let ledger = world.ledger.borrow();
    let ledger = ledger.iter().map(|row| {
        format!("{} {} [{}] {}", world.name_of(&row.call_id), row.effect.as_str(), row.authority, row.outcome.as_str())
    });
    Expect {
        outcomes,
        transcript: render::transcript(&world, &chat.transcript()),
        ends: render::standing(&chat),
        ran,
        sent: world.sent.borrow().clone(),
        ledger: ledger.collect(),
        asked: world.requests.borrow().len(),
        read: world.requests.borrow().last().map(render::request).unwrap_or_default(),
        shown: render::shown(&world, &world.shown.borrow()),
    }
}

fn difference(name: &str, expected: &Expect, came: &Expect) -> String {
    let lines = |expect: &Expect| -> Vec<String> {
        serde_json::to_string_pretty(expect).unwrap().lines().map(str::to_owned).collect()
    };
    let (expected, came) = (lines(expected), lines(came));
    let mut out = vec![format!("{name}:")];
    out.extend(expected.iter().filter(|line| !came.contains(line)).map(|line| format!("- {line}")));
    out.extend(came.iter().filter(|line| !expected.contains(line)).map(|line| format!("+ {line}")));
    out.join("\n")
}

/// A scenario as a file: what fits on a line is on one line.
fn written(scenario: &Scenario) -> String {
    let all = serde_json::to_value(scenario).unwrap();
    let members: Vec<String> = ["about", "connected", "model", "inputs", "expect"]
        .iter()
        .filter_map(|key| Some(format!("  {}: {}", Value::from(*key), pretty(all.get(key)?, 1))))
        .collect();
    format!("{{\n{}\n}}\n", members.join(",\n"))
}

fn pretty(value: &Value, depth: usize) -> String {
    let flat = value.to_string();
    let indent = "  ".repeat(depth + 1);
    let end = "  ".repeat(depth);
    match value {
        Value::Array(items) if flat.len() > 100 && !items.is_empty() => {
            let items: Vec<String> = items.iter().map(|item| format!("{indent}{}", pretty(item, depth + 1))).collect();
            format!("[\n{}\n{end}]", items.join(",\n"))
        }
        Value::Object(members) if (flat.len() > 100 || depth == 1) && !members.is_empty() => {
            let member = |(key, value): (&String, &Value)| {
                format!("{indent}{}: {}", Value::from(key.as_str()), pretty(value, depth + 1))
            };
            format!("{{\n{}\n{end}}}", members.iter().map(member).collect::<Vec<_>>().join(",\n"))
        }
        _ => flat,
    }
}
