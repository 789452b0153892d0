//! Test files of stores (`*.fga.yaml`), as `fga model test` runs them: our own always, OpenFGA's samples where they are at hand.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "all of it is test code"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use deputy_fga::dsl::{ModuleFile, parse, parse_modules};
use deputy_fga::model::AuthorizationModel;
use deputy_fga::store::MemoryStore;
use deputy_fga::tuple::{Context, Object, TupleKey};
use deputy_fga::{
    CheckRequest, Limits, ListObjectsRequest, ListUsersRequest, TypeSystem, UserFilter, check, list_objects, list_users,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
struct StoreFile {
    model: Option<String>,
    model_file: Option<PathBuf>,
    #[serde(default)]
    tuples: Vec<TupleKey>,
    tuple_file: Option<PathBuf>,
    tests: Vec<StoreTest>,
}

#[derive(Deserialize)]
struct StoreTest {
    #[serde(default)]
    name: String,
    #[serde(default)]
    tuples: Vec<TupleKey>,
    #[serde(default)]
    check: Vec<CheckTest>,
    #[serde(default)]
    list_objects: Vec<ListObjectsTest>,
    #[serde(default)]
    list_users: Vec<ListUsersTest>,
}

#[derive(Deserialize)]
struct CheckTest {
    user: String,
    object: String,
    context: Option<Context>,
    assertions: BTreeMap<String, bool>,
}

#[derive(Deserialize)]
struct ListObjectsTest {
    user: String,
    #[serde(rename = "type")]
    type_name: String,
    context: Option<Context>,
    assertions: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct ListUsersTest {
    object: Object,
    user_filter: Vec<Filter>,
    context: Option<Context>,
    assertions: BTreeMap<String, Users>,
}

#[derive(Deserialize)]
struct Filter {
    #[serde(rename = "type")]
    type_name: String,
    relation: Option<String>,
}

#[derive(Deserialize)]
struct Users {
    users: Vec<String>,
}

#[derive(Deserialize)]
struct ModFile {
    schema: String,
    contents: Vec<PathBuf>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    files: usize,
    checks: usize,
    lists_of_objects: usize,
    lists_of_users: usize,
}

#[test]
fn our_own_store_files_hold() {
    let counts = run_all(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert_eq!(counts, Counts { files: 2, checks: 16, lists_of_objects: 3, lists_of_users: 3 });
}

/// SA-02: manager of, HR group, oneself, what is confidential, a grant that ends.
#[test]
fn the_hr_samples_store_files_hold() {
    let counts = run_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/hr"));
    assert_eq!(counts, Counts { files: 1, checks: 34, lists_of_objects: 6, lists_of_users: 4 });
}

#[test]
fn openfgas_sample_stores_hold() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("DEPUTY_SHARED").map_or_else(beside, PathBuf::from);
    let samples = shared.join("data/openfga/sample-stores");
    if !samples.is_dir() {
        eprintln!("left out: no sample stores of OpenFGA at {} (set DEPUTY_SHARED)", samples.display());
        return;
    }
    let counts = run_all(&samples);
    println!("{counts:?}");
    assert_eq!(counts, Counts { files: 32, checks: 327, lists_of_objects: 17, lists_of_users: 19 });
}

fn run_all(folder: &Path) -> Counts {
    let (mut counts, mut failures) = (Counts::default(), Vec::new());
    for path in files(folder) {
        if path.to_string_lossy().ends_with(".fga.yaml") {
            counts.files += 1;
            run(&path, &mut counts, &mut failures);
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    counts
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    paths.sort();
    paths
}

fn run(path: &Path, counts: &mut Counts, failures: &mut Vec<String>) {
    let file: StoreFile = read(path);
    let folder = path.parent().unwrap();
    let model = match (&file.model, &file.model_file) {
        (Some(text), None) => parse(text).unwrap_or_else(|errors| panic!("{}: {errors}", path.display())).to_model(),
        (None, Some(name)) => read_model(&folder.join(name)),
        _ => panic!("{}: one model", path.display()),
    };
    let system = TypeSystem::new(model).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let more: Vec<TupleKey> = file.tuple_file.as_ref().map(|name| read(&folder.join(name))).unwrap_or_default();
    for test in &file.tests {
        let mut store = MemoryStore::default();
        for key in file.tuples.iter().chain(&more).chain(&test.tuples) {
            let tuple = system.read_tuple(key).unwrap_or_else(|error| panic!("{}: {key:?}: {error}", path.display()));
            store.extend([tuple]);
        }
        let mut failed = Vec::new();
        run_test(&system, &store, test, counts, &mut failed);
        failures.extend(failed.into_iter().map(|failure| format!("{}: {}: {failure}", path.display(), test.name)));
    }
}

fn run_test(system: &TypeSystem, store: &MemoryStore, test: &StoreTest, counts: &mut Counts, failed: &mut Vec<String>) {
    let limits = Limits::default();
    for CheckTest { user, object, context, assertions } in &test.check {
        for (relation, expected) in assertions {
            counts.checks += 1;
            let request = CheckRequest { context: context.clone(), ..CheckRequest::new(user, relation, object) };
            let answer = check(system, store, &request, &limits);
            if answer.as_ref() != Ok(expected) {
                failed.push(format!("{user} {relation} {object}: {answer:?}"));
            }
        }
    }
    for ListObjectsTest { user, type_name, context, assertions } in &test.list_objects {
        for (relation, expected) in assertions {
            counts.lists_of_objects += 1;
            let request = ListObjectsRequest {
                type_name: type_name.as_str().into(),
                relation: relation.as_str().into(),
                user: user.clone(),
                contextual_tuples: Vec::new(),
                context: context.clone(),
            };
            let found = list_objects(system, store, &request, &limits)
                .map(|listed| sorted(listed.items.iter().map(ToString::to_string)));
            if found != Ok(sorted(expected.iter().cloned())) {
                failed.push(format!("objects of {user} {relation}: {found:?}"));
            }
        }
    }
    for ListUsersTest { object, user_filter, context, assertions } in &test.list_users {
        for (relation, Users { users: expected }) in assertions {
            counts.lists_of_users += 1;
            let mut found = Vec::new();
            for Filter { type_name, relation: of } in user_filter {
                let request = ListUsersRequest {
                    object: object.clone(),
                    relation: relation.as_str().into(),
                    filter: UserFilter {
                        type_name: type_name.as_str().into(),
                        relation: of.as_deref().map(Into::into),
                    },
                    contextual_tuples: Vec::new(),
                    context: context.clone(),
                };
                match list_users(system, store, &request, &limits) {
                    Ok(listed) => found.extend(listed.items.iter().map(ToString::to_string)),
                    Err(error) => failed.push(format!("users of {object} {relation}: {error}")),
                }
            }
            if sorted(found.iter().cloned()) != sorted(expected.iter().cloned()) {
                failed.push(format!("users of {object} {relation}: {found:?}"));
            }
        }
    }
}

fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<_> = texts.collect();
    texts.sort();
    texts
}

/// A model of one file, or of the modules that an `fga.mod` names.
fn read_model(path: &Path) -> AuthorizationModel {
    let complain = |errors| -> AuthorizationModel { panic!("{}: {errors}", path.display()) };
    if path.extension().is_some_and(|extension| extension == "mod") {
        let ModFile { schema, contents } = read(path);
        let folder = path.parent().unwrap();
        let texts: Vec<_> = contents
            .iter()
            .map(|name| (name.to_string_lossy().into_owned(), fs::read_to_string(folder.join(name)).unwrap()))
            .collect();
        let modules: Vec<_> = texts.iter().map(|(name, text)| ModuleFile { name, text }).collect();
        return parse_modules(&modules, &schema).unwrap_or_else(complain);
    }
    parse(&fs::read_to_string(path).unwrap()).map_or_else(complain, |document| document.to_model())
}

fn read<T: DeserializeOwned>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_yaml_ng::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
