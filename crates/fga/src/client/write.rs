use std::collections::HashSet;

use deputy_http::{Request, Response, json};
use serde::Serialize;

use super::connection::Access;
use super::error::ApiError;
use super::question::PlainKey;
use crate::tuple::TupleKey;
use crate::write::{OnConflict, WriteRequest};

/// The most tuples of one call: Auth0 FGA's limit. OpenFGA takes 100.
pub const WRITE_LIMIT: usize = 40;

#[derive(Serialize)]
struct WriteBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_model_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletes: Option<Deletes<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    writes: Option<Writes<'a>>,
}

#[derive(Serialize)]
struct Writes<'a> {
    tuple_keys: Vec<&'a TupleKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_duplicate: Option<&'static str>,
}

#[derive(Serialize)]
struct Deletes<'a> {
    tuple_keys: Vec<PlainKey<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_missing: Option<&'static str>,
}

/// `POST /stores/{id}/write`, of [`WRITE_LIMIT`] tuples each: deletes first. Each call is one transaction, and they are made in this
/// order, each after the one before has succeeded. No call for no change; what stands twice is sent once.
pub fn write_requests(access: &Access<'_>, changes: &WriteRequest) -> Vec<Request> {
    let (mut deleted, mut written) = (HashSet::new(), HashSet::new());
    let deletes = changes.deletes.iter().filter(|key| deleted.insert((&key.user, &key.relation, &key.object)));
    let writes = changes.writes.iter().filter(|key| written.insert(json::write(key)));
    let all: Vec<_> = deletes.map(Change::Delete).chain(writes.map(Change::Write)).collect();
    all.chunks(WRITE_LIMIT).map(|part| request(access, part, changes)).collect()
}

enum Change<'a> {
    Delete(&'a TupleKey),
    Write(&'a TupleKey),
}

fn request(access: &Access<'_>, part: &[Change<'_>], whole: &WriteRequest) -> Request {
    let ignore = |on_conflict: OnConflict| (on_conflict == OnConflict::Ignore).then_some("ignore");
    let (mut deletes, mut writes) = (Vec::new(), Vec::new());
    for change in part {
        match change {
            Change::Delete(TupleKey { user, relation, object, .. }) => {
                deletes.push(PlainKey { user, relation, object })
            }
            Change::Write(key) => writes.push(*key),
        }
    }
    let body = WriteBody {
        authorization_model_id: access.model_id(),
        deletes: (!deletes.is_empty()).then_some(Deletes { tuple_keys: deletes, on_missing: ignore(whole.on_missing) }),
        writes: (!writes.is_empty()).then_some(Writes { tuple_keys: writes, on_duplicate: ignore(whole.on_duplicate) }),
    };
    access.post(access.in_store("write"), &body)
}

/// Success, or why nothing of the call was written; after [`ApiError::Down`] it is not known.
pub fn write_response(response: &Response, now_ms: u64) -> Result<(), ApiError> {
    if response.status().is_success() { Ok(()) } else { Err(ApiError::from_response(response, now_ms)) }
}
