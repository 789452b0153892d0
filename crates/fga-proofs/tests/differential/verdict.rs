//! What another answer than ours is worth.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::case::{Answer, Asked};
use super::engine::Answers;

/// How often a question is asked again: what the engine looks at first is chance.
const AGAIN: usize = 200;
/// How often an entry of a list is checked.
const CHECKED: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The engine's answer varies, and is ours at times.
    Varies,
    /// Both lists have everybody, and name other people beside, all of whom the engine's checks admit.
    SamePeople,
    /// The engine's checks say what our list says, and not what its own list says.
    ContradictsItself,
    /// None of it.
    Difference,
}

/// The questions that show which: the same one, and the entries that only one side has.
pub fn retrial(asked: &Asked, theirs: &Answer) -> Vec<(&'static str, Json)> {
    let again = std::iter::repeat_n((asked.kind, asked.question.clone()), AGAIN);
    let entries = only_one_has(asked, theirs).into_iter();
    let checks = entries.flat_map(|entry| {
        std::iter::repeat_n(("check", (asked.entry)(&asked.question, &entry)), CHECKED).collect::<Vec<_>>()
    });
    again.chain(checks).collect()
}

pub fn verdict(asked: &Asked, theirs: &Answer, again: &Answers, name: &str) -> Verdict {
    let of = |kind| again.of(name, kind);
    if of(asked.kind).iter().take(AGAIN).any(|answer| *answer == asked.ours) {
        return Verdict::Varies;
    }
    let (Answer::List(ours), Answer::List(theirs_list)) = (&asked.ours, theirs) else { return Verdict::Difference };
    // Whom both lists include with everybody need not be named in either.
    let everybody = asked.kind == "list_users" && {
        let has = |list: &[String]| list.iter().any(|entry| entry.ends_with(":*"));
        has(ours) && has(theirs_list)
    };
    let entries = only_one_has(asked, theirs);
    let checked: Vec<(bool, Checks)> = entries
        .iter()
        .zip(of("check").chunks(CHECKED))
        .map(|(entry, answers)| {
            let says = |allowed| answers.contains(&Answer::Allowed(allowed));
            let checks = match (says(true), says(false), answers.contains(&Answer::Error)) {
                (true, false, false) => Checks::Yes,
                (false, true, false) => Checks::No,
                (true, true, _) => Checks::Vary,
                _ => Checks::Nothing,
            };
            (ours.contains(entry), checks)
        })
        .collect();
    if everybody && checked.iter().all(|(_, checks)| *checks == Checks::Yes) {
        return Verdict::SamePeople;
    }
    let admits = |(listed, checks): &(bool, Checks)| match checks {
        Checks::Yes => *listed || everybody,
        Checks::No => !listed,
        Checks::Vary => true,
        Checks::Nothing => false,
    };
    if checked.iter().all(admits) { Verdict::ContradictsItself } else { Verdict::Difference }
}

/// What the engine's checks say of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checks {
    Yes,
    No,
    Vary,
    Nothing,
}

fn only_one_has(asked: &Asked, theirs: &Answer) -> Vec<String> {
    match (&asked.ours, theirs) {
        (Answer::List(ours), Answer::List(theirs)) => {
            let (ours, theirs): (BTreeSet<_>, BTreeSet<_>) = (ours.iter().collect(), theirs.iter().collect());
            ours.symmetric_difference(&theirs).map(|entry| (*entry).clone()).collect()
        }
        _ => Vec::new(),
    }
}
