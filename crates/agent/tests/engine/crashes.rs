//! The process dies at every point: right before and right after every commit. The next one goes on, and nothing is lost,
//! repeated or claimed.

use std::collections::BTreeMap;

use deputy_agent::{CallState, Effect, MAX_ATTEMPTS};
use deputy_wire::{Message, Part, Role};

use crate::scenarios::{Input, Scenario, all, world_of};
use crate::support::chat::{Chat, Order, everything};
use crate::support::model::place;
use crate::support::render;
use crate::support::world::{Point, World};

/// When what waits is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answers {
    /// Before the next message.
    AtOnce,
    /// After all messages, in the order in which it was asked.
    Parked,
    /// After all messages, the newest question first.
    ParkedNewestFirst,
}

impl Answers {
    fn finish(self, chat: &mut Chat) {
        chat.finish_in(if self == Self::ParkedNewestFirst { Order::NewestFirst } else { Order::OldestFirst });
    }
}

/// Scenarios that are replayed.
const REPLAYED: [(&str, Answers); 29] = [
    ("plain-turn", Answers::AtOnce),
    ("tool-turn", Answers::AtOnce),
    ("parallel-one-pauses", Answers::AtOnce),
    ("two-wait", Answers::AtOnce),
    ("two-kinds-wait", Answers::AtOnce),
    ("confirm-then-connect", Answers::AtOnce),
    ("confirm-does-not-leak", Answers::AtOnce),
    ("call-of-an-earlier-step", Answers::AtOnce),
    ("connect", Answers::AtOnce),
    ("provider-refuses-same-token", Answers::AtOnce),
    ("provider-refuses-other-token", Answers::AtOnce),
    ("queue", Answers::Parked),
    ("approve-yes", Answers::AtOnce),
    ("approve-two", Answers::AtOnce),
    ("approve-then-connect", Answers::AtOnce),
    ("parked-two", Answers::Parked),
    ("parked-two", Answers::ParkedNewestFirst),
    ("parked-approvals", Answers::Parked),
    ("parked-approvals", Answers::ParkedNewestFirst),
    ("two-kinds-wait", Answers::ParkedNewestFirst),
    ("message-while-waiting", Answers::Parked),
    ("relation-then-confirm", Answers::AtOnce),
    ("relation-then-confirm", Answers::Parked),
    ("relation-denied", Answers::AtOnce),
    ("program-confirm", Answers::AtOnce),
    ("program-approve", Answers::AtOnce),
    ("program-two", Answers::AtOnce),
    ("program-two", Answers::Parked),
    ("program-two", Answers::ParkedNewestFirst),
];

/// One crash at every point of every scenario, also with waits that are parked and answered in either order, with messages
/// between (S-10, CF-13, TV-14).
#[test]
fn a_crash_at_every_point() {
    let mut points = 0;
    for (scenario, answers) in replayed() {
        let calm = calm(&scenario, answers);
        for (number, point) in calm.points.iter().enumerate() {
            let world = calm.world.at(point);
            go_on(&world, point, &calm, &format!("{} at point {number}", scenario.about));
            points += 1;
        }
    }
    assert!(points > 200, "there are points to die at: {points}");
}

/// The process that goes on dies too, at every point of its own.
#[test]
fn a_second_crash_at_every_point() {
    for (scenario, answers) in replayed() {
        let calm = calm(&scenario, answers);
        // Right before a commit everything has happened that can have happened since the one before.
        for (number, point) in calm.points.iter().enumerate().step_by(2) {
            let world = calm.world.at(point);
            *world.points.borrow_mut() = Some(Vec::new());
            go_on(&world, point, &calm, "the first crash");
            let points = world.points.take().unwrap();
            for (second, again) in points.iter().enumerate().step_by(2) {
                let about = format!("{} at point {number}, then {second}", scenario.about);
                go_on(&world.at(again), again, &calm, &about);
            }
        }
    }
}

/// How a scenario goes when nothing dies.
struct Calm {
    world: World,
    points: Vec<Point>,
    transcript: Vec<String>,
    messages: usize,
    /// Calls of programs.
    programs: Vec<String>,
    answers: Answers,
    risky: BTreeMap<(String, String), usize>,
}

fn replayed() -> Vec<(Scenario, Answers)> {
    let all: BTreeMap<String, Scenario> = all()
        .into_iter()
        .map(|(path, scenario)| (path.file_stem().unwrap().to_str().unwrap().to_owned(), scenario))
        .collect();
    REPLAYED.iter().map(|(name, answers)| (all[*name].clone(), *answers)).collect()
}

