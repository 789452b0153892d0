//! The checker on crates of a few lines: what it must see, and what it must not take for an import.
#![allow(clippy::unwrap_used, clippy::panic, reason = "all of it is test code")]

use std::path::Path;

use deputy_architecture::{Crate, Graph, ReadError, imports};

/// Reads a crate from its files: `(path below src, text)`.
fn read(files: &[(&str, &str)]) -> Result<Crate, ReadError> {
    Crate::read(Path::new("lib.rs"), &|path| {
        let (_, text) = files.iter().find(|(name, _)| Path::new(name) == path)?;
        Some((*text).to_owned())
    })
}

fn graph(files: &[(&str, &str)]) -> Graph {
    let (graph, unresolved) = imports(&read(files).unwrap());
    assert_eq!(unresolved, [], "every path is followed");
    graph
}

/// `a.rs:3 b.rs` for each import, in order.
fn listed(graph: &Graph, from: &str) -> Vec<String> {
    graph.imports_of(from).map(|(to, import)| format!("{} {to}", import.line)).collect()
}

/// The circles as lists of files.
fn circles(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    graph(files).circles().iter().map(|circle| circle.files().map(str::to_owned).collect()).collect()
}

#[test]
fn a_direct_circle_is_shown_with_the_line_of_each_import() {
    let files = [
        ("lib.rs", "mod a;\nmod b;"),
        ("a.rs", "//! A.\n\nuse crate::b::B;\n\npub struct A(B);"),
        ("b.rs", "pub struct B(Box<crate::a::A>);"),
    ];
    let shown = graph(&files).circles().iter().map(ToString::to_string).collect::<String>();
    assert_eq!(shown, "  a.rs:3 takes crate::b::B from b.rs\n  b.rs:1 takes crate::a::A from a.rs\n");
}

#[test]
fn a_longer_circle_is_found_and_what_only_leads_to_it_is_not_in_it() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; mod user;"),
        ("a.rs", "use crate::b::b; pub fn a() { b() }"),
        ("b.rs", "use crate::c::c; pub fn b() { c() }"),
        ("c.rs", "use crate::a::a; pub fn c() { a() }"),
        ("user.rs", "use crate::a::a; fn user() { a() }"),
    ];
    assert_eq!(circles(&files), [["a.rs", "b.rs", "c.rs"]]);
}

#[test]
fn a_way_in_one_direction_is_no_circle() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; pub use a::A; pub use c::C;"),
        ("a.rs", "use crate::{b::B, C}; pub struct A(B, C);"),
        ("b.rs", "use crate::c::C; pub struct B(C);"),
        ("c.rs", "pub struct C;"),
    ];
    assert!(circles(&files).is_empty());
    assert_eq!(listed(&graph(&files), "a.rs"), ["1 b.rs", "1 c.rs"]);
    assert_eq!(listed(&graph(&files), "lib.rs"), Vec::<String>::new());
}

#[test]
fn a_re_export_is_followed_to_the_file_that_defines() {
    // By the names alone `child` imports its parent; in truth it imports its sister, who imports it.
    let files = [
        ("lib.rs", "mod room;"),
        ("room/mod.rs", "mod child; mod sister; pub(crate) use child::Child; pub use sister::Sister as Other;"),
        ("room/child.rs", "use super::Other; pub struct Child(Other);"),
        ("room/sister.rs", "use crate::room::Child; pub struct Sister(Box<Child>);"),
    ];
    assert_eq!(circles(&files), [["room/child.rs", "room/sister.rs"]]);
}

#[test]
fn a_re_export_alone_is_no_import_but_its_use_is() {
    let handed_on = [
        ("lib.rs", "mod child; pub use child::Child; pub struct Parent;"),
        ("child.rs", "pub struct Child(crate::Parent);"),
    ];
    assert!(circles(&handed_on).is_empty());
    let used = [
        ("lib.rs", "mod child; pub use child::Child; pub struct Parent(Option<Child>);"),
        ("child.rs", "pub struct Child(Box<super::Parent>);"),
    ];
    assert_eq!(circles(&used), [["child.rs", "lib.rs"]]);
}

#[test]
fn a_circle_through_qualified_paths() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b; pub fn a() { b::b() }"),
        ("b.rs", "pub fn b() { let again = super::a::a; again() }"),
    ];
    assert_eq!(circles(&files), [["a.rs", "b.rs"]]);
    let module_only = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b; pub fn a() {}"),
        ("b.rs", "pub fn b() { super::a::a() }"),
    ];
    assert!(circles(&module_only).is_empty(), "the name of a module alone imports nothing");
}

