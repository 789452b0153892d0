//! Calls that are made twice (issue 11, "What a real small model showed"): one run, one order or a question that says so, and an answer.

use deputy_agent::{Decision, Pause};
use deputy_models::{ModelMessage, ModelRequest};
use deputy_wire::{Part, ToolState};
use serde_json::{Value, json};

use crate::support::chat::Chat;
use crate::support::model::{Act, place};
use crate::support::world::World;

/// A model that does the same for ever, as long as it is offered any tool; then it says nothing more.
fn stubborn(acts: &'static [(&'static str, &'static str)]) -> World {
    World::new(move |request| {
        let call = |(tool, what): &(&str, &str)| Act::Call((*tool).to_owned(), json!({"what": what}));
        if request.tools.is_empty() { Vec::new() } else { acts.iter().map(call).collect() }
    })
}

fn say(world: &World, text: &str) -> Chat {
    let mut chat = Chat::open(world);
    chat.say(text);
    chat.settle();
    chat
}

/// Says yes to whatever waits, until nothing does.
fn yes(chat: &mut Chat) -> Vec<Pause> {
    let mut asked = Vec::new();
    while let [(call, pause), ..] = chat.waiting().as_slice() {
        asked.push(pause.clone());
        if pause.is_approval() {
            chat.on_device(call, "approved");
            chat.world.advance(5_000);
            chat.poll();
        } else {
            chat.answer(call, &Decision::Approve);
        }
        chat.settle();
    }
    asked
}

fn answer_of(chat: &Chat) -> String {
    let transcript = chat.transcript();
    let parts = transcript.last().unwrap().parts.iter();
    parts.filter_map(|part| if let Part::Text { text, .. } = part { Some(text.as_str()) } else { None }).collect()
}

fn results(request: &ModelRequest) -> Vec<&str> {
    let results = request.messages.iter().filter_map(|message| match message {
        ModelMessage::ToolResult { content, .. } => Some(content.as_str()),
        _ => None,
    });
    results.collect()
}

#[test]
fn a_model_that_repeats_a_reading_call_for_ever_gets_one_run_and_the_user_an_answer() {
    let world = stubborn(&[("read", "news")]);
    let chat = say(&world, "Go");
    assert!(chat.is_idle());
    assert_eq!(world.runs.borrow().len(), 1);
    let requests = world.requests.borrow();
    assert_eq!(requests.len(), 3, "the call, its repetition, and the answer");
    assert!(requests[2].tools.is_empty() && !requests[1].tools.is_empty());
    assert_eq!(results(&requests[2])[0], results(&requests[2])[1], "it reads the earlier result");
    assert!(answer_of(&chat).contains("What came of it stands above"), "the user is told something all the same");
    assert_eq!(chat.transcript().last().unwrap().metadata, None, "and nothing has failed");
}

#[test]
fn a_model_that_repeats_a_purchase_for_ever_asks_once_buys_once_and_answers() {
    let world = World::new(|request| {
        if request.tools.is_empty() {
            return vec![Act::Text("Three shares are yours.".to_owned())];
        }
        vec![Act::Call("buy".to_owned(), json!({"what": "shares"}))]
    });
    let mut chat = say(&world, "Buy shares");
    assert_eq!(yes(&mut chat).len(), 1, "one question");
    assert_eq!((world.runs.borrow().len(), world.account.borrow().pushes), (1, 1), "one order");
    assert!(chat.is_idle());
    assert_eq!(answer_of(&chat), "Three shares are yours.");
    let requests = world.requests.borrow();
    let last = results(requests.last().unwrap());
    assert!(last[1].starts_with("This very call was made before in this answer, and it was done."), "{last:?}");
    let ledger: Vec<String> =
        world.ledger.borrow().iter().map(|row| format!("{} {}", row.outcome.as_str(), row.code)).collect();
    assert_eq!(ledger, ["completed completed", "not_run repeated"], "the ledger counts one purchase");
}

