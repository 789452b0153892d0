//! The rows of fine-grained authorization.

use std::collections::BTreeSet;

use deputy_error::Explained;
use deputy_fga::client::{ApiError, ErrorCode, SettingsError, SettingsProblem};
use deputy_fga::dsl::syntax::Position;
use deputy_fga::dsl::{DslError, DslProblem, PrintError};
use deputy_fga::{FgaError, ModelError};
use strum::IntoEnumIterator;

use super::row;

pub(super) fn settings() -> Vec<String> {
    let error = |problem| SettingsError { setting: "NAME", problem };
    once(SettingsProblem::iter().map(error))
}

pub(super) fn service() -> Vec<String> {
    let refused = ErrorCode::iter().map(|code| ApiError::Refused { code, message: String::new() });
    once(ApiError::iter().chain(refused))
}

pub(super) fn texts() -> Vec<String> {
    let at = Position { line: 1, column: 1 };
    let error = |problem| DslError { file: None, at, problem };
    let problems = [
        DslProblem::ConditionOpen,
        DslProblem::DuplicateType { name: "NAME".into() },
        DslProblem::ExtendsNothing { name: "NAME".into() },
    ];
    let mut rows = once(problems.into_iter().map(error));
    let (object_type, relation) = ("TYPE".into(), "RELATION".into());
    rows.extend(once([PrintError::Rewrite { object_type, relation }].into_iter()));
    rows
}

pub(super) fn evaluator() -> Vec<String> {
    let some = || "NAME".to_owned();
    let samples = [
        FgaError::Validation("What does not fit the model or the rules.".to_owned()),
        FgaError::Condition { condition: some(), tuple: "TUPLE".to_owned(), problem: "what failed".to_owned() },
        FgaError::ModelNotFound("ID".to_owned()),
        FgaError::TooComplex,
        FgaError::TooManyTuples,
        FgaError::NothingToWrite,
        FgaError::DuplicateTuple {
            user: "USER".to_owned(),
            relation: "RELATION".to_owned(),
            object: "OBJECT".to_owned(),
        },
        FgaError::WriteFailed("Which tuple to write exists, or which to delete does not.".to_owned()),
        FgaError::AnotherCondition {
            user: "USER".to_owned(),
            relation: "RELATION".to_owned(),
            object: "OBJECT".to_owned(),
        },
        FgaError::NoModel("ID".to_owned()),
        FgaError::TypeNotFound("TYPE".into()),
        FgaError::RelationNotFound { type_name: "TYPE".into(), relation: "RELATION".into() },
        FgaError::InvalidTuple { tuple: "TUPLE".to_owned(), reason: "what is wrong".to_owned() },
        FgaError::TooMany { what: "THINGS", limit: 100 },
        FgaError::InvalidModel(ModelError::Empty),
        FgaError::InvalidContinuationToken,
        FgaError::StoreNotFound("ID".to_owned()),
        FgaError::Store("why".to_owned()),
    ];
    // A new variant does not compile here: it belongs into the list above, too.
    for sample in &samples {
        match sample {
            FgaError::Validation(_)
            | FgaError::Condition { .. }
            | FgaError::ModelNotFound(_)
            | FgaError::TooComplex
            | FgaError::TooManyTuples
            | FgaError::NothingToWrite
            | FgaError::DuplicateTuple { .. }
            | FgaError::WriteFailed(_)
            | FgaError::AnotherCondition { .. }
            | FgaError::NoModel(_)
            | FgaError::TypeNotFound(_)
            | FgaError::RelationNotFound { .. }
            | FgaError::InvalidTuple { .. }
            | FgaError::TooMany { .. }
            | FgaError::InvalidModel(_)
            | FgaError::InvalidContinuationToken
            | FgaError::StoreNotFound(_)
            | FgaError::Store(_) => {}
        }
    }
    once(samples.into_iter())
}

/// A row for each code, the first one that has it.
fn once<E: Explained>(errors: impl Iterator<Item = E>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let rows = errors.filter_map(|error| {
        let explanation = error.explanation();
        seen.insert(explanation.code).then(|| row(&explanation))
    });
    rows.collect()
}
