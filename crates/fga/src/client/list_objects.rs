use deputy_http::{Request, Response, json};
use serde::{Deserialize, Serialize};

use super::connection::{Access, Consistency, success};
use super::error::{ApiError, Body};
use super::question::TupleKeys;
use crate::questions::{CutOff, ListObjectsRequest, Listed};
use crate::tuple::{Context, Object};

/// How many objects a server lists at most, unless it was told otherwise.
pub(super) const SERVER_LIMIT: usize = 1000;

#[derive(Serialize)]
struct ListBody<'a> {
    #[serde(rename = "type")]
    type_name: &'a str,
    relation: &'a str,
    user: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contextual_tuples: Option<TupleKeys<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a Context>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_model_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Consistency::is_default")]
    consistency: Consistency,
}

/// `POST /stores/{id}/list-objects`. Auth0 FGA's trial takes ten a minute: where batch checks do, prefer them.
pub fn list_objects_request(access: &Access<'_>, question: &ListObjectsRequest) -> Request {
    request(access, "list-objects", question)
}

/// `POST /stores/{id}/streamed-list-objects`: the same as they are found, without the limit. The answer is read by [`ObjectStream`].
pub fn streamed_list_objects_request(access: &Access<'_>, question: &ListObjectsRequest) -> Request {
    request(access, "streamed-list-objects", question)
}

fn request(access: &Access<'_>, path: &str, question: &ListObjectsRequest) -> Request {
    let body = ListBody {
        type_name: &question.type_name,
        relation: &question.relation,
        user: &question.user,
        contextual_tuples: TupleKeys::of(&question.contextual_tuples),
        context: question.context.as_ref(),
        authorization_model_id: access.model_id(),
        consistency: access.consistency,
    };
    access.post(access.in_store(path), &body)
}

/// The objects, in no order. [`CutOff::Results`] says that there are as many as a server lists at most, so there may be more. (Of a list
/// that was cut off by the server's deadline nobody can tell.)
pub fn list_objects_response(response: &Response, now_ms: u64) -> Result<Listed<Object>, ApiError> {
    let Answer { objects } = success(response, now_ms)?;
    Ok(Listed { cut_off: (objects.len() >= SERVER_LIMIT).then_some(CutOff::Results), items: objects })
}

#[derive(Deserialize)]
struct Answer {
    objects: Vec<Object>,
}

/// Reads a streamed list: lines of JSON, cut anywhere by the network.
#[derive(Debug, Default)]
pub struct ObjectStream {
    rest: Vec<u8>,
}

/// The most bytes of a line: an object has 256 characters.
const LONGEST_LINE: usize = 16 * 1024;

impl ObjectStream {
    /// Takes in what came, and gives the objects that are complete. The status of the answer is read before, as of any other.
    ///
    /// Errors: the service gave up in the middle, or it is not its stream. Then the list is not complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Object>, ApiError> {
        let mut objects = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(part);
            if self.rest.len() > LONGEST_LINE {
                return Err(ApiError::Malformed { field: "result" });
            }
            if part.ends_with(b"\n") {
                objects.extend(read_line(&std::mem::take(&mut self.rest))?);
            }
        }
        Ok(objects)
    }

    /// The stream has ended: the object that no line break followed, if there is one.
    ///
    /// Errors: it broke off within a line.
    pub fn finish(self) -> Result<Option<Object>, ApiError> {
        read_line(&self.rest)
    }
}

/// `{"result":{"object":"document:1"}}` or `{"error":{"code":…,"message":…}}`; nothing for a blank line.
fn read_line(line: &[u8]) -> Result<Option<Object>, ApiError> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    match json::read(line)? {
        Line { error: Some(error), .. } => {
            let unknown = ApiError::Down { status: None, retry_at: None };
            Err(error.code().map_or(unknown, |code| ApiError::refused(code, error.message)))
        }
        Line { result: Some(Found { object }), .. } => Ok(Some(object)),
        Line { .. } => Err(ApiError::Malformed { field: "result" }),
    }
}

#[derive(Deserialize)]
struct Line {
    result: Option<Found>,
    error: Option<Body>,
}

#[derive(Deserialize)]
struct Found {
    object: Object,
}