#[test]
fn two_identical_purchases_in_one_step_are_one_question_and_one_order() {
    let world = stubborn(&[("buy", "shares"), ("buy", "shares")]);
    let mut chat = say(&world, "Buy shares");
    assert_eq!(chat.waiting().len(), 1);
    yes(&mut chat);
    assert_eq!((world.runs.borrow().len(), world.account.borrow().pushes), (1, 1));
    assert!(chat.is_idle());
}

/// A no is a no for the whole turn, and one that ran out is not asked for again by itself.
#[test]
fn what_the_user_denied_is_not_asked_for_again_in_the_turn() {
    let world = stubborn(&[("write", "letter")]);
    let mut chat = say(&world, "Write");
    chat.answer("write", &Decision::Deny { reason: None });
    chat.settle();
    assert!(chat.is_idle() && world.runs.borrow().is_empty());
    let requests = world.requests.borrow();
    assert!(results(requests.last().unwrap())[1].contains("the user said no. Do not ask again."));
}

#[test]
fn a_second_identical_effect_in_a_chat_is_asked_for_as_what_it_is() {
    for (tool, asks) in [("write", true), ("buy", true), ("note", false), ("read", false)] {
        let world = World::new(move |request| {
            let (_, step) = place(request);
            if step > 0 {
                vec![Act::Text("Done.".to_owned())]
            } else {
                vec![Act::Call(tool.to_owned(), json!({"what": "it"}))]
            }
        });
        let mut chat = say(&world, "Do it");
        assert!(yes(&mut chat).iter().all(|pause| pause.again.is_none()), "{tool}: the first time is one");
        world.advance(3_600_000);
        chat.say("Do it again");
        chat.settle();
        let again: Vec<Option<String>> = yes(&mut chat).into_iter().map(|pause| pause.again).collect();
        let expected = format!("A second time: {tool} was done at 07:00.");
        assert_eq!(again, if asks { vec![Some(expected)] } else { Vec::new() }, "{tool}");
        assert_eq!(world.runs.borrow().len(), 2, "{tool}: the user wanted it");
    }
}

/// Two cards for the same, answered one after the other: the second yes was given before the first was done.
#[test]
fn a_yes_that_was_asked_for_before_the_same_was_done_is_none_to_doing_it_twice() {
    let world = World::new(|request| {
        let (_, step) = place(request);
        let call = || Act::Call("write".to_owned(), json!({"what": "letter"}));
        if step > 0 { vec![Act::Text("Done.".to_owned())] } else { vec![call()] }
    });
    let mut chat = say(&world, "Write");
    chat.say("Write");
    chat.settle();
    assert_eq!(chat.waiting().len(), 2);
    chat.answer("write", &Decision::Approve);
    chat.settle();
    chat.answer("write#2", &Decision::Approve);
    chat.settle();
    assert_eq!(world.runs.borrow().len(), 1);
    let waiting = chat.waiting();
    assert!(matches!(waiting.as_slice(), [(name, pause)] if name == "write#2" && pause.again.is_some()), "{waiting:?}");
    chat.answer("write#2", &Decision::Approve);
    chat.settle();
    assert_eq!(world.runs.borrow().len(), 2);
}

/// Two cards for the same, both answered before either has run: one runs, the other asks again.
#[test]
fn of_two_yeses_at_once_one_runs_and_the_other_is_asked_for_again() {
    let world = World::new(|request| {
        let call = Act::Call("write".to_owned(), json!({"what": "letter", "gate": "slow"}));
        if place(request).1 > 0 { vec![Act::Text("Done.".to_owned())] } else { vec![call] }
    });
    let mut chat = say(&world, "Write");
    chat.say("Write");
    chat.settle();
    chat.answer("write", &Decision::Approve);
    chat.settle();
    chat.answer("write#2", &Decision::Approve);
    chat.settle();
    assert_eq!(world.runs.borrow().len(), 1, "the first still runs");
    let waiting = chat.waiting();
    let [(_, pause)] = waiting.as_slice() else { panic!("{waiting:?}") };
    assert_eq!(pause.again.as_deref(), Some("A second time: write may have been done at 07:00."));
    world.gates.open_all();
    chat.settle();
    assert_eq!(world.runs.borrow().len(), 1);
}