#[test]
fn a_circle_through_super_and_through_globs() {
    let files = [
        ("lib.rs", "mod room;"),
        ("room.rs", "mod child; pub struct Limit; fn start() { child::run() }"),
        ("room/child.rs", "use super::*; pub fn run() { let _ = Limit; }"),
    ];
    assert_eq!(circles(&files), [["room.rs", "room/child.rs"]]);
    let unused = [
        ("lib.rs", "mod room;"),
        ("room.rs", "mod child; pub struct Limit; fn start() { child::run() }"),
        ("room/child.rs", "use super::*; pub fn run() { let Limit = 1; }".replace("Limit", "limit").leak()),
    ];
    assert!(circles(&unused).is_empty(), "a glob imports what is named of it");
}

#[test]
fn variants_constants_traits_and_patterns_lead_to_the_file_that_defines() {
    let files = [
        ("lib.rs", "mod kinds; mod traits; mod limits; mod user; mod matched;"),
        ("kinds.rs", "pub enum Kind { One, Two }"),
        ("traits.rs", "pub trait Named { const NAME: &'static str; }"),
        ("limits.rs", "pub const MOST: usize = 8; pub const LEAST: usize = 1;"),
        (
            "user.rs",
            "struct User; impl crate::traits::Named for User { const NAME: &'static str = \"user\"; }\nfn most() -> usize { crate::limits::MOST }",
        ),
        (
            "matched.rs",
            "use crate::{kinds::Kind::*, limits::*};\nfn number(kind: crate::kinds::Kind) -> usize { match kind { One => 1, Two => 2 } }\nfn is_most(n: usize) -> bool {\n matches!(n, MOST) }",
        ),
    ];
    let graph = graph(&files);
    assert_eq!(listed(&graph, "user.rs"), ["2 limits.rs", "1 traits.rs"]);
    assert_eq!(listed(&graph, "matched.rs"), ["1 kinds.rs", "4 limits.rs"]);
}

#[test]
fn attributes_and_macros_import() {
    let files = [
        ("lib.rs", "mod seconds; mod limit; mod text; mod user; mod made;"),
        ("seconds.rs", "pub fn serialize() {} pub fn deserialize() {}"),
        ("limit.rs", "pub fn limit() -> u8 { 1 } pub struct Raw;"),
        ("text.rs", "macro_rules! text { ($x:expr) => { $crate::limit::limit() + $x } }\npub(crate) use text;"),
        (
            "user.rs",
            "#[derive(serde::Deserialize)]\n#[serde(try_from = \"crate::limit::Raw\")]\nstruct User {\n #[serde(with = \"crate::seconds\")] at: u64 }",
        ),
        (
            "made.rs",
            "fn made() -> String { format!(\"{} {}\", 1, crate::text::text!(1)) }\nfn formatted() { println!(\"{}\", super::limit::limit()) }",
        ),
    ];
    let graph = graph(&files);
    assert_eq!(listed(&graph, "user.rs"), ["2 limit.rs", "4 seconds.rs"]);
    assert_eq!(listed(&graph, "text.rs"), ["1 limit.rs"]);
    assert_eq!(listed(&graph, "made.rs"), ["2 limit.rs", "1 text.rs"]);
}

#[test]
fn variables_fields_and_methods_are_no_imports() {
    let files = [
        ("lib.rs", "mod helpers; mod user; pub use helpers::{limit, size, Size};"),
        ("helpers.rs", "pub fn limit() -> u8 { 1 } pub fn size() -> u8 { 2 } pub struct Size;"),
        (
            "user.rs",
            "use crate::*;\nstruct Item { size: u8 }\nfn user(item: Item, limit: u8) -> u8 { let all = vec![item.size, limit]; all.len() as u8 + item.size + limit }",
        ),
    ];
    assert_eq!(listed(&graph(&files), "user.rs"), Vec::<String>::new());
    let called = [files[0], files[1], ("user.rs", "use crate::*;\nfn user() -> u8 { let limit = limit(); limit }")];
    assert_eq!(listed(&graph(&called), "user.rs"), ["2 helpers.rs"]);
}

