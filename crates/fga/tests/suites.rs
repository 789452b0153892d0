//! OpenFGA's own suites, from data that is not in the repository: `DEPUTY_SHARED` or `../shared` has `data/openfga/dev.jsonl`. Our own
//! suite, of the same form, is always run (`tests/suite/own.jsonl`).
//!
//! As OpenFGA does it: one store for each test, its stages replace the model and add tuples; all of it is run again with the tuples in
//! another order, and tests of one stage with all tuples contextual; whatever a list has must check, and a check's user and object must be
//! in the lists.
//!
//! Everything is asked twice: of the evaluator, and over the HTTP API.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

mod suite;

use std::path::{Path, PathBuf};

use suite::counts::Counts;
use suite::run;
use suite::service::{Evaluator, Http, Service};

/// How many assertions of OpenFGA's there are at least, by suite and kind: stored and in another order, and with all tuples contextual.
const ASSERTIONS: [(&str, &str, usize, usize); 10] = [
    ("abac_tests", "check", 85, 76),
    ("abac_tests", "list objects", 45, 40),
    ("abac_tests", "list users", 50, 44),
    ("consolidated_1_1_tests", "check", 203, 173),
    ("consolidated_1_1_tests", "list objects", 163, 126),
    ("consolidated_1_1_tests", "list users", 176, 145),
    ("matrix_check", "check", 422, 422),
    ("matrix_check", "list objects", 422, 422),
    ("matrix_check", "list users", 422, 422),
    ("matrix_list_objects", "list objects", 98, 98),
];

/// Where the data is, if it is here.
fn shared() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    std::env::var_os("DEPUTY_SHARED").map_or_else(beside, PathBuf::from).join("data/openfga/dev.jsonl")
}

fn all<S: Service>(text: &str) -> (Counts, Vec<String>) {
    let mut counts = Counts::default();
    let mut failures = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let test = serde_json::from_str(line).expect("a line is a test");
        run::test::<S>(&test, &mut counts, &mut failures);
    }
    (counts, failures)
}

/// OpenFGA's suites, if they are here.
fn openfga<S: Service>() {
    let path = shared();
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no suites of OpenFGA at {} (set DEPUTY_SHARED)", path.display());
        return;
    };
    let (counts, failures) = all::<S>(&text);
    println!("{counts}");
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    for (suite, kind, stored, contextual) in ASSERTIONS {
        let contextual = if S::CONTEXTUAL == usize::MAX { contextual } else { 0 };
        for (way, least) in [("", stored), (", shuffled", stored), (", contextual", contextual)] {
            let kind = format!("{kind}{way}");
            let held = counts.held(suite, &kind);
            assert!(held >= least, "{suite}, {kind}: {held} held, there were {least}");
        }
    }
}

fn own<S: Service>() {
    let (counts, failures) = all::<S>(include_str!("suite/own.jsonl"));
    println!("{counts}");
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    assert!(counts.total() > 40, "the suite has no assertions");
}

#[test]
fn openfga_suites_hold() {
    openfga::<Evaluator>();
}

#[test]
fn openfga_suites_hold_over_http() {
    openfga::<Http>();
}

#[test]
fn own_suite_holds() {
    own::<Evaluator>();
}

#[test]
fn own_suite_holds_over_http() {
    own::<Http>();
}
