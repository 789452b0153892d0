use std::collections::HashSet;

use deputy_http::{Request, Response, json};
use serde::Serialize;

use super::connection::Access;
use super::error::ApiError;
use crate::tuple::TupleKey;

/// The most tuples of one call: Auth0 FGA's limit. OpenFGA takes 100.
pub const WRITE_LIMIT: usize = 40;

/// Tuples to write and to delete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// What is to be.
    pub writes: Vec<TupleKey>,
    /// What is no longer to be. A condition makes no difference.
    pub deletes: Vec<TupleKey>,
    /// What to do where it is so already.
    pub already_so: AlreadySo,
}

/// What to do where a tuple to write exists, or one to delete does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AlreadySo {
    /// Nothing of the call is written: [`ErrorCode::WriteFailed`](super::ErrorCode::WriteFailed).
    #[default]
    Refuse,
    /// Go on. A call may then be sent again when it is not known whether it was done.
    Ignore,
}

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

#[derive(Serialize)]
struct PlainKey<'a> {
    user: &'a str,
    relation: &'a str,
    object: &'a str,
}

/// `POST /stores/{id}/write`, of [`WRITE_LIMIT`] tuples each: deletes first. Each call is one transaction, and they are made in this
/// order, each after the one before has succeeded. No call for no change; what stands twice is sent once.
pub fn write_requests(access: &Access<'_>, changes: &Changes) -> Vec<Request> {
    let ignore = (changes.already_so == AlreadySo::Ignore).then_some("ignore");
    let (mut deleted, mut written) = (HashSet::new(), HashSet::new());
    let deletes = changes.deletes.iter().filter(|key| deleted.insert((&key.user, &key.relation, &key.object)));
    let writes = changes.writes.iter().filter(|key| written.insert(json::write(key)));
    let all: Vec<_> = deletes.map(Change::Delete).chain(writes.map(Change::Write)).collect();
    all.chunks(WRITE_LIMIT).map(|changes| request(access, changes, ignore)).collect()
}

enum Change<'a> {
    Delete(&'a TupleKey),
    Write(&'a TupleKey),
}

fn request(access: &Access<'_>, changes: &[Change<'_>], ignore: Option<&'static str>) -> Request {
    let (mut deletes, mut writes) = (Vec::new(), Vec::new());
    for change in changes {
        match change {
            Change::Delete(TupleKey { user, relation, object, .. }) => {
                deletes.push(PlainKey { user, relation, object })
            }
            Change::Write(key) => writes.push(*key),
        }
    }
    let body = WriteBody {
        authorization_model_id: access.model_id(),
        deletes: (!deletes.is_empty()).then_some(Deletes { tuple_keys: deletes, on_missing: ignore }),
        writes: (!writes.is_empty()).then_some(Writes { tuple_keys: writes, on_duplicate: ignore }),
    };
    access.post(access.in_store("write"), &body)
}

/// Success, or why nothing of the call was written; after [`ApiError::Down`] it is not known.
pub fn write_response(response: &Response, now_ms: u64) -> Result<(), ApiError> {
    if response.status().is_success() { Ok(()) } else { Err(ApiError::from_response(response, now_ms)) }
}
