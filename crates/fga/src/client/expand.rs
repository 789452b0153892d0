use deputy_http::{Request, Response};
use serde::{Deserialize, Serialize};

use super::connection::{Access, Consistency, success};
use super::error::ApiError;
use super::question::TupleKeys;
use crate::questions::{ExpandRequest, UsersetTree};

#[derive(Serialize)]
struct ExpandBody<'a> {
    tuple_key: ExpandKey<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contextual_tuples: Option<TupleKeys<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_model_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Consistency::is_default")]
    consistency: Consistency,
}

#[derive(Serialize)]
struct ExpandKey<'a> {
    relation: &'a str,
    object: &'a str,
}

/// `POST /stores/{id}/expand`: "who can see this, and why". One step: usersets and relations are named, and asked for in turn.
pub fn expand_request(access: &Access<'_>, question: &ExpandRequest) -> Request {
    let body = ExpandBody {
        tuple_key: ExpandKey { relation: &question.relation, object: &question.object },
        contextual_tuples: TupleKeys::of(&question.contextual_tuples),
        authorization_model_id: access.model_id(),
        consistency: access.consistency,
    };
    access.post(access.in_store("expand"), &body)
}

/// The answer to [`expand_request`].
pub fn expand_response(response: &Response, now_ms: u64) -> Result<UsersetTree, ApiError> {
    let Answer { tree } = success(response, now_ms)?;
    tree.ok_or(ApiError::Malformed { field: "tree" })
}

#[derive(Deserialize)]
struct Answer {
    tree: Option<UsersetTree>,
}
