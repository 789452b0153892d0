//! Authority is in the types: programs that forge it do not compile, each for the one reason that its name says, and their
//! twin compiles. The compiler that built this test is run over them, against the library it built.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "all of it is test code")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use serde_json::Value;

const TWIN: &str = "with_proof.rs";

/// TV-03, CF-10, S-10: a tool runs only with what the engine hands it; outside an agent there is nothing to call it with.
#[test]
fn authority_cannot_be_forged() {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/authority/programs");
    // Builds with other features leave libraries of the same name: the newest one that the twin compiles against is ours.
    let library =
        libraries("deputy_agent").into_iter().find(|library| compile(&programs.join(TWIN), library).is_empty());
    let library = library.expect("the twin compiles against the library");
    let mut checked = 0;
    for entry in std::fs::read_dir(&programs).unwrap() {
        let program = entry.unwrap().path();
        let name = program.file_stem().unwrap().to_str().unwrap().to_owned();
        if program.ends_with(TWIN) {
            continue;
        }
        let (_, expected) = name.rsplit_once('_').unwrap();
        assert_eq!(compile(&program, &library), [expected], "{name}");
        checked += 1;
    }
    assert_eq!(checked, 7, "every program was compiled");
}

/// Codes of the errors, in order; empty when it compiles.
fn compile(program: &Path, library: &Path) -> Vec<String> {
    let folder = library.parent().unwrap();
    let out = Command::new(rustc())
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--error-format=json", "-o"])
        .arg(std::env::temp_dir().join(format!("deputy-authority-{}.rmeta", std::process::id())))
        .arg(format!("-Ldependency={}", folder.display()))
        .arg(format!("--extern=deputy_agent={}", library.display()))
        .arg(program)
        .output()
        .unwrap();
    let messages = String::from_utf8(out.stderr).unwrap();
    let errors: Vec<String> = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["level"] == "error" && message["spans"] != Value::Array(Vec::new()))
        .map(|message| message.pointer("/code/code").and_then(Value::as_str).unwrap_or("no code").to_owned())
        .collect();
    assert_eq!(out.status.success(), errors.is_empty(), "{}: {messages}", program.display());
    errors
}

/// The compiler beside the cargo that built this test: another one could not read the library.
fn rustc() -> PathBuf {
    let beside = Path::new(env!("CARGO")).with_file_name("rustc");
    if beside.exists() { beside } else { PathBuf::from("rustc") }
}

/// Built libraries of a crate, newest first.
fn libraries(name: &str) -> Vec<PathBuf> {
    let folder = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let prefix = format!("lib{name}-");
    let mut found: Vec<(SystemTime, PathBuf)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            let file = entry.file_name().to_string_lossy().into_owned();
            file.starts_with(&prefix) && file.ends_with(".rlib")
        })
        .map(|entry| (entry.metadata().unwrap().modified().unwrap(), entry.path()))
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, path)| path).collect()
}