#[test]
fn tests_do_not_count_and_everything_else_that_is_conditional_does() {
    let files = [
        ("lib.rs", "mod a; mod b; #[cfg(test)] mod fixtures;"),
        (
            "a.rs",
            "#[cfg(test)] use crate::b::B;\npub struct A;\nimpl A {\n #[cfg(test)] fn b() -> crate::b::B { crate::b::B(Self) } }\n#[cfg(all(test, unix))] mod tests { use crate::b::B; }",
        ),
        ("b.rs", "#[cfg(any(test, unix))] pub struct B(pub crate::a::A);"),
    ];
    let graph = graph(&files);
    assert_eq!(listed(&graph, "a.rs"), Vec::<String>::new());
    assert_eq!(listed(&graph, "b.rs"), ["1 a.rs"]);
    let conditional = [files[0], ("a.rs", "#[cfg(not(test))] use crate::b::B;\npub struct A;"), files[2]];
    assert_eq!(circles(&conditional), [["a.rs", "b.rs"]]);
}

#[test]
fn inner_modules_and_functions_have_scopes_of_their_own() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "pub mod inner { pub struct Deep(super::super::b::B); impl Deep { pub fn c() { crate::c::c() } } }"),
        (
            "b.rs",
            "pub struct B;\nfn inside() {\n use crate::c::{self as renamed};\n struct A;\n let _ = A;\n renamed::c() }",
        ),
        ("c.rs", "pub fn c() {}"),
    ];
    let graph = graph(&files);
    assert_eq!(listed(&graph, "a.rs"), ["1 b.rs", "1 c.rs"]);
    assert_eq!(listed(&graph, "b.rs"), ["6 c.rs"]);
}

#[test]
fn a_module_may_be_anywhere() {
    let files = [
        ("lib.rs", "mod a; #[path = \"elsewhere/b.rs\"] mod b;"),
        ("a/mod.rs", "mod below; pub use below::Below;"),
        ("a/below.rs", "pub struct Below(crate::b::B);"),
        ("elsewhere/b.rs", "mod c; pub struct B(c::C);"),
        ("elsewhere/c.rs", "pub struct C(Box<crate::a::Below>);"),
    ];
    assert_eq!(circles(&files), [["a/below.rs", "elsewhere/b.rs", "elsewhere/c.rs"]]);
}

#[test]
fn what_cannot_be_followed_is_said() {
    let source = read(&[
        ("lib.rs", "mod a;"),
        ("a.rs", "\nuse crate::nowhere::X;\nuse std::fmt; fn f(_: std::fmt::Error, _: X) {}"),
    ])
    .unwrap();
    let (_, unresolved) = imports(&source);
    assert_eq!(
        unresolved.iter().map(|path| (path.line, path.path.as_str())).collect::<Vec<_>>(),
        [(2, "crate::nowhere::X")]
    );
    assert!(
        matches!(read(&[("lib.rs", "mod missing;")]), Err(ReadError::Missing(path)) if path == Path::new("missing/mod.rs"))
    );
    assert!(matches!(read(&[("lib.rs", "\nfn (")]), Err(ReadError::Syntax { line: 2, .. })));
}

#[test]
fn rooms_are_files_grouped() {
    let graph = graph(&[
        ("lib.rs", "mod config; mod tools;"),
        ("config/mod.rs", "mod read;"),
        ("config/read.rs", "use crate::tools::names; fn read() { names() }"),
        ("tools/mod.rs", "mod limit; pub fn names() {}"),
        ("tools/limit.rs", "use crate::config; fn limit() { let _ = super::names; }"),
    ]);
    assert!(graph.circles().is_empty());
    let mut with_limit = graph;
    with_limit.add(
        "tools/limit.rs",
        "config/read.rs",
        deputy_architecture::Import { line: 7, name: "read".to_owned() },
    );
    assert!(with_limit.circles().is_empty());
    let rooms = with_limit.grouped(|file| file.split(['/', '.']).next().unwrap().to_owned());
    let shown: Vec<_> = rooms.circles().iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "  config:1 takes crate::tools::names in config/read.rs from tools\n  tools:7 takes read in tools/limit.rs from config\n"
        ]
    );
}

#[test]
fn lines_are_counted_without_tests() {
    let source = read(&[("lib.rs", "fn one() {}\n\n#[cfg(test)]\nmod tests {\n    fn a() {}\n}\n")]).unwrap();
    assert_eq!(source.files[0].lines, 2);
}
