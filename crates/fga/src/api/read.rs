//! `POST /stores/{store}/read`.

use deputy_http::Response;
use serde::{Deserialize, Serialize};

use super::body;
use super::moment::rfc3339;
use super::page::{Page, number, size};
use super::refusal::{Refusal, VALIDATION_ERROR};
use super::reply::ok;
use super::rules::{Pattern, short, unless_empty};
use super::storage::{ReadFilter, Stores};
use super::wire::{Consistency, WrittenKey};
use crate::tuple::Object;

#[derive(Deserialize, Default)]
#[serde(default)]
struct ReadBody {
    tuple_key: Option<Key>,
    #[serde(deserialize_with = "number")]
    page_size: Option<i64>,
    continuation_token: String,
    #[serde(rename = "consistency")]
    _consistency: Consistency,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Key {
    user: String,
    relation: String,
    object: String,
}

pub(super) fn read<S: Stores>(stores: &S, store: &str, body: &[u8]) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Listed {
        tuples: Vec<Stored>,
        continuation_token: String,
    }
    #[derive(Serialize)]
    struct Stored {
        key: WrittenKey,
        timestamp: String,
    }
    let ReadBody { tuple_key, page_size, continuation_token, .. } = body::read(body)?;
    let filter = tuple_key.map_or(Ok(Some(ReadFilter::default())), |key| filter(&key))?;
    let page = Page::new("ReadRequest", size("ReadRequest", page_size)?, &continuation_token)?;
    let mut found = match filter {
        Some(filter) => stores.read(store, &filter, page.position()?, page.and_one())?,
        None => Vec::new(),
    };
    let continuation_token = page.cut(&mut found, |stored| stored.position.to_string());
    let stored = found
        .iter()
        .map(|stored| Stored { key: WrittenKey::of(&stored.tuple), timestamp: rfc3339(stored.written_at_ms) });
    Ok(ok(&Listed { tuples: stored.collect(), continuation_token }))
}

/// What is asked for; `None` if no tuple can be of it.
fn filter(Key { user, relation, object }: &Key) -> Result<Option<ReadFilter>, Refusal> {
    const MESSAGE: &str = "ReadRequestTupleKey";
    short(MESSAGE, "User", 512, user)?;
    unless_empty(MESSAGE, "User", Pattern::ReadUser, user)?;
    unless_empty(MESSAGE, "Relation", Pattern::Relation, relation)?;
    unless_empty(MESSAGE, "Object", Pattern::Object, object)?;
    let (type_name, id) = object.split_once(':').unwrap_or_default();
    if type_name.is_empty() || (id.is_empty() && user.is_empty()) {
        let message = "the 'tuple_key' field was provided but the object type field is required and both the object id and user cannot be empty";
        return Err(Refusal::new(VALIDATION_ERROR, message));
    }
    let user = match (user.as_str(), user.parse()) {
        ("", _) => None,
        (_, Ok(user)) => Some(user),
        (_, Err(_)) => return Ok(None),
    };
    Ok(Some(ReadFilter {
        type_name: Some(type_name.into()),
        object: (!id.is_empty()).then(|| Object::new(type_name, id)),
        relation: (!relation.is_empty()).then(|| relation.as_str().into()),
        user,
    }))
}
