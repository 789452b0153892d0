//! Deputy itself: no circle between the files of a crate, none between the rooms of the Worker, and crates that know only what they may.
#![allow(clippy::unwrap_used, clippy::panic, reason = "all of it is test code")]

use std::fmt::Write;
use std::path::Path;

use deputy_architecture::{Crate, Graph, Member, SourceFile, Workspace, imports};

type Sources = [(Member, Crate)];

/// Everything that is asked of the files. One test, because a test of its own would be a process that parses all of them again.
#[test]
fn the_files_are_as_the_house_wants_them() {
    let root = workspace().root;
    let sources = sources();
    let asked = [
        (
            "files that import each other in a circle; what both need goes into a file below both",
            imports_in_a_circle(&sources),
        ),
        ("rooms of the Worker that import each other in a circle", rooms_in_a_circle(&sources)),
        (
            "files that know what they are compiled for, which only the platform does",
            that_hold(&root, &sources, &["target_arch"], |member| member != "deputy-platform"),
        ),
        (
            "files of the offline world that know the client of FGA",
            that_hold(&root, &sources, &["deputy_fga::client", "fga::{client"], |member| member == "deputy-offline"),
        ),
        ("files above 400 lines, tests left out: a file is one subject", above(400, &sources)),
    ];
    let mut report = String::new();
    for (what, found) in asked.iter().filter(|(_, found)| !found.is_empty()) {
        writeln!(report, "{what}:\n{}\n", found.join("\n")).unwrap();
    }
    assert!(report.is_empty(), "{report}");
}

fn imports_in_a_circle(sources: &Sources) -> Vec<String> {
    let circles = |(member, source): &(Member, Crate)| {
        let circles = graph_of(source).circles();
        circles.iter().map(|circle| format!("{}:\n{circle}", member.name)).collect::<Vec<_>>()
    };
    sources.iter().flat_map(circles).collect()
}

/// Circles in the imports between the top modules of the Worker.
fn rooms_in_a_circle(sources: &Sources) -> Vec<String> {
    let (_, worker) = sources.iter().find(|(member, _)| member.name == "deputy").unwrap();
    let rooms = graph_of(worker).grouped(|file| {
        let below = file.strip_prefix("src/").unwrap_or(file);
        below.split('/').next().unwrap_or(below).trim_end_matches(".rs").to_owned()
    });
    rooms.circles().iter().map(ToString::to_string).collect()
}

/// Files of those members that hold one of the texts.
fn that_hold(root: &Path, sources: &Sources, texts: &[&str], of: impl Fn(&str) -> bool) -> Vec<String> {
    let members = sources.iter().filter(|(member, _)| of(&member.name));
    let holds = |file: &&SourceFile| {
        let text = std::fs::read_to_string(root.join(&file.path)).unwrap();
        texts.iter().any(|wanted| text.contains(wanted))
    };
    let files = members.flat_map(|(_, source)| &source.files).filter(holds);
    files.map(|file| file.path.display().to_string()).collect()
}

fn above(most_lines: usize, sources: &Sources) -> Vec<String> {
    let files = sources.iter().flat_map(|(_, source)| &source.files).filter(|file| file.lines > most_lines);
    files.map(|file| format!("{}: {} lines", file.path.display(), file.lines)).collect()
}

#[test]
fn crates_depend_only_on_what_they_may() {
    let workspace = workspace();
    for member in &workspace.members {
        let ours =
            |names: &[String]| names.iter().filter(|name| name.starts_with("deputy")).cloned().collect::<Vec<_>>();
        let may: &[&str] = match member.name.as_str() {
            // The Worker binds everything but the world it is tried in.
            "deputy" => &[
                "deputy-agent",
                "deputy-auth0",
                "deputy-documents",
                "deputy-error",
                "deputy-fga",
                "deputy-http",
                "deputy-mcp",
                "deputy-mcp-worker",
                "deputy-models",
                "deputy-platform",
                "deputy-wire",
            ],
            "deputy-platform" => &["deputy-auth0", "deputy-error", "deputy-http"],
            // A Worker of its own.
            "deputy-protected-api" => &["deputy-auth0", "deputy-error", "deputy-platform"],
            "deputy-mcp-worker" => &["deputy-http", "deputy-mcp", "deputy-platform"],
            "deputy-mcp-fixture" => &["deputy-mcp", "deputy-mcp-worker", "deputy-platform"],
            "deputy-documents" => &["deputy-error", "deputy-fga", "deputy-http"],
            "deputy-agent" => &["deputy-error", "deputy-http", "deputy-models", "deputy-wire"],
            "deputy-auth0" | "deputy-fga" | "deputy-mcp" | "deputy-models" | "deputy-wire" => {
                &["deputy-error", "deputy-http"]
            }
            "deputy-axum-api" | "deputy-cli" => &["deputy-auth0", "deputy-error", "deputy-http"],
            "deputy-fga-proofs" => &["deputy-fga"],
            "deputy-mcp-client-driver" => &["deputy-http", "deputy-mcp"],
            // Two implementations of one contract, so that one misunderstanding cannot hide in both. Rights are evaluated by one
            // evaluator, which OpenFGA's own suites judge; `the_files_are_as_the_house_wants_them`.
            "deputy-offline" => &["deputy-fga", "deputy-http"],
            "deputy-error" | "deputy-http" | "deputy-architecture" => &[],
            unknown => panic!("{unknown}: say here which of our crates it may depend on"),
        };
        for dependency in ours(&member.dependencies) {
            assert!(may.contains(&dependency.as_str()), "{} must not depend on {dependency}", member.name);
        }
        for dependency in member.dependencies.iter().chain(&member.test_dependencies) {
            let knows =
                ["deputy", "deputy-platform", "deputy-mcp-worker", "deputy-mcp-fixture", "deputy-protected-api"];
            assert!(
                dependency != "worker" || knows.contains(&member.name.as_str()),
                "{} must not know the runtime",
                member.name
            );
        }
    }
}

#[test]
fn json_is_read_by_serde_alone() {
    let own: Vec<_> =
        workspace().members.into_iter().filter(|member| member.proc_macro).map(|member| member.name).collect();
    assert!(own.is_empty(), "a derive of our own: {own:?}");
}

fn workspace() -> Workspace {
    Workspace::read().unwrap_or_else(|error| panic!("{error}"))
}

/// Every library and program of the workspace.
fn sources() -> Vec<(Member, Crate)> {
    let workspace = workspace();
    let mut sources = Vec::new();
    for member in &workspace.members {
        for source in workspace.crates(member).unwrap_or_else(|error| panic!("{}: {error}", member.name)) {
            sources.push((member.clone(), source));
        }
    }
    assert!(sources.len() >= 6, "the crates are found");
    sources
}

fn graph_of(source: &Crate) -> Graph {
    let (graph, unresolved) = imports(source);
    assert!(unresolved.is_empty(), "paths that lead nowhere: {unresolved:#?}");
    graph
}
