//! Deputy itself: no circle between the files of a crate, none between the rooms of the Worker, and crates that know only what they may.
#![allow(clippy::unwrap_used, clippy::panic, reason = "all of it is test code")]

use std::fmt::Write;

use deputy_architecture::{Crate, Graph, Member, Workspace, imports};

#[test]
fn no_file_imports_in_a_circle() {
    let mut report = String::new();
    for (member, source) in sources() {
        for circle in graph_of(&source).circles() {
            writeln!(report, "{}:\n{circle}", member.name).unwrap();
        }
    }
    assert!(
        report.is_empty(),
        "files that import each other in a circle; what both need goes into a file below both\n\n{report}"
    );
}

#[test]
fn the_rooms_of_the_worker_form_no_circle() {
    let report: String = rooms().circles().iter().map(|circle| format!("{circle}\n")).collect();
    assert!(report.is_empty(), "rooms that import each other in a circle\n\n{report}");
}

#[test]
fn only_the_platform_knows_what_it_is_compiled_for() {
    let root = workspace().root;
    let sources = sources();
    let files =
        sources.iter().flat_map(|(_, source)| &source.files).filter(|file| !file.path.starts_with("crates/platform"));
    for file in files {
        let text = std::fs::read_to_string(root.join(&file.path)).unwrap();
        assert!(!text.contains("target_arch"), "{}", file.path.display());
    }
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
            // evaluator, which OpenFGA's own suites judge; `the_offline_world_leaves_the_client_of_fga_alone`.
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
fn the_offline_world_leaves_the_client_of_fga_alone() {
    let root = workspace().root;
    let sources = sources();
    let offline = sources.iter().filter(|(member, _)| member.name == "deputy-offline");
    for file in offline.flat_map(|(_, source)| &source.files) {
        let text = std::fs::read_to_string(root.join(&file.path)).unwrap();
        assert!(!text.contains("deputy_fga::client") && !text.contains("fga::{client"), "{}", file.path.display());
    }
}

#[test]
fn json_is_read_by_serde_alone() {
    let own: Vec<_> =
        workspace().members.into_iter().filter(|member| member.proc_macro).map(|member| member.name).collect();
    assert!(own.is_empty(), "a derive of our own: {own:?}");
}

#[test]
fn a_file_is_one_subject() {
    const MOST_LINES: usize = 400;
    let long: Vec<String> = sources()
        .iter()
        .flat_map(|(_, source)| &source.files)
        .filter(|file| file.lines > MOST_LINES)
        .map(|file| format!("{}: {} lines", file.path.display(), file.lines))
        .collect();
    assert!(long.is_empty(), "files above {MOST_LINES} lines, tests left out: {long:#?}");
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

/// The imports between the top modules of the Worker.
fn rooms() -> Graph {
    let (_, worker) = sources().into_iter().find(|(member, _)| member.name == "deputy").unwrap();
    graph_of(&worker).grouped(|file| {
        let below = file.strip_prefix("src/").unwrap_or(file);
        below.split('/').next().unwrap_or(below).trim_end_matches(".rs").to_owned()
    })
}
