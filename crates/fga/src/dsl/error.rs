use std::fmt;

use deputy_error::{Explained, Explanation};

use super::syntax::Position;

/// Why a text is no model: everything that was found. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DslErrors(Vec<DslError>);

impl DslErrors {
    /// At least one.
    pub(super) fn all(errors: Vec<DslError>) -> Self {
        Self(errors)
    }

    /// `value`, if there is nothing to complain of.
    pub(super) fn unless<T>(errors: Vec<DslError>, value: T) -> Result<T, Self> {
        if errors.is_empty() { Ok(value) } else { Err(Self(errors)) }
    }

    /// Each, in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, DslError> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a DslErrors {
    type Item = &'a DslError;
    type IntoIter = std::slice::Iter<'a, DslError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for DslErrors {
    type Item = DslError;
    type IntoIter = std::vec::IntoIter<DslError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for DslErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, error) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for DslErrors {}

impl Explained for DslErrors {
    fn explanation(&self) -> Explanation<'_> {
        self.0.first().map_or_else(
            || Explanation::new("fga_dsl_syntax", NO_MODEL, "Check the text of the model."),
            Explained::explanation,
        )
    }
}

/// One thing that is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{at}: {problem}", file.as_ref().map(|file| format!("{file}, ")).unwrap_or_default())]
pub struct DslError {
    /// The file, where the model has several.
    pub file: Option<String>,
    /// Where.
    pub at: Position,
    /// What.
    pub problem: DslProblem,
}

/// What can be wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DslProblem {
    /// Something else has to stand there.
    #[error("here stands {found}, expected {expected}")]
    Unexpected {
        /// What may stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// `a or b and c`: which of them goes first is not said.
    #[error("`{found}` after `{before}`: put one of the two into brackets")]
    MixedOperators {
        /// The operator before.
        before: &'static str,
        /// The one that cannot follow it.
        found: &'static str,
    },
    /// `[user]` at another place than the first.
    #[error("`[…]` may stand only at the beginning of a definition")]
    DirectNotFirst,
    /// Brackets in brackets in brackets …
    #[error("brackets are nested deeper than {limit}")]
    TooDeep {
        /// How deep they may be.
        limit: usize,
    },
    /// A quotation mark, comment or bracket of a condition is not closed.
    #[error("the condition is not closed")]
    ConditionOpen,
    /// Two relations of one name.
    #[error("`{name}` is already defined in `{object_type}`")]
    DuplicateRelation {
        /// The relation.
        name: String,
        /// The type.
        object_type: String,
    },
    /// Two types of one name in the files of a model.
    #[error("the type `{name}` is already defined")]
    DuplicateType {
        /// The type.
        name: String,
    },
    /// Two conditions of one name.
    #[error("the condition `{name}` is already defined")]
    DuplicateCondition {
        /// The condition.
        name: String,
    },
    /// Two parameters of one name.
    #[error("the parameter `{name}` is already defined in the condition `{condition}`")]
    DuplicateParameter {
        /// The parameter.
        name: String,
        /// The condition.
        condition: String,
    },
    /// `extend` in a file that is a whole model.
    #[error("`extend` can only be used in a module")]
    ExtendInModel,
    /// A file extends a type twice.
    #[error("`{name}` is already extended in this file")]
    ExtendedTwice {
        /// The type.
        name: String,
    },
    /// A module extends a type that no module has.
    #[error("the type `{name}` that is extended does not exist")]
    ExtendsNothing {
        /// The type.
        name: String,
    },
    /// A part of a model is given as the whole.
    #[error("this is a module: a part of a model")]
    IsModule,
    /// The whole of a model is given as a part.
    #[error("this is no module")]
    NoModule,
}

const NO_MODEL: &str = "This authorization model cannot be read.";

impl Explained for DslError {
    fn explanation(&self) -> Explanation<'_> {
        let code = match self.problem {
            DslProblem::Unexpected { .. }
            | DslProblem::MixedOperators { .. }
            | DslProblem::DirectNotFirst
            | DslProblem::TooDeep { .. }
            | DslProblem::ConditionOpen => "fga_dsl_syntax",
            DslProblem::DuplicateRelation { .. }
            | DslProblem::DuplicateType { .. }
            | DslProblem::DuplicateCondition { .. }
            | DslProblem::DuplicateParameter { .. } => "fga_dsl_duplicate",
            DslProblem::ExtendInModel
            | DslProblem::ExtendedTwice { .. }
            | DslProblem::ExtendsNothing { .. }
            | DslProblem::IsModule
            | DslProblem::NoModule => "fga_dsl_module",
        };
        Explanation::new(code, NO_MODEL, self.to_string())
    }
}
