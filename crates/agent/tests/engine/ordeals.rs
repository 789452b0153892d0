//! Nothing ends a chat for good: whatever a model answers and a user does, the next plain question gets its plain answer, and what the
//! provider is sent for it is what the strictest of them takes (issue 11, "Chat wire").
//!
//! A failing seed is printed; `DEPUTY_SEED=n` replays it alone.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use deputy_agent::{Decision, Pause};
use deputy_http::Secret;
use deputy_models::{ModelConfig, ModelMessage, ModelRequest};
use deputy_wire::Part;
use serde_json::json;

use crate::interleavings::Random;
use crate::support::chat::Chat;
use crate::support::model::{Act, place};
use crate::support::world::World;

const SEEDS: u64 = 150;
const INPUTS: usize = 25;
const NAMES: [&str; 12] = [
    "read",
    "note",
    "write",
    "buy",
    "mail",
    "calendar",
    "ask",
    "multi_tool_use.parallel",
    "",
    "read me",
    "läs",
    "functions.read:0",
];
const TEXTS: [&str; 6] = ["Hello", "Do it", "And then", "?", "\u{1F44D}", "{\"role\":\"system\"}"];
const FAILURES: [&str; 5] =
    ["model_overloaded", "model_ended_early", "model_unreachable", "model_context_too_long", "model_rate_limited"];

#[test]
fn nothing_ends_a_chat() {
    every_seed(&|request| check_plain(request));
}

/// What a request looks like in the end is the crate `models`' affair: roles that alternate, names and ids in the form that every
/// provider takes, nothing that is empty.
#[test]
fn nothing_ends_a_chat_at_the_strictest_provider() {
    let strictest = ModelConfig::new("https://api.mistral.ai/v1", Secret::new(""), "any");
    every_seed(&|request| check_strict(&request.acceptable(&strictest)));
}

/// Found by the test above: two calls of one message run out at the same time, or with one session.
#[test]
fn two_parked_calls_of_one_message_end_together() {
    for logs_out in [false, true] {
        let tool = if logs_out { "buy" } else { "write" };
        let world = World::new(move |request| {
            let call = |what: &str| Act::Call(tool.to_owned(), json!({"what": what}));
            if place(request).0 == "Do it" {
                vec![call("one"), call("two")]
            } else {
                vec![Act::Text("Hello.".to_owned())]
            }
        });
        let mut chat = Chat::open(&world);
        chat.say("Do it");
        chat.settle();
        chat.say("Hello");
        chat.settle();
        assert_eq!(chat.waiting().len(), 2, "both are parked");
        if logs_out {
            chat.log_out();
        } else {
            world.advance(86_400_000);
            chat.expire();
        }
        chat.settle();
        assert!(chat.waiting().is_empty() && chat.is_idle());
    }
}

fn every_seed(check: &dyn Fn(&ModelRequest)) {
    let seeds = match std::env::var("DEPUTY_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => (1..=SEEDS).collect(),
    };
    for seed in seeds {
        let ordeal = std::panic::AssertUnwindSafe(|| ordeal(seed, check));
        if let Err(panic) = std::panic::catch_unwind(ordeal) {
            eprintln!("DEPUTY_SEED={seed}");
            std::panic::resume_unwind(panic);
        }
    }
}

fn ordeal(seed: u64, check: &dyn Fn(&ModelRequest)) {
    let world = World::new(move |request| anything(seed, request));
    let mut chat = Chat::open(&world);
    let mut random = Random(seed);
    for _ in 0..INPUTS {
        if random.below(15) == 0 {
            chat = chat.crash();
        } else {
            one_input(&mut chat, &mut random);
        }
        if random.below(3) > 0 {
            chat.settle();
        }
    }
    // Somebody still waits for the user, or nobody does: both must not be in the way.
    world.gates.open_all();
    chat.settle();
    if random.below(2) == 0 {
        chat.finish();
    }
    world.answer_with(|_| vec![Act::Text("Plainly.".to_owned())]);
    chat.settle();
    let outcome = chat.say("Answer plainly");
    chat.settle();
    assert!(outcome.ends_with(": turn"), "{outcome}");
    let transcript = chat.transcript();
    let asked = transcript.iter().position(|message| says(message, "Answer plainly")).expect("the question is there");
    assert!(
        transcript.get(asked + 1).is_some_and(|answer| says(answer, "Plainly.")),
        "{:?}",
        transcript.get(asked + 1)
    );
    check(world.requests.borrow().last().unwrap());
}

fn says(message: &deputy_wire::Message, wanted: &str) -> bool {
    message.parts.iter().any(|part| matches!(part, Part::Text { text, .. } if text == wanted))
}

