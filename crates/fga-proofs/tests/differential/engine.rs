//! The engine: `fga model test`.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value as Json, json};

use super::case::{Answer, Case, sorted};

/// The command, and a folder for the files it reads.
pub struct Engine {
    command: OsString,
    folder: PathBuf,
}

/// Answers by the name of a test and the kind of question, in the order of the questions.
pub type Answers = HashMap<(String, &'static str), Vec<Answer>>;

impl Engine {
    pub fn new(command: OsString, folder: PathBuf) -> Self {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self { command, folder }
    }

    /// What the engine answers to the tests of these names.
    pub fn ask<'a>(&self, tests: impl Iterator<Item = (&'a Case, String, Vec<(&'static str, Json)>)>) -> Answers {
        for old in std::fs::read_dir(&self.folder).unwrap() {
            std::fs::remove_file(old.unwrap().path()).unwrap();
        }
        let mut any = false;
        for (case, name, questions) in tests {
            any = true;
            std::fs::write(self.folder.join(format!("{}.json", case.seed)), case.model.to_string()).unwrap();
            let file = case.file(&name, &questions);
            std::fs::write(self.folder.join(format!("{name}.fga.yaml")), file.to_string()).unwrap();
        }
        if any { self.run() } else { Answers::new() }
    }

    fn run(&self) -> Answers {
        let output = Command::new(&self.command)
            .args(["model", "test", "--verbose", "--tests"])
            .arg(self.folder.join("*.fga.yaml"))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().rev().find(|line| line.starts_with('[')).unwrap_or_else(|| {
            panic!("no results: {}", String::from_utf8_lossy(&output.stderr).chars().take(2_000).collect::<String>())
        });
        let results: Vec<Json> = serde_json::from_str(line).unwrap();
        let mut answers = Answers::new();
        for result in &results {
            let name = result["name"].as_str().unwrap();
            for kind in super::case::KINDS {
                let found = result[format!("{kind}_results")].as_array().map_or(&[][..], Vec::as_slice);
                answers.insert((name.to_owned(), kind), found.iter().map(answer).collect());
            }
        }
        answers
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
