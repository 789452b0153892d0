//! `POST /stores/{store}/expand`.

use deputy_http::Response;
use serde::{Deserialize, Serialize};

use super::body;
use super::refusal::{INVALID_EXPAND_INPUT, Refusal};
use super::reply::{by_model, ok};
use super::rules::{Broken, Pattern, refused, unless_empty};
use super::storage::Stores;
use super::wire::{Consistency, TupleKeys};
use crate::questions::{ExpandRequest, Limits, UsersetTree, expand as evaluate};

#[derive(Deserialize, Default)]
#[serde(default)]
struct ExpandBody {
    tuple_key: Option<Key>,
    contextual_tuples: TupleKeys,
    authorization_model_id: String,
    #[serde(rename = "consistency")]
    _consistency: Consistency,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Key {
    object: String,
    relation: String,
}

pub(super) fn expand<S: Stores>(stores: &mut S, store: &str, body: &[u8]) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Answer {
        tree: UsersetTree,
    }
    let ExpandBody { tuple_key, contextual_tuples, authorization_model_id, .. } = body::read(body)?;
    let key = tuple_key.ok_or_else(|| refused("ExpandRequest", "TupleKey", Broken::Required))?;
    unless_empty("ExpandRequestTupleKey", "Relation", Pattern::Relation, &key.relation)?;
    unless_empty("ExpandRequestTupleKey", "Object", Pattern::Object, &key.object)?;
    let contextual_tuples = contextual_tuples.contextual()?;
    by_model(stores, store, "ExpandRequest", &authorization_model_id, |stores, system| {
        let Key { object, relation } = key;
        if object.is_empty() || relation.is_empty() {
            let message = "Invalid input. Make sure you provide an object and a relation";
            return Err(Refusal::new(INVALID_EXPAND_INPUT, message));
        }
        let request = ExpandRequest { object, relation, contextual_tuples };
        Ok(ok(&Answer { tree: evaluate(system, stores.tuples(store), &request, &Limits::default())? }))
    })
}
