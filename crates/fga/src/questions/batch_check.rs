//! Batch check: several checks, each with its own answer.

use std::collections::BTreeMap;

use super::Limits;
use super::check::{CheckRequest, check};
use crate::error::FgaError;
use crate::store::TupleStore;
use crate::system::TypeSystem;

/// A check and the id its answer goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchCheckItem {
    /// 1 to 36 letters, digits, `_` or `-`; unique in the batch.
    pub correlation_id: String,
    /// The question.
    pub check: CheckRequest,
}

/// The answers by correlation id. One that fails does not fail the others.
pub fn batch_check<S: TupleStore>(
    system: &TypeSystem,
    store: &S,
    items: &[BatchCheckItem],
    limits: &Limits,
) -> Result<BTreeMap<String, Result<bool, FgaError>>, FgaError> {
    if items.is_empty() {
        let message = "batch check requires at least one check to evaluate, no checks were received";
        return Err(FgaError::Validation(message.to_owned()));
    }
    if items.len() > limits.batch {
        let message = format!("batchCheck received {} checks, the maximum allowed is {}", items.len(), limits.batch);
        return Err(FgaError::Validation(message));
    }
    let mut answers = BTreeMap::new();
    for item in items {
        let id = &item.correlation_id;
        if id.is_empty()
            || id.len() > 36
            || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        {
            return Err(FgaError::Validation(format!("'{id}' cannot be a correlation id")));
        }
        if answers.insert(id.clone(), Ok(false)).is_some() {
            return Err(FgaError::Validation(format!("received duplicate correlation id: {id}")));
        }
    }
    // The same question, with all that holds for it only, is asked once.
    let mut asked: Vec<(&CheckRequest, Result<bool, FgaError>)> = Vec::new();
    for item in items {
        let known = asked.iter().find(|(request, _)| **request == item.check).map(|(_, answer)| answer.clone());
        let answer = known.unwrap_or_else(|| {
            let answer = check(system, store, &item.check, limits);
            asked.push((&item.check, answer.clone()));
            answer
        });
        answers.insert(item.correlation_id.clone(), answer);
    }
    Ok(answers)
}
