//! The cases of `openfga/language`: the same texts are read, the same are refused, and at the same place.

use std::fs;
use std::path::Path;

use deputy_fga::dsl::syntax::Position;
use deputy_fga::dsl::{DslErrors, ModuleFile, Sources, parse, parse_modules, print};
use deputy_fga::model::AuthorizationModel;
use deputy_fga::{ModelError, RelationProblem, TypeSystem};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{model, shared};

const CASES: &str = "dsl/tests/data";

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(default)]
    dsl: String,
    #[serde(default)]
    json: String,
    #[serde(default)]
    valid: bool,
    #[serde(default)]
    skip: bool,
    #[serde(default)]
    error_message: Option<String>,
    expected_errors: Option<Vec<ExpectedError>>,
}

#[derive(Deserialize)]
struct ExpectedError {
    msg: String,
    #[serde(default)]
    file: String,
    line: Start,
    column: Start,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
struct SuiteTest {
    name: String,
    stages: Vec<SuiteStage>,
}

#[derive(Deserialize)]
struct SuiteStage {
    model_dsl: String,
    model: serde_json::Value,
}

/// Counted from 0.
#[derive(Deserialize)]
struct Start {
    start: usize,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    error_type: Option<String>,
}

#[test]
fn texts_and_models_are_the_same() {
    let Some(cases) = shared(CASES) else { return };
    let mut compared = 0;
    for folder in folders(&cases.join("transformer")) {
        let text = fs::read_to_string(folder.join("authorization-model.fga")).unwrap();
        let expected = plain(read_json(&folder.join("authorization-model.json")));
        let read = model(&text).unwrap_or_else(|errors| panic!("{}: {errors}", folder.display()));
        assert_eq!(plain(read), expected, "{}", folder.display());
        let printed = print(&expected, Sources::Hidden).unwrap();
        assert_eq!(lines(&printed), lines(&text), "{}", folder.display());
        compared += 1;
    }
    assert!(compared >= 29, "{compared}");
}

#[test]
fn models_of_the_test_suites_are_the_same() {
    let Some(suites) = shared("").map(|folder| folder.join("dev.jsonl")) else { return };
    let mut compared = 0;
    for line in fs::read_to_string(suites).unwrap().lines() {
        let test: SuiteTest = serde_json::from_str(line).unwrap();
        for stage in test.stages {
            let read = model(&stage.model_dsl).unwrap_or_else(|errors| panic!("{}: {errors}", test.name));
            let expected = plain(serde_json::from_value(stage.model).unwrap());
            assert_eq!(plain(read), expected, "{}", test.name);
            if let Ok(printed) = print(&expected, Sources::Hidden) {
                assert_eq!(plain(model(&printed).unwrap()), expected, "{}", test.name);
            }
            compared += 1;
        }
    }
    assert!(compared >= 164, "{compared}");
}

#[test]
fn the_same_texts_are_refused_at_the_same_place() {
    let Some(cases) = shared(CASES) else { return };
    let (mut good, mut bad) = (0, 0);
    for case in read_yaml::<Vec<Case>>(&cases.join("dsl-syntax-validation-cases.yaml")) {
        let expected = case.expected_errors.unwrap_or_default();
        match (parse(&case.dsl), expected.first()) {
            (Ok(_), None) => good += 1,
            (Err(errors), Some(first)) => {
                let at = errors.iter().next().unwrap().at;
                assert!(same_place(&case.dsl, first, at), "{}: {} but {errors}", case.name, first.msg);
                bad += 1;
            }
            (Ok(_), Some(first)) => panic!("{}: read, but {}", case.name, first.msg),
            (Err(errors), None) => panic!("{}: {errors}", case.name),
        }
    }
    assert!(good >= 30 && bad >= 30, "{good} read, {bad} refused");
}

/// What a server takes, although a model is better without it: the language's own tools warn of it.
const WARNINGS: [&str; 2] = ["duplicated-error", "condition-not-used"];

#[test]
fn what_means_nothing_is_refused_at_the_same_place() {
    let Some(cases) = shared(CASES) else { return };
    let (mut good, mut bad, mut elsewhere) = (0, 0, Vec::new());
    for case in read_yaml::<Vec<Case>>(&cases.join("dsl-semantic-validation-cases.yaml")) {
        // OpenFGA's tools leave these out: they say what the language is to be one day, not what servers do.
        if case.skip {
            continue;
        }
        let document = parse(&case.dsl).unwrap_or_else(|errors| panic!("{}: {errors}", case.name));
        let is_error = |error: &&ExpectedError| {
            let kind = error.metadata.error_type.as_deref().unwrap_or_default();
            error.msg.starts_with("the type `") || !WARNINGS.contains(&kind)
        };
        let expected: Vec<_> = case.expected_errors.iter().flatten().filter(is_error).collect();
        match TypeSystem::new(document.to_model()) {
            Ok(_) if expected.is_empty() => good += 1,
            Ok(_) => panic!("{}: valid", case.name),
            Err(error) if expected.is_empty() => panic!("{}: {error}", case.name),
            Err(error) => {
                let at = document.place_of(&error);
                let same = expected.iter().any(|expected| same_place(&case.dsl, expected, at));
                if !same && !points_to_the_cause(&error) {
                    elsewhere.push(format!("{}: {at}: {error}", case.name));
                }
                bad += 1;
            }
        }
    }
    assert!(elsewhere.is_empty() && good >= 20 && bad >= 64, "{good} {bad} {elsewhere:#?}");
}

/// Where this points to another place than OpenFGA's tools: to the second type of a name instead of the first, to the restriction that a
/// tupleset may not have instead of the `from` that follows it, and to the name that is missing instead of the whole `x from name`.
fn points_to_the_cause(error: &ModelError) -> bool {
    let is_cause = |problem: &RelationProblem| {
        matches!(problem, RelationProblem::Restriction(_) | RelationProblem::UndefinedRelation(_))
    };
    match error {
        ModelError::DuplicateType(_) => true,
        ModelError::Relation { problem, .. } => is_cause(problem),
        _ => false,
    }
}

#[test]
fn models_without_words_are_the_same() {
    let Some(cases) = shared(CASES) else { return };
    for case in read_yaml::<Vec<Case>>(&cases.join("json-syntax-transformer-validation-cases.yaml")) {
        let model: AuthorizationModel = serde_json::from_str(&case.json).unwrap();
        let printed = print(&model, Sources::Hidden);
        assert_eq!(printed.is_err(), case.error_message.is_some(), "{}: {printed:?}", case.name);
        assert!(!case.valid || printed.is_ok(), "{}", case.name);
    }
}

#[test]
fn modules_are_the_same() {
    let Some(cases) = shared(CASES) else { return };
    let (mut whole, mut wrong) = (0, 0);
    for folder in folders(&cases.join("transformer-module")) {
        let texts: Vec<_> = files(&folder.join("module"))
            .into_iter()
            .map(|file| {
                let name = file.file_name().unwrap().to_str().unwrap().to_owned();
                (name, fs::read_to_string(&file).unwrap())
            })
            .collect();
        if texts.is_empty() {
            let model = plain(read_json(&folder.join("authorization-model.json")));
            let printed = print(&model, Sources::Shown).unwrap();
            assert!(crate::model(&printed).is_ok(), "{}", folder.display());
            continue;
        }
        let modules: Vec<_> = texts.iter().map(|(name, text)| ModuleFile { name, text }).collect();
        let read = parse_modules(&modules, "1.2");
        let errors = folder.join("expected_errors.json");
        if errors.exists() {
            let expected: Vec<ExpectedError> = serde_json::from_str(&fs::read_to_string(errors).unwrap()).unwrap();
            compare_errors(&folder, &texts, &expected, read);
            wrong += 1;
            continue;
        }
        let read = read.unwrap_or_else(|errors| panic!("{}: {errors}", folder.display()));
        assert_eq!(by_name(&read), by_name(&plain(read_json(&folder.join("authorization-model.json")))));
        for (file, sources) in [("combined.fga", Sources::Hidden), ("combined-sourceinfo.fga", Sources::Shown)] {
            let expected = fs::read_to_string(folder.join(file)).unwrap();
            assert_eq!(lines(&print(&read, sources).unwrap()), lines(&expected), "{}", folder.display());
        }
        whole += 1;
    }
    assert!(whole >= 2 && wrong >= 4, "{whole} whole, {wrong} wrong");
}

/// What is wrong with the meaning of a model, which has a type of error, is not found here.
fn compare_errors(
    folder: &Path,
    texts: &[(String, String)],
    expected: &[ExpectedError],
    read: Result<AuthorizationModel, DslErrors>,
) {
    let expected: Vec<_> = expected.iter().filter(|error| error.metadata.error_type.is_none()).collect();
    let found: Vec<_> = read.err().into_iter().flatten().collect();
    assert_eq!(found.len(), expected.len(), "{}: {found:?}", folder.display());
    for expected in expected {
        let (name, text) = texts.iter().find(|(name, _)| *name == expected.file).unwrap();
        let same = found.iter().any(|found| found.file.as_ref() == Some(name) && same_place(text, expected, found.at));
        assert!(same, "{}: {} in {name}: {found:?}", folder.display(), expected.msg);
    }
}

/// OpenFGA points to the space before a token where no space may be; here that token is meant.
fn same_place(text: &str, expected: &ExpectedError, at: Position) -> bool {
    let line = text.split('\n').nth(expected.line.start).unwrap_or_default();
    let space = line.chars().skip(expected.column.start).take_while(|c| *c == ' ').count();
    let columns = expected.column.start + 1..=expected.column.start + 1 + space;
    at.line == expected.line.start + 1 && columns.contains(&at.column)
}

/// A model that says nothing beside its types says the same as one that says so.
fn plain(mut model: AuthorizationModel) -> AuthorizationModel {
    for definition in &mut model.type_definitions {
        definition.metadata = definition.metadata.take().filter(|metadata| *metadata != Default::default());
    }
    model
}

fn by_name(model: &AuthorizationModel) -> AuthorizationModel {
    let mut model = model.clone();
    model.type_definitions.sort_by(|a, b| a.type_name.cmp(&b.type_name));
    model
}

fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

fn folders(path: &Path) -> Vec<std::path::PathBuf> {
    files(path).into_iter().filter(|path| path.is_dir()).collect()
}

fn files(path: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn read_json(path: &Path) -> AuthorizationModel {
    serde_json::from_str(&fs::read_to_string(path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read_yaml<T: DeserializeOwned>(path: &Path) -> T {
    serde_yaml_ng::from_str(&fs::read_to_string(path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
