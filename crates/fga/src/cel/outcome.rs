//! How an evaluation ends.

use thiserror::Error;

use super::value::Value;

/// Why an evaluation ended without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvaluationProblem {
    /// It would have taken more steps than it may.
    #[error("operation cancelled: actual cost limit exceeded")]
    OverBudget,
    /// The values do not allow an answer: a division by zero, a key that is not there.
    #[error("{0}")]
    Value(String),
}

impl EvaluationProblem {
    pub(super) fn value(message: impl Into<String>) -> Self {
        Self::Value(message.into())
    }
}

pub(super) type Evaluated = Result<Value, EvaluationProblem>;

pub(super) fn no_overload(function: &str, value: &Value) -> EvaluationProblem {
    EvaluationProblem::value(format!("no such overload: {function} of {}", value.kind()))
}
