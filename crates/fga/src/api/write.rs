//! `POST /stores/{store}/write`.

use deputy_http::Response;
use serde::Deserialize;
use serde_json::Map;

use super::body;
use super::moment::Moment;
use super::refusal::{Refusal, VALIDATION_ERROR};
use super::reply::{by_model, ok};
use super::rules::{Broken, refused};
use super::storage::Stores;
use super::wire::tuple_key;
use crate::tuple::TupleKey;
use crate::write::{OnConflict, WriteRequest, plan};

#[derive(Deserialize, Default)]
#[serde(default)]
struct WriteBody {
    writes: Option<Writes>,
    deletes: Option<Deletes>,
    authorization_model_id: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Writes {
    tuple_keys: Vec<TupleKey>,
    on_duplicate: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Deletes {
    tuple_keys: Vec<PlainKey>,
    on_missing: String,
}

/// A condition beside it is a member that is not known.
#[derive(Deserialize, Default)]
#[serde(default)]
struct PlainKey {
    user: String,
    relation: String,
    object: String,
}

impl From<PlainKey> for TupleKey {
    fn from(PlainKey { user, relation, object }: PlainKey) -> Self {
        Self::new(user, relation, object)
    }
}

pub(super) fn write<S: Stores>(stores: &mut S, store: &str, body: &[u8], moment: Moment) -> Result<Response, Refusal> {
    let WriteBody { writes, deletes, authorization_model_id } = body::read(body)?;
    let writes = writes.map(|Writes { tuple_keys, on_duplicate }| (tuple_keys, on_duplicate));
    let plain = |Deletes { tuple_keys, on_missing }| (plain_keys(tuple_keys), on_missing);
    let (writes, on_duplicate) = keys("WriteRequestWrites", "TupleKey", writes)?;
    let (deletes, on_missing) = keys("WriteRequestDeletes", "TupleKeyWithoutCondition", deletes.map(plain))?;
    by_model(stores, store, "WriteRequest", &authorization_model_id, |stores, system| {
        let request = WriteRequest {
            writes,
            on_duplicate: option("on_duplicate", &on_duplicate)?,
            deletes,
            on_missing: option("on_missing", &on_missing)?,
        };
        let plan = plan(system, stores.tuples(store), &request)?;
        stores.apply(store, plan, moment.now_ms)?;
        Ok(ok(&Map::new()))
    })
}

fn plain_keys(keys: Vec<PlainKey>) -> Vec<TupleKey> {
    keys.into_iter().map(TupleKey::from).collect()
}

/// Where there is a list, it is not empty.
fn keys(
    message: &str,
    of_key: &str,
    given: Option<(Vec<TupleKey>, String)>,
) -> Result<(Vec<TupleKey>, String), Refusal> {
    let Some((keys, option)) = given else { return Ok(Default::default()) };
    if keys.is_empty() {
        return Err(refused(message, "TupleKeys", Broken::AtLeastOneItem));
    }
    keys.iter().try_for_each(|key| tuple_key(of_key, key))?;
    Ok((keys, option))
}

fn option(name: &str, value: &str) -> Result<OnConflict, Refusal> {
    match value {
        "" | "error" => Ok(OnConflict::Error),
        "ignore" => Ok(OnConflict::Ignore),
        other => Err(Refusal::new(VALIDATION_ERROR, format!("invalid {name} option: {other}"))),
    }
}
