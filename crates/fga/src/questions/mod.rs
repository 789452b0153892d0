//! The questions: check, batch check, list objects, list users, expand.

mod any;
mod batch_check;
mod candidates;
mod check;
mod expand;
mod list_objects;
mod list_users;
mod resolve;
mod user_set;

pub use batch_check::{BatchCheckItem, batch_check};
pub use check::{CheckRequest, check};
pub use expand::{Computed, ExpandRequest, Leaf, Node, NodeValue, UsersetTree, expand};
pub use list_objects::{ListObjectsRequest, list_objects};
pub use list_users::{ListUsersRequest, UserFilter, list_users};

use crate::cel::DEFAULT_BUDGET;
use crate::error::FgaError;
use crate::system::{TupleError, TypeSystem};
use crate::tuple::{Tuple, TupleKey};

/// How far a question may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many tuples may be followed one after the other.
    pub depth: usize,
    /// How deep relations may be nested in each other while one is followed: it bounds the stack.
    pub levels: usize,
    /// How many tuples may be read in all.
    pub tuples: u64,
    /// The most entries of a list.
    pub results: usize,
    /// Steps for one evaluation of a condition.
    pub condition_budget: u64,
    /// The most contextual tuples of one question.
    pub contextual_tuples: usize,
    /// The most checks of a batch.
    pub batch: usize,
}

impl Default for Limits {
    /// OpenFGA's, where it has them.
    fn default() -> Self {
        Self {
            depth: 25,
            levels: 500,
            tuples: 500_000,
            results: 1_000,
            condition_budget: DEFAULT_BUDGET,
            contextual_tuples: 100,
            batch: 50,
        }
    }
}

/// A list, and whether something is missing from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// What was found.
    pub items: Vec<T>,
    /// Why the list may have more than this.
    pub cut_off: Option<CutOff>,
}

/// The limit that a list ended at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutOff {
    /// As many entries as a list may have.
    Results,
    /// As many tuples were read as one question may read.
    Tuples,
}

/// How a list names a contextual tuple that cannot be: one with a wrong condition otherwise than one that is wrong itself.
fn contextual_for_list(system: &TypeSystem, keys: &[TupleKey], limits: &Limits) -> Result<Vec<Tuple>, FgaError> {
    few_enough(keys, limits)?;
    keys.iter()
        .map(|key| {
            system.read_tuple(key).map_err(|problem| match problem {
                TupleError::Parts(reason) => FgaError::InvalidTuple { tuple: text(key), reason },
                TupleError::Condition(reason) => {
                    FgaError::Validation(format!("Invalid tuple '{}'. Reason: {reason}", text(key)))
                }
            })
        })
        .collect()
}

/// How a check does: all the same.
fn contextual_for_check(system: &TypeSystem, keys: &[TupleKey], limits: &Limits) -> Result<Vec<Tuple>, FgaError> {
    few_enough(keys, limits)?;
    keys.iter()
        .map(|key| {
            system
                .read_tuple(key)
                .map_err(|problem| FgaError::InvalidTuple { tuple: text(key), reason: problem.to_string() })
        })
        .collect()
}

fn few_enough(keys: &[TupleKey], limits: &Limits) -> Result<(), FgaError> {
    if keys.len() > limits.contextual_tuples {
        return Err(FgaError::Validation(format!(
            "there are more than {} contextual tuples",
            limits.contextual_tuples
        )));
    }
    Ok(())
}

fn text(key: &TupleKey) -> String {
    let condition = key.condition.as_ref().map(|condition| format!(" (condition {})", condition.name));
    format!("{}#{}@{}{}", key.object, key.relation, key.user, condition.unwrap_or_default())
}