fn one_input(chat: &mut Chat, random: &mut Random) {
    let world = chat.world.clone();
    match random.below(24) {
        0..=5 => {
            chat.say(TEXTS[random.index(TEXTS.len())]);
        }
        6..=10 => answer(chat, random),
        11..=12 => {
            chat.stop(&format!("{}{}", ["r", "s"][random.index(2)], random.below(12)));
        }
        13 => {
            let kept = some_message(chat, random);
            chat.regenerate(kept.as_deref());
        }
        14 => {
            if let Some(id) = some_message(chat, random) {
                chat.send(&id, ["Hello", "Edited"][random.index(2)]);
            }
        }
        15..=16 => {
            world.advance([1, 500, 86_400_000][random.index(3)]);
            chat.expire();
        }
        17 => {
            chat.drop_work();
            chat.drive();
        }
        18 => {
            chat.connect("google", &["cal".to_owned(), "mail".to_owned()], &["token".to_owned()]);
        }
        19 => {
            let waiting = chat.waiting();
            if let Some((name, _)) = waiting.iter().find(|(_, pause)| pause.is_approval()) {
                chat.on_device(name, ["approved", "denied"][random.index(2)]);
                world.advance(5_000);
                chat.poll();
            }
        }
        20 => {
            chat.log_out();
        }
        21 => {
            chat.sign_in();
        }
        22 => {
            world.gates.open_all();
        }
        _ => {
            if random.below(4) == 0 {
                chat.clear();
            }
        }
    }
}

fn answer(chat: &mut Chat, random: &mut Random) {
    let waiting: Vec<(String, Pause)> = chat.waiting();
    let Some((name, _)) = waiting.get(random.index(waiting.len().max(1))) else { return };
    let decision = match random.below(6) {
        0 => Decision::Approve,
        1 => Decision::Deny { reason: Some("No \"thanks\"".to_owned()) },
        2 => Decision::NotNow,
        3 => Decision::Retry,
        4 => Decision::Done,
        _ => Decision::Continue { consented: false },
    };
    let name = name.clone();
    chat.answer(&name, &decision);
}

fn some_message(chat: &Chat, random: &mut Random) -> Option<String> {
    let transcript = chat.transcript();
    transcript.get(random.index(transcript.len().max(1))).map(|message| message.id.clone())
}

/// Every kind of answer.
fn anything(seed: u64, request: &ModelRequest) -> Vec<Act> {
    let mut hasher = DefaultHasher::new();
    (seed, place(request), request.messages.len()).hash(&mut hasher);
    let mut random = Random(hasher.finish());
    let told_of = place(request).0.starts_with("I have answered");
    let mut acts = Vec::new();
    for _ in 0..random.below(4) {
        acts.push(match random.below(12) {
            0 => Act::Text(String::new()),
            1 => Act::Text([" ", "\n", "\u{200b}"][random.index(3)].to_owned()),
            2 => Act::Text("Something.".to_owned()),
            3 => Act::Reasoning("Hm.".to_owned()),
            4 => Act::Wait(format!("gate{}", random.below(4))),
            5 => Act::Fail(FAILURES[random.index(FAILURES.len())].to_owned()),
            // A turn that tells of a call makes none of its own: else every answer would bring another question, for ever.
            _ if told_of => Act::Text("So it was.".to_owned()),
            6 => Act::Garbled(
                NAMES[random.index(NAMES.len())].to_owned(),
                "The arguments must be one JSON object.".to_owned(),
            ),
            _ => {
                let what = ["it", "", "a \" b", "\u{0}"][random.index(4)];
                let input = [
                    json!({"what": what}),
                    json!({}),
                    json!({"what": 7, "odd": [null]}),
                    json!({"what": what, "refuses": "No."}),
                ];
                Act::Call(NAMES[random.index(NAMES.len())].to_owned(), input[random.index(input.len())].clone())
            }
        });
    }
    acts
}

/// The last word is the user's, ids are unique, and every call has its result right behind it.
fn check_plain(request: &ModelRequest) {
    crate::support::model::check_request(request);
    assert!(matches!(request.messages.last(), Some(ModelMessage::User { .. })), "{:?}", request.messages.last());
    let mut ids = BTreeSet::new();
    for message in &request.messages {
        if let ModelMessage::Assistant { calls, .. } = message {
            assert!(calls.iter().all(|call| ids.insert(call.id.clone())), "an id twice: {request:?}");
        }
    }
}

/// The rules of the strictest: roles alternate, names and ids are legal, nothing is empty.
fn check_strict(request: &ModelRequest) {
    check_plain(request);
    let legal = |text: &str, most: usize| {
        (1..=most).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    let mut before = "assistant";
    for message in &request.messages {
        match message {
            ModelMessage::User { text } => {
                assert_eq!(before, "assistant", "roles alternate: {:#?}", request.messages);
                assert!(!text.trim().is_empty());
                before = "user";
            }
            ModelMessage::Assistant { text, calls } => {
                let after_results = before == "results";
                assert!(before == "user" || after_results, "roles alternate: {:#?}", request.messages);
                assert!(!text.trim().is_empty() || !calls.is_empty(), "an empty answer: {:#?}", request.messages);
                assert!(calls.iter().all(|call| legal(&call.name, 64) && legal(&call.id, 64)), "{calls:?}");
                before = "assistant";
            }
            ModelMessage::ToolResult { content, tool, .. } => {
                assert!(!content.is_empty() && legal(tool, 64), "{tool}");
                before = "results";
            }
        }
    }
}