fn calm(scenario: &Scenario, answers: Answers) -> Calm {
    let world = world_of(scenario);
    *world.points.borrow_mut() = Some(Vec::new());
    let mut chat = Chat::open(&world);
    let mut messages = 0;
    let mut programs = Vec::new();
    for input in &scenario.inputs {
        match input {
            Input::Say(text) => {
                chat.say(text);
                chat.settle();
                messages += 1;
                if answers == Answers::AtOnce {
                    chat.finish();
                }
            }
            Input::Call(id, tool, with) => {
                chat.call(id, tool, with);
                chat.settle();
                programs.push(id.clone());
                if answers == Answers::AtOnce {
                    chat.finish();
                }
            }
            Input::Revoke(token) => {
                world.account.borrow_mut().revoked.insert(token.clone());
            }
            Input::Relate(relations) => {
                world.account.borrow_mut().relations = relations.iter().cloned().collect();
            }
            _ => {}
        }
    }
    answers.finish(&mut chat);
    let points = world.points.take().unwrap();
    assert!(points.len() >= 8, "{}", scenario.about);
    let transcript = render::transcript(&world, &chat.transcript());
    let risky = risky(&world);
    Calm { world, points, transcript, messages, programs, answers, risky }
}

/// The next process: it goes on, is answered, comes to rest, and all of it is true.
fn go_on(world: &World, point: &Point, calm: &Calm, about: &str) {
    let found = point.state();
    let mut chat = Chat::open(world);
    calm.answers.finish(&mut chat);
    let transcript = chat.transcript();
    let lines = render::transcript(world, &transcript);

    let asked = user_messages(&found.messages);
    assert_eq!(user_messages(&transcript), asked, "{about}: what the user wrote is there once");

    for (what, times) in risky(world) {
        let once = calm.risky.get(&what).copied().unwrap_or_default();
        assert!(times <= once, "{about}: {what:?} ran {times} times, {once} without a crash");
    }

    let kept = |id: &&String| found.call_part(id).is_some();
    for id in calm.programs.iter().filter(kept) {
        assert!(calls(&transcript).contains(id), "{about}: the call of a program that was taken in is there");
    }
    let all_taken = asked.len() == calm.messages && calm.programs.iter().all(|id| kept(&id));

    let waits = found.waits().any(|(_, pause)| pause.is_outcome());
    let running = found.turn.iter().flat_map(|turn| &turn.calls);
    let in_flight = running.chain(found.parked.iter().map(|parked| &parked.call)).any(|call| {
        call.state == CallState::Started && !matches!(chat.effect(&call.head.tool), Effect::Reads | Effect::Own)
    });
    let was_unknown = render::says_unknown(&render::transcript(world, &everything(&found)));
    if in_flight || waits || was_unknown {
        assert!(
            render::says_unknown(&lines),
            "{about}: an interrupted effect is said to be unknown\n{}",
            lines.join("\n")
        );
    } else if all_taken {
        assert_eq!(lines, calm.transcript, "{about}");
    }

    let mut attempts = BTreeMap::new();
    for request in world.requests.borrow().iter() {
        let times: &mut u32 = attempts.entry(place(request)).or_default();
        *times += 1;
        assert!(*times <= MAX_ATTEMPTS, "{about}: {:?} was asked {times} times", place(request));
    }

    let ledger = world.ledger.borrow();
    for call_id in calls(&transcript) {
        let row = ledger.iter().find(|row| row.call_id == call_id);
        assert!(row.is_some(), "{about}: {} is not in the ledger\n{}", world.name_of(&call_id), lines.join("\n"));
    }
}

fn user_messages(messages: &[Message]) -> Vec<String> {
    messages.iter().filter(|message| message.role == Role::User).map(|message| message.id.clone()).collect()
}

fn calls(messages: &[Message]) -> Vec<String> {
    let parts = messages.iter().flat_map(|message| &message.parts);
    parts
        .filter_map(|part| match part {
            Part::Tool(tool) => Some(tool.call_id.clone()),
            Part::StepStart | Part::Text { .. } | Part::Reasoning { .. } | Part::Report { .. } => None,
        })
        .collect()
}

/// How often each effect happened that must not be repeated.
fn risky(world: &World) -> BTreeMap<(String, String), usize> {
    let mut times = BTreeMap::new();
    for run in world.runs.borrow().iter().filter(|run| !matches!(run.effect, Effect::Reads | Effect::Own)) {
        *times.entry((run.tool.to_owned(), run.what.clone())).or_default() += 1;
    }
    times
}
