//! Random interleavings of everything that can happen, and what must hold in all of them.
//!
//! A failing seed is printed; `DEPUTY_SEED=n` replays it alone.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use deputy_agent::{Decision, Pause, PauseReason};
use deputy_models::ModelRequest;
use deputy_wire::Part;
use serde_json::json;

use crate::support::chat::Chat;
use crate::support::model::{Act, place};
use crate::support::world::World;

const SEEDS: u64 = 300;
const INPUTS: usize = 50;
const TOOLS: [&str; 13] =
    ["read", "note", "write", "write", "draft", "ask", "calendar", "mail", "both", "buy", "buy", "trade", "fly"];

/// What is stored is what is in memory, requests are well-formed, one turn runs at a time, streams nest, nothing that needs
/// a yes runs without one or twice, and in the end the chat comes to rest with every call in the ledger (S-10, CF-13).
#[test]
fn everything_in_any_order() {
    let seeds = match std::env::var("DEPUTY_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => (1..=SEEDS).collect(),
    };
    for seed in seeds {
        if let Err(panic) = std::panic::catch_unwind(|| interleave(seed)) {
            eprintln!("DEPUTY_SEED={seed}");
            std::panic::resume_unwind(panic);
        }
    }
}

fn interleave(seed: u64) {
    let world = World::new(move |request| improvise(seed, request));
    let mut chat = Chat::open(&world);
    let mut random = Random(seed);
    let mut allowed = BTreeSet::new();
    let mut untold = BTreeSet::new();
    for _ in 0..INPUTS {
        if random.below(20) == 0 {
            // A process that dies right after it ended a turn has not told the ledger yet: there the call stays "started".
            untold.extend(ended_calls(&chat).into_iter().filter(|call| !is_told(&world, call)));
            world.full.set(false);
            chat = chat.crash();
        } else {
            one_input(&mut chat, &mut random, &mut allowed);
        }
        // Not always: inputs also come before anything could run.
        if random.below(4) > 0 {
            chat.settle();
            check_allowed(&world, &allowed);
        }
    }
    world.full.set(false);
    chat.drive();
    chat.finish();
    assert!(!chat.driver.has_work());
    for call in ended_calls(&chat) {
        assert!(is_told(&world, &call) || untold.contains(&call), "{} is not in the ledger", world.name_of(&call));
    }
}

/// Calls of turns that are over.
fn ended_calls(chat: &Chat) -> Vec<String> {
    let state = chat.driver.state();
    let parts = state.messages.iter().flat_map(|message| &message.parts);
    let calls = parts.filter_map(|part| match part {
        Part::Tool(tool) => Some(tool.call_id.clone()),
        Part::StepStart | Part::Text { .. } | Part::Reasoning { .. } | Part::Report { .. } => None,
    });
    calls.collect()
}

fn is_told(world: &World, call: &str) -> bool {
    world.ledger.borrow().iter().any(|row| row.call_id == call)
}

fn one_input(chat: &mut Chat, random: &mut Random, allowed: &mut BTreeSet<String>) {
    let world = chat.world.clone();
    match random.below(100) {
        0..=14 => {
            chat.say(["Hello", "Do it", "And then"][random.index(3)]);
        }
        15..=49 => answer(chat, random, allowed),
        50..=57 => {
            let (connection, scope) = [("google", "cal"), ("google", "mail"), ("slack", "chat")][random.index(3)];
            let token = format!("token{}", random.below(3));
            chat.connect(connection, &[scope.to_owned()], &[token, format!("token{}", random.below(3))]);
        }
        58..=60 => {
            let stream = ["r", "s"][random.index(2)];
            chat.stop(&format!("{stream}{}", random.below(20)));
        }
        61 => {
            chat.clear();
        }
        62..=64 => {
            let kept = some_message(chat, random);
            chat.regenerate(kept.as_deref());
        }
        65..=67 => {
            if let Some(id) = some_message(chat, random) {
                chat.send(&id, ["Hello", "Edited"][random.index(2)]);
            }
        }
        68..=72 => world.advance([1, 150, 500, 86_400_000][random.index(4)]),
        73..=74 => {
            chat.expire();
        }
        75..=89 => world.gates.open(&format!("gate{}", random.below(6))),
        90 => {
            world.account.borrow_mut().revoked.insert(format!("token{}", random.below(3)));
        }
        91..=92 => world.full.set(!world.full.get()),
        93..=95 => {
            chat.drop_work();
            chat.drive();
        }
        96..=97 => on_device(chat, random, allowed),
        98 => chat.poll(),
        _ => {
            if random.below(2) == 0 {
                chat.world.account.borrow_mut().signed_out = true;
            } else {
                chat.sign_in();
            }
        }
    }
}

