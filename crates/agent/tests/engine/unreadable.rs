//! A row that cannot be read is never skipped: the chat says that it can only be read, nothing is written or run, the row stays, and
//! a build that can read it goes on as if nothing had been.

use deputy_agent::{Effect, READ_ONLY};
use deputy_wire::Part;
use serde_json::json;

use crate::support::chat::Chat;
use crate::support::model::{Act, Script, scripted};
use crate::support::world::World;

/// What may be wrong with a row.
const DAMAGES: [fn(&str) -> String; 5] = [
    |_| String::new(),
    |body| body.chars().take(body.chars().count() / 2).collect(),
    |body| body.replacen("{\"", "{\"x_", 1),
    |body| body.replacen("\":{\"", "\":{\"x_", 1),
    |body| format!("{body}}}"),
];

/// A process that died while a letter was being written, with another question parked: rows of every kind that matters.
fn died_while_writing() -> World {
    let write = |input| vec![vec![Act::Call("write".to_owned(), input)], vec![Act::Text("Done.".to_owned())]];
    let script: Script = [
        ("Ask".to_owned(), write(json!({"what": "note"}))),
        ("Go".to_owned(), write(json!({"what": "letter", "gate": "slow"}))),
    ]
    .into();
    let world = World::new(move |request| scripted(&script, request));
    let mut chat = Chat::open(&world);
    chat.say("Ask");
    chat.settle();
    chat.say("Go");
    chat.settle();
    chat.answer("write#2", &deputy_agent::Decision::Approve);
    chat.settle();
    assert_eq!(world.runs.borrow().len(), 1, "the letter is on its way");
    world
}

/// Everything that anybody can do to a chat.
fn everything_happens(chat: &mut Chat) {
    let kept = chat.driver.state().messages.first().map(|message| message.id.clone());
    let does: [&dyn Fn(&mut Chat); 9] = [
        &|chat| assert!(chat.say("Go").ends_with("read only")),
        &|chat| assert!(chat.regenerate(None).ends_with("read only")),
        &|chat| assert!(chat.regenerate(kept.as_deref()).ends_with("read only")),
        &|chat| drop(chat.answer("write", &deputy_agent::Decision::Approve)),
        &|chat| drop(chat.answer("write#2", &deputy_agent::Decision::Retry)),
        &|chat| drop(chat.stop("r2")),
        &|chat| drop(chat.expire()),
        &|chat| drop(chat.log_out()),
        &Chat::poll,
    ];
    for act in does {
        act(chat);
        chat.world.advance(86_400_000);
        chat.settle_unchecked();
    }
}

/// Each row of the table, damaged in every way (rule: never skipped, never lost, nothing runs).
#[test]
fn every_row_damaged_in_every_way() {
    let rows = died_while_writing().store.borrow().rows();
    assert!(rows.len() >= 8, "{}", rows.len());
    for (seq, body) in &rows {
        for (number, damage) in DAMAGES.iter().enumerate() {
            let about = format!("row {seq}, damage {number}: {body}");
            let world = died_while_writing();
            let damaged = damage(body);
            if damaged == *body {
                continue;
            }
            world.store.borrow_mut().overwrite(*seq, &damaged);
            let before = world.store.borrow().rows();
            let asked = world.requests.borrow().len();

            let mut chat = Chat::open(&world);
            chat.settle_unchecked();
            assert!(chat.driver.state().is_read_only(), "{about}");
            assert!(says_so(&chat), "{about}: whoever opens the chat is told");
            everything_happens(&mut chat);
            assert_eq!(world.store.borrow().rows(), before, "{about}: nothing is written");
            assert_eq!(world.runs.borrow().len(), 1, "{about}: nothing runs");
            assert_eq!(world.requests.borrow().len(), asked, "{about}: the model is not asked");

            // A build that can read it finds the chat as it was.
            world.store.borrow_mut().overwrite(*seq, body);
            let mut chat = chat.crash();
            world.account.borrow_mut().signed_out = false;
            chat.finish();
            let letters = world.runs.borrow().iter().filter(|run| run.what == "letter").count();
            assert_eq!(letters, 1, "{about}: the letter is not written again");
        }
    }
}

/// The mutation: were the row skipped, the letter would be written twice. So the test above can fail.
#[test]
fn skipping_the_row_of_a_call_that_began_would_repeat_it() {
    let world = died_while_writing();
    let began = world.store.borrow().rows().into_iter().find(|(_, body)| body.starts_with("{\"call_started\""));
    world.store.borrow_mut().remove(began.unwrap().0);
    let mut chat = Chat::open(&world);
    chat.world.gates.open_all();
    chat.settle_unchecked();
    let runs = world.runs.borrow();
    assert_eq!(runs.iter().filter(|run| run.what == "letter" && run.effect == Effect::Writes).count(), 2, "{runs:?}");
}

/// A damaged chat can be cleared, and is a chat again.
#[test]
fn a_damaged_chat_can_be_cleared() {
    let world = died_while_writing();
    let (seq, _) = world.store.borrow().call_row();
    world.store.borrow_mut().overwrite(seq, "");
    let mut chat = Chat::open(&world);
    chat.clear();
    chat.settle();
    assert!(!chat.driver.state().is_read_only());
    assert!(chat.say("Ask").ends_with("turn"));
    chat.settle();
    assert_eq!(chat.waiting().len(), 1);
}

fn says_so(chat: &Chat) -> bool {
    let transcript = chat.transcript();
    let last = transcript.last().into_iter().flat_map(|message| &message.parts);
    last.into_iter().any(|part| matches!(part, Part::Text { text, .. } if text == READ_ONLY))
}
