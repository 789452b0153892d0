//! Deputy itself: no circle between the files of a crate, none between the rooms of the Worker, and crates that know only what they may.

use std::fmt::Write;

use deputy_architecture::{Crate, Graph, Member, Workspace, imports};

/// How many files of a crate still stand in circles. It may only shrink.
const ENTANGLED: &[(&str, usize)] = &[("deputy", 49), ("deputy-agent", 5), ("deputy-auth0", 8), ("deputy-http", 3)];

/// Rooms of the Worker that still stand in a circle.
const ENTANGLED_ROOMS: usize = 5;

/// What the platform still imports from above.
const ABOVE_PLATFORM: &[&str] = &["account", "config"];

/// Derives of our own that are still there.
const OWN_MACROS: &[&str] = &["deputy-json-derive"];

#[test]
fn no_file_imports_in_a_circle() {
    let (mut report, mut more) = (String::new(), Vec::new());
    for (member, source) in sources() {
        let graph = graph_of(&source);
        let entangled = graph.entangled();
        let known = ENTANGLED.iter().find(|(name, _)| *name == member.name).map_or(0, |(_, known)| *known);
        if entangled > known {
            more.push(member.name.clone());
        }
        if entangled > 0 {
            writeln!(
                report,
                "{}: {entangled} files stand in circles, {known} are known. The shortest through each:\n",
                member.name
            )
            .unwrap();
            for circle in graph.circles() {
                writeln!(report, "{circle}").unwrap();
            }
        }
    }
    println!("{report}");
    assert!(more.is_empty(), "more circles than before in {more:?}; what is printed above says where");
}

#[test]
fn the_rooms_of_the_worker_form_no_circle() {
    let rooms = rooms();
    let report: String = rooms.circles().iter().map(|circle| format!("{circle}\n")).collect();
    println!("{report}");
    assert!(rooms.entangled() <= ENTANGLED_ROOMS, "{report}");
}

#[test]
fn the_platform_imports_nothing_from_above() {
    let rooms = rooms();
    let taken: Vec<String> = rooms
        .imports_of("platform")
        .filter(|(room, _)| !ABOVE_PLATFORM.contains(room))
        .map(|(room, import)| format!("{room}: {}:{}", import.name, import.line))
        .collect();
    assert!(taken.is_empty(), "{taken:#?}");
    assert!(rooms.imports_of("account").any(|(room, _)| room == "platform"), "the rooms are found");
}

#[test]
fn crates_depend_only_on_what_they_may() {
    let workspace = workspace();
    for member in &workspace.members {
        let ours =
            |names: &[String]| names.iter().filter(|name| name.starts_with("deputy")).cloned().collect::<Vec<_>>();
        let may: &[&str] = match member.name.as_str() {
            // The Worker binds everything but the world it is tried in.
            "deputy" => {
                &["deputy-agent", "deputy-auth0", "deputy-error", "deputy-http", "deputy-models", "deputy-wire"]
            }
            "deputy-agent" => &["deputy-error", "deputy-http", "deputy-models", "deputy-wire"],
            "deputy-auth0" | "deputy-models" | "deputy-wire" => &["deputy-error", "deputy-http"],
            "deputy-error" => &[],
            // Two implementations of one contract, so that one misunderstanding cannot hide in both.
            "deputy-offline" | "deputy-architecture" => &[],
            "deputy-http" => OWN_MACROS,
            "deputy-json-derive" => &[],
            unknown => panic!("{unknown}: say here which of our crates it may depend on"),
        };
        for dependency in ours(&member.dependencies) {
            assert!(may.contains(&dependency.as_str()), "{} must not depend on {dependency}", member.name);
        }
        for dependency in member.dependencies.iter().chain(&member.test_dependencies) {
            assert!(dependency != "worker" || member.name == "deputy", "{} must not know the runtime", member.name);
        }
    }
}

#[test]
fn json_is_read_by_serde_alone() {
    let own: Vec<_> = workspace()
        .members
        .into_iter()
        .filter(|member| member.proc_macro && !OWN_MACROS.contains(&member.name.as_str()))
        .map(|member| member.name)
        .collect();
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
