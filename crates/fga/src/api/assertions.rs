//! `/stores/{store}/assertions/{model}`.

use deputy_http::{Response, json};
use serde::{Deserialize, Serialize};

use super::body;
use super::refusal::{EXCEEDED_ENTITY_LIMIT, Refusal, VALIDATION_ERROR};
use super::reply::{by_model, no_content, ok};
use super::rules::{Broken, Pattern, at_most, matching, refused};
use super::storage::Stores;
use super::wire::{Assertion, tuple_key};
use crate::system::TypeSystem;

/// The most assertions of a model.
const MAX_ASSERTIONS: usize = 100;
/// The most contextual tuples of an assertion.
const MAX_CONTEXTUAL_TUPLES: usize = 20;
/// The most bytes of all assertions of a model as JSON. OpenFGA counts its own encoding.
const MAX_BYTES: usize = 64_000;

pub(super) fn write<S: Stores>(stores: &mut S, store: &str, model: &str, body: &[u8]) -> Result<Response, Refusal> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Body {
        assertions: Vec<Assertion>,
    }
    const MESSAGE: &str = "WriteAssertionsRequest";
    let Body { assertions } = body::read(body)?;
    matching(MESSAGE, "AuthorizationModelId", Pattern::Id, model)?;
    at_most(MESSAGE, "Assertions", MAX_ASSERTIONS, &assertions)?;
    assertions.iter().try_for_each(fields)?;
    by_model(stores, store, MESSAGE, model, |stores, system| {
        if json::write(&assertions).len() > MAX_BYTES {
            let message = format!("The number of bytes exceeds the allowed limit of {MAX_BYTES}");
            return Err(Refusal::new(EXCEEDED_ENTITY_LIMIT, message));
        }
        assertions.iter().try_for_each(|assertion| fits(system, assertion))?;
        stores.set_assertions(store, model, assertions)?;
        Ok(no_content())
    })
}

pub(super) fn read<S: Stores>(stores: &mut S, store: &str, model: &str) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Answer<'a> {
        authorization_model_id: &'a str,
        assertions: Vec<Assertion>,
    }
    matching("ReadAssertionsRequest", "AuthorizationModelId", Pattern::Id, model)?;
    by_model(stores, store, "ReadAssertionsRequest", model, |stores, _| {
        Ok(ok(&Answer { authorization_model_id: model, assertions: stores.assertions(store, model)? }))
    })
}

fn fields(assertion: &Assertion) -> Result<(), Refusal> {
    let key = assertion.tuple_key.as_ref().ok_or_else(|| refused("Assertion", "TupleKey", Broken::Required))?;
    matching("AssertionTupleKey", "Object", Pattern::Object, &key.object)?;
    matching("AssertionTupleKey", "Relation", Pattern::Relation, &key.relation)?;
    matching("AssertionTupleKey", "User", Pattern::CheckUser, &key.user)?;
    at_most("Assertion", "ContextualTuples", MAX_CONTEXTUAL_TUPLES, &assertion.contextual_tuples)?;
    assertion.contextual_tuples.iter().try_for_each(|key| tuple_key("TupleKey", key))
}

/// The model knows what is asked, and allows the tuples.
fn fits(system: &TypeSystem, assertion: &Assertion) -> Result<(), Refusal> {
    let refused = |problem: String| Refusal::new(VALIDATION_ERROR, problem);
    if let Some(key) = &assertion.tuple_key {
        system.read(&key.user, &key.relation, &key.object).map_err(|problem| refused(problem.to_string()))?;
    }
    for key in &assertion.contextual_tuples {
        system.read_tuple(key).map_err(|problem| {
            let tuple = format!("{}#{}@{}", key.object, key.relation, key.user);
            refused(format!("Invalid tuple '{tuple}'. Reason: {problem}"))
        })?;
    }
    Ok(())
}
