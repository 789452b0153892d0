//! What another answer than ours is worth.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::case::{Answer, Asked};
use super::engine::Answers;

/// How often a question is asked again: what the engine looks at first is chance.
const AGAIN: usize = 40;
/// How often an entry of a list is checked.
const CHECKED: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The engine's answer varies, and is ours at times.
    Varies,
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
    let entries = only_one_has(asked, theirs);
    let everybody = theirs_list.iter().any(|entry| entry.ends_with(":*"));
    let contradicted = entries.iter().zip(of("check").chunks(CHECKED)).all(|(entry, checks)| {
        let listed = ours.contains(entry);
        // Whom everybody includes need not be named.
        let included = listed && everybody && asked.kind == "list_users";
        checks.iter().all(|answer| *answer == Answer::Allowed(listed)) && !included
    });
    if contradicted { Verdict::ContradictsItself } else { Verdict::Difference }
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