/// The device is answered, for a call that waits there; the alarm looks, or not yet.
fn on_device(chat: &mut Chat, random: &mut Random, allowed: &mut BTreeSet<String>) {
    let waiting = chat.waiting();
    let asked: Vec<&(String, Pause)> =
        waiting.iter().filter(|(_, pause)| matches!(pause.reason, PauseReason::Approve { .. })).collect();
    let Some((name, _)) = asked.get(random.index(asked.len().max(1))) else { return };
    let yes = random.below(3) > 0;
    let outcome = chat.on_device(name, if yes { "approved" } else { "denied" });
    if outcome.ends_with("approved") {
        allowed.insert(chat.world.call_named(name));
    }
    if random.below(2) == 0 {
        chat.world.advance(5_000);
        chat.poll();
    }
}

fn answer(chat: &mut Chat, random: &mut Random, allowed: &mut BTreeSet<String>) {
    let waiting = chat.waiting();
    let names: Vec<String> = chat.world.names.borrow().values().cloned().collect();
    // Mostly what waits; sometimes any call there ever was.
    let name = match waiting.get(random.index(waiting.len().max(1))) {
        Some((name, _)) if random.below(5) > 0 => name.clone(),
        _ if names.is_empty() => return,
        _ => names[random.index(names.len())].clone(),
    };
    let decision = match random.below(10) {
        8 => Decision::Retry,
        9 => Decision::Done,
        0..=3 => Decision::Approve,
        4 => Decision::Deny { reason: None },
        5 => Decision::NotNow,
        _ => Decision::Continue { consented: false },
    };
    let asks = waiting.iter().any(|(waits, pause)| *waits == name && is_question(pause));
    let outcome = chat.answer(&name, &decision);
    if asks && decision == Decision::Approve && outcome.ends_with("taken") {
        allowed.insert(chat.world.call_named(&name));
    }
}

fn is_question(pause: &Pause) -> bool {
    pause.reason == PauseReason::Confirm
}

fn some_message(chat: &Chat, random: &mut Random) -> Option<String> {
    let transcript = chat.transcript();
    transcript.get(random.index(transcript.len().max(1))).map(|message| message.id.clone())
}

/// What needs a yes has had one, to this very call.
fn check_allowed(world: &World, allowed: &BTreeSet<String>) {
    for run in
        world.runs.borrow().iter().filter(|run| ["write", "mail", "ask", "buy", "draft", "trade"].contains(&run.tool))
    {
        assert!(allowed.contains(&run.call_id), "{} ran without a yes", world.name_of(&run.call_id));
    }
}

/// An answer that depends on the seed, the question and how far the turn is, and on nothing else.
fn improvise(seed: u64, request: &ModelRequest) -> Vec<Act> {
    let mut hasher = DefaultHasher::new();
    (seed, place(request), request.messages.len()).hash(&mut hasher);
    let mut random = Random(hasher.finish());
    let mut acts = Vec::new();
    for _ in 0..random.below(4) {
        acts.push(match random.below(6) {
            0 => Act::Wait(format!("gate{}", random.below(6))),
            1 => Act::Take(random.below(600)),
            2 => Act::Reasoning("hm ".to_owned()),
            _ => Act::Text("and ".to_owned()),
        });
    }
    let (asked, step) = place(request);
    // A turn that tells of a call makes none of its own: else every answer would bring another question, for ever.
    if step < 4 && !asked.starts_with("I have answered") {
        for _ in 0..random.below(4) {
            let tool = TOOLS[random.index(TOOLS.len())];
            let mut input = json!({"what": format!("thing {}", random.below(3))});
            if random.below(3) == 0 {
                input["gate"] = json!(format!("gate{}", random.below(6)));
            }
            acts.push(Act::Call(tool.to_owned(), input));
        }
    }
    if random.below(15) == 0 {
        acts.push(Act::Fail("model_ended_early".to_owned()));
    }
    acts
}

/// splitmix64: the same numbers everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    pub fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(u64::try_from(end).unwrap())).unwrap()
    }
}
