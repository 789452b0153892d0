//! What an answer costs in commits: text is written by time or size, never by delta.

use deputy_agent::{FLUSH_AFTER_MS, FLUSH_AT_BYTES};
use deputy_wire::{Message, Part};
use serde_json::json;

use crate::support::chat::Chat;
use crate::support::model::{Act, Script, scripted};
use crate::support::world::{Point, World};

fn chat(steps: Vec<Vec<Act>>) -> (World, Chat) {
    let script = Script::from([("Hello".to_owned(), steps)]);
    let world = World::new(move |request| scripted(&script, request));
    let chat = Chat::open(&world);
    (world, chat)
}

/// `count` deltas, each after a pause.
fn deltas(count: usize, pause: u64) -> Vec<Act> {
    (0..count).flat_map(|_| [Act::Take(pause), Act::Text("delta ".to_owned())]).collect()
}

fn commits(steps: Vec<Vec<Act>>) -> usize {
    let (world, mut chat) = chat(steps);
    chat.say("Hello");
    chat.settle();
    assert!(chat.is_idle());
    world.commits.get()
}

/// A plain turn is four commits: message and turn, step, the answer's text with its end, the message in the turn's place.
/// The last two are one synchronous turn of the object, so the platform makes them one.
#[test]
fn a_plain_turn_is_four_commits() {
    assert_eq!(commits(vec![vec![Act::Text("Hi".to_owned())]]), 4);
}

/// A turn with one tool is eight: as above, and the call's begin and end, and the second step with its answer.
#[test]
fn a_turn_with_a_tool_is_eight_commits() {
    let call = Act::Call("read".to_owned(), json!({"what": "news"}));
    assert_eq!(commits(vec![vec![call], vec![Act::Text("Nothing.".to_owned())]]), 8);
}

/// However many deltas come within the time, they are no commits of their own.
#[test]
fn two_hundred_quick_deltas_cost_nothing() {
    assert_eq!(commits(vec![deltas(199, 2)]), 4);
}

/// A long answer is written about every 400 ms.
#[test]
fn a_long_answer_is_written_by_time() {
    let seconds = 10;
    let flushes = commits(vec![deltas(seconds * 10, 100)]) - 4;
    let expected = seconds * 1000 / usize::try_from(FLUSH_AFTER_MS).unwrap();
    assert!((expected - 2..=expected).contains(&flushes), "{flushes} for {expected} times 400 ms");
}

/// What comes at once and is large is written at once.
#[test]
fn a_large_piece_is_written_at_once() {
    let piece = Act::Text("x".repeat(FLUSH_AT_BYTES));
    let (world, mut chat) = chat(vec![vec![piece, Act::Wait("end".to_owned())]]);
    chat.say("Hello");
    chat.settle();
    assert_eq!(world.commits.get(), 3);
    assert_eq!(stored_text(&world).len(), FLUSH_AT_BYTES);
}

/// A crash loses the text of the last 400 ms at most, and of one delta.
#[test]
fn a_crash_loses_little() {
    let mut acts = deltas(50, 100);
    acts.push(Act::Wait("end".to_owned()));
    let (world, mut chat) = chat(vec![acts]);
    chat.say("Hello");
    chat.settle();
    let written = stored_text(&world).len() / "delta ".len();
    assert!((46..=50).contains(&written), "{written} of 50 deltas are written");
}

/// A message that comes while an answer streams takes its text along, so rows stay in order.
#[test]
fn every_commit_takes_the_waiting_text_along() {
    let (world, mut chat) = chat(vec![vec![Act::Text("begun ".to_owned()), Act::Wait("end".to_owned())]]);
    chat.say("Hello");
    chat.settle();
    assert_eq!(stored_text(&world), "");
    chat.say("Hello");
    chat.settle();
    assert_eq!(stored_text(&world), "begun ");
}

/// Text that could not be written with something else is written with the next.
#[test]
fn text_outlives_a_failed_commit() {
    let acts = vec![Act::Text("begun ".to_owned()), Act::Wait("end".to_owned()), Act::Text("ended".to_owned())];
    let (world, mut chat) = chat(vec![acts]);
    chat.say("Hello");
    chat.settle();
    world.full.set(true);
    assert_eq!(chat.say("Hello"), "r2: not stored");
    world.full.set(false);
    *world.points.borrow_mut() = Some(Vec::new());
    world.gates.open("end");
    chat.settle();
    let points = world.points.take().unwrap();
    let answered = points.iter().map(text_at).find(|text| text.contains("ended")).unwrap();
    assert_eq!(answered, "begun ended");
}

fn text_at(point: &Point) -> String {
    point.state().turn.map(|turn| text(&turn.answer)).unwrap_or_default()
}

fn stored_text(world: &World) -> String {
    let state = deputy_agent::State::fold(world.store.borrow().clone().load());
    state.turn.map(|turn| text(&turn.answer)).unwrap_or_default()
}

fn text(message: &Message) -> String {
    let texts = message.parts.iter().filter_map(|part| match part {
        Part::Text { text, .. } => Some(text.as_str()),
        Part::StepStart | Part::Reasoning { .. } | Part::Tool(_) | Part::Report { .. } => None,
    });
    texts.collect()
}
