//! `POST /stores/{store}/check` and `/batch-check`.

use std::collections::BTreeMap;

use deputy_http::Response;
use serde::{Deserialize, Serialize};

use super::body;
use super::refusal::Refusal;
use super::reply::{by_model, ok};
use super::rules::{Broken, Pattern, matching, refused};
use super::storage::Stores;
use super::wire::{AskedKey, Consistency, TupleKeys};
use crate::questions::{BatchCheckItem, CheckRequest, Limits, batch_check, check as evaluate};
use crate::tuple::Context;

#[derive(Deserialize, Default)]
#[serde(default)]
struct CheckBody {
    tuple_key: Option<AskedKey>,
    contextual_tuples: TupleKeys,
    context: Option<Context>,
    authorization_model_id: String,
    #[serde(rename = "consistency")]
    _consistency: Consistency,
}

pub(super) fn check<S: Stores>(stores: &mut S, store: &str, body: &[u8]) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Answer {
        allowed: bool,
        resolution: &'static str,
    }
    let CheckBody { tuple_key, contextual_tuples, context, authorization_model_id, .. } = body::read(body)?;
    let request = question("CheckRequest", tuple_key, contextual_tuples, context)?;
    by_model(stores, store, "CheckRequest", &authorization_model_id, |stores, system| {
        let allowed = evaluate(system, stores.tuples(store), &request, &Limits::default())?;
        Ok(ok(&Answer { allowed, resolution: "" }))
    })
}

fn question(
    message: &str,
    tuple_key: Option<AskedKey>,
    contextual_tuples: TupleKeys,
    context: Option<Context>,
) -> Result<CheckRequest, Refusal> {
    let AskedKey { user, relation, object } = AskedKey::of(tuple_key, message, "CheckRequestTupleKey")?;
    let contextual_tuples = contextual_tuples.contextual()?;
    Ok(CheckRequest { user, relation, object, contextual_tuples, context })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct BatchBody {
    checks: Vec<Item>,
    authorization_model_id: String,
    #[serde(rename = "consistency")]
    _consistency: Consistency,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Item {
    tuple_key: Option<AskedKey>,
    contextual_tuples: TupleKeys,
    context: Option<Context>,
    correlation_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Single {
    Allowed(bool),
    Error(SingleError),
}

#[derive(Serialize)]
struct SingleError {
    #[serde(skip_serializing_if = "Option::is_none")]
    input_error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    internal_error: Option<&'static str>,
    message: String,
}

impl From<Refusal> for SingleError {
    fn from(refusal: Refusal) -> Self {
        let Refusal { name, message, number, .. } = refusal;
        let internal = number >= 4_000;
        Self { input_error: (!internal).then_some(name), internal_error: internal.then_some(name), message }
    }
}

pub(super) fn batch<S: Stores>(stores: &mut S, store: &str, body: &[u8]) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Answer {
        result: BTreeMap<String, Single>,
    }
    let BatchBody { checks, authorization_model_id, .. } = body::read(body)?;
    if checks.is_empty() {
        return Err(refused("BatchCheckRequest", "Checks", Broken::AtLeastOneItem));
    }
    let items = checks
        .into_iter()
        .map(|Item { tuple_key, contextual_tuples, context, correlation_id }| {
            let check = question("BatchCheckItem", tuple_key, contextual_tuples, context)?;
            matching("BatchCheckItem", "CorrelationId", Pattern::CorrelationId, &correlation_id)?;
            Ok(BatchCheckItem { correlation_id, check })
        })
        .collect::<Result<Vec<_>, Refusal>>()?;
    by_model(stores, store, "BatchCheckRequest", &authorization_model_id, |stores, system| {
        let answers = batch_check(system, stores.tuples(store), &items, &Limits::default())?;
        let single = |answer| match answer {
            Ok(allowed) => Single::Allowed(allowed),
            Err(error) => Single::Error(Refusal::from(error).into()),
        };
        Ok(ok(&Answer { result: answers.into_iter().map(|(id, answer)| (id, single(answer))).collect() }))
    })
}
