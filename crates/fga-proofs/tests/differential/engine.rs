//! The engine: `fga model test`.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value as Json, json};

use super::case::{Answer, Case, sorted};

/// Files of one run of the command.
const CHUNK: usize = 50;

/// The command, and a folder for the files it reads.
pub struct Engine {
    command: OsString,
    folder: PathBuf,
}

/// What the engine says.
#[derive(Default)]
pub struct Answers {
    /// By the name of a test and the kind of question, in the order of the questions.
    by_test: HashMap<(String, &'static str), Vec<Answer>>,
    /// Tests whose model the engine refuses, and its words.
    pub refused: BTreeMap<String, String>,
}

impl Answers {
    pub fn of(&self, name: &str, kind: &'static str) -> &[Answer] {
        &self.by_test[&(name.to_owned(), kind)]
    }

    pub fn count(&self) -> usize {
        self.by_test.values().map(Vec::len).sum()
    }
}

/// A test's model and tuples, its name, and its questions.
pub type Test<'a> = (&'a Case, String, Vec<(&'static str, Json)>);

impl Engine {
    pub fn new(command: OsString, folder: PathBuf) -> Self {
        Self { command, folder }
    }

    /// What the engine answers to these tests, on so many processors.
    pub fn ask(&self, tests: &[Test<'_>], processors: Option<u32>) -> Answers {
        let mut answers = Answers::default();
        for chunk in tests.chunks(CHUNK) {
            let _ = std::fs::remove_dir_all(&self.folder);
            std::fs::create_dir_all(&self.folder).unwrap();
            for (case, name, questions) in chunk {
                std::fs::write(self.folder.join(format!("{}.json", case.seed)), case.model.to_string()).unwrap();
                std::fs::write(self.file(name), case.file(name, questions).to_string()).unwrap();
            }
            let mut left = chunk.len();
            // The command ends at the first model that is refused.
            while left > 0
                && let Some((name, words)) = self.run(processors, &mut answers)
            {
                std::fs::remove_file(self.file(&name)).unwrap();
                answers.refused.insert(name, words);
                left -= 1;
            }
        }
        answers
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.fga.yaml"))
    }

    /// The test whose model is refused, and why; else all answers are there.
    fn run(&self, processors: Option<u32>, answers: &mut Answers) -> Option<(String, String)> {
        let output = Command::new(&self.command)
            .envs(processors.map(|count| ("GOMAXPROCS", count.to_string())))
            .args(["model", "test", "--verbose", "--tests"])
            .arg(self.folder.join("*.fga.yaml"))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let Some(line) = text.lines().rev().find(|line| line.starts_with('[')) else {
            let said = String::from_utf8_lossy(&output.stderr);
            let refused = said.split_once(".fga.yaml due to rpc error: code = Code(2056) desc = ");
            let (file, words) = refused.unwrap_or_else(|| panic!("no results: {said}"));
            return Some((file.rsplit(['/', ' ']).next().unwrap().to_owned(), words.trim().to_owned()));
        };
        let results: Vec<Json> = serde_json::from_str(line).unwrap();
        for result in &results {
            let name = result["name"].as_str().unwrap();
            for kind in super::case::KINDS {
                let found = result[format!("{kind}_results")].as_array().map_or(&[][..], Vec::as_slice);
                answers.by_test.insert((name.to_owned(), kind), found.iter().map(answer).collect());
            }
        }
        None
    }
}

fn answer(result: &Json) -> Answer {
    if !result["error"].is_null() {
        return Answer::Error;
    }
    let list = |items: &Json| sorted(items.as_array().into_iter().flatten().filter_map(Json::as_str));
    match &result["got"] {
        Json::Bool(allowed) => Answer::Allowed(*allowed),
        got @ (Json::Array(_) | Json::Null) => list(got),
        got => list(got.get("users").unwrap_or(&json!([]))),
    }
}