/// The question for a connection in between changes nothing about what the user was told.
#[test]
fn a_second_time_that_was_confirmed_is_not_confirmed_again_after_a_connection() {
    let world = World::new(|request| {
        let call = Act::Call("mail".to_owned(), json!({"what": "letter"}));
        if place(request).1 > 0 { vec![Act::Text("Done.".to_owned())] } else { vec![call] }
    });
    let mut chat = Chat::open(&world);
    chat.connect("google", &["mail".to_owned()], &["token".to_owned()]);
    chat.say("Send");
    chat.settle();
    yes(&mut chat);
    world.account.borrow_mut().connected.clear();
    chat.say("Send");
    chat.settle();
    chat.answer("mail#2", &Decision::Approve);
    chat.settle();
    chat.connect("google", &["mail".to_owned()], &["token".to_owned()]);
    chat.settle();
    assert_eq!((world.runs.borrow().len(), chat.waiting().len()), (2, 0));
}

/// T25: what an answer did that was dropped is told, and doing it again takes a yes, also of a tool that asks nobody.
#[test]
fn t25_retry_and_edit_repeat_no_effect() {
    for edit in [false, true] {
        let world = World::new(|request| {
            let (_, step) = place(request);
            let call = Act::Call("note".to_owned(), json!({"what": "water the plants"}));
            if step > 0 { vec![Act::Fail("model_overloaded".to_owned())] } else { vec![call] }
        });
        let mut chat = say(&world, "Water them");
        assert_eq!(world.runs.borrow().len(), 1);
        for times in 0..3 {
            if edit {
                chat.send("u1", &format!("Water them, please {times}"));
            } else {
                chat.regenerate(Some("u1"));
            }
            chat.settle();
            assert_eq!(world.runs.borrow().len(), 1, "it is not done again");
            let requests = world.requests.borrow();
            let Some(ModelMessage::User { text }) = requests.last().unwrap().messages.last() else { panic!() };
            let told =
                "Already done, in an answer that the user has dropped: note {\"what\":\"water the plants\"}, at 07:00.";
            assert!(text.contains(told), "{text}");
            drop(requests);
            let waiting = chat.waiting();
            let [(name, pause)] = waiting.as_slice() else { panic!("{waiting:?}") };
            assert_eq!(pause.again.as_deref(), Some("A second time: note was done at 07:00."));
            chat.answer(name, &Decision::Deny { reason: None });
            chat.settle();
        }
    }
}

#[test]
fn a_list_that_is_read_again_after_a_change_is_read_again() {
    let world = World::new(|request| {
        let (_, step) = place(request);
        let read = || Act::Call("read".to_owned(), json!({"what": "list"}));
        match step {
            0 => vec![read()],
            1 => vec![Act::Call("note".to_owned(), json!({"what": "entry"}))],
            2 | 3 => vec![read()],
            _ => vec![Act::Text("There it is.".to_owned())],
        }
    });
    let chat = say(&world, "Add an entry");
    assert!(chat.is_idle());
    let ran: Vec<&str> = world.runs.borrow().iter().map(|run| run.tool).collect();
    assert_eq!(ran, ["read", "note", "read"], "the third reading repeats the second");
}

/// What the model wrote was no JSON, and it tries again with nothing: that is another call.
#[test]
fn a_call_that_could_not_be_read_is_not_the_one_that_follows() {
    let world = World::new(|request| match place(request).1 {
        0 => vec![Act::Garbled("read".to_owned(), "The arguments must be one JSON object.".to_owned())],
        1 => vec![Act::Call("read".to_owned(), json!({}))],
        2 => vec![Act::Call("read".to_owned(), json!({"what": "news"}))],
        _ => vec![Act::Text("Read.".to_owned())],
    });
    let chat = say(&world, "Read");
    assert_eq!((world.runs.borrow().len(), answer_of(&chat).as_str()), (1, "Read."));
}

/// CF-14: at most ten steps, of which the last is the answer.
#[test]
fn cf_14_the_last_step_is_an_answer() {
    let world = World::new(|request| {
        if request.tools.is_empty() {
            return vec![Act::Text("This is what I found.".to_owned())];
        }
        vec![Act::Call("read".to_owned(), json!({"what": format!("page {}", place(request).1)}))]
    });
    let chat = say(&world, "Read all pages");
    assert!(chat.is_idle());
    assert_eq!((world.requests.borrow().len(), world.runs.borrow().len()), (10, 9));
    assert_eq!(answer_of(&chat), "This is what I found.");
    assert_eq!(chat.transcript().last().unwrap().metadata, None);
    let parts = &chat.transcript()[1].parts;
    assert!(
        !parts.iter().any(|part| matches!(part, Part::Tool(tool) if matches!(tool.state, ToolState::Failed { .. })))
    );
}

/// A process that dies in the answer asks for it again without tools.
#[test]
fn a_crash_in_the_last_step_brings_the_tools_not_back() {
    let world = World::new(|request| {
        if request.tools.is_empty() {
            return vec![Act::Text("This ".to_owned()), Act::Wait("tale".to_owned()), Act::Text("is it.".to_owned())];
        }
        vec![Act::Call("read".to_owned(), json!({"what": "news"}))]
    });
    let chat = say(&world, "Go");
    let mut chat = chat.crash();
    world.gates.open_all();
    chat.settle();
    assert_eq!(answer_of(&chat), "This is it.");
    assert!(world.requests.borrow().iter().skip(2).all(|request| request.tools.is_empty()));
}

/// What is sent of one turn stands word for word at the beginning of what is sent of the next: system prompt, tools and every message
/// before the new one.
#[test]
fn the_front_of_the_prompt_stays_the_same_from_turn_to_turn() {
    let world = World::new(|request| {
        let (text, step) = place(request);
        match (text.as_str(), step) {
            ("Read", 0) => vec![
                Act::Call("read".to_owned(), json!({"what": "news"})),
                Act::Call("note".to_owned(), json!({"what": "x"})),
            ],
            _ => vec![Act::Text(format!("Answer to {text}."))],
        }
    });
    let mut chat = say(&world, "Hello");
    for text in ["Read", "Read", "Thanks", "Bye"] {
        world.advance(86_400_000);
        chat.say(text);
        chat.settle();
    }
    world.advance(86_400_000);
    chat.regenerate(None);
    chat.settle();
    let requests = world.requests.borrow();
    let written = |request: &ModelRequest| {
        let messages: Vec<Value> =
            request.messages.iter().map(|message| serde_json::to_value(message).unwrap()).collect();
        let front = json!([request.system, request.tools]).to_string();
        (front, messages.iter().map(Value::to_string).collect::<Vec<_>>())
    };
    for pair in requests.windows(2) {
        let [(front, before), (next_front, next)] = [written(&pair[0]), written(&pair[1])];
        assert_eq!(front, next_front, "no clock and no order of chance in the front");
        let same = before.iter().zip(&next).take_while(|(before, next)| before == next).count();
        // An answer that is given once more is told when it was asked for.
        let changed = usize::from(pair[1].messages.len() <= pair[0].messages.len());
        assert_eq!(same, before.len() - changed, "{before:#?}\n{next:#?}");
    }
    let names: Vec<&str> = requests[0].tools.iter().map(|tool| tool.name.as_str()).collect();
    assert!(names.is_sorted(), "{names:?}");
    let Some(ModelMessage::User { text }) = requests[0].messages.last() else { panic!() };
    assert_eq!(
        text,
        "Hello\n\n[Now: Monday 2026-11-23, 07:00, time zone UTC, UTC+00:00. Tomorrow is Tuesday 2026-11-24.]"
    );
}
