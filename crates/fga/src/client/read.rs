use deputy_http::{Request, Response};
use serde::{Deserialize, Serialize};

use super::connection::{Access, Consistency, success};
use super::error::ApiError;
use super::page::{Page, next_page};
use crate::tuple::TupleKey;

/// Which tuples: those that have all that is given. Nothing is all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TupleFilter {
    /// `user:anne`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// `viewer`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    /// `document:roadmap`, or `document:` together with a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
}

#[derive(Serialize)]
struct ReadBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    tuple_key: Option<&'a TupleFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_size: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Consistency::is_default")]
    consistency: Consistency,
}

/// `POST /stores/{id}/read`: tuples as they are stored; nothing follows from them here.
pub fn read_request(access: &Access<'_>, filter: &TupleFilter, page: &Page) -> Request {
    let body = ReadBody {
        tuple_key: (*filter != TupleFilter::default()).then_some(filter),
        page_size: page.size(),
        continuation_token: page.token.as_deref(),
        consistency: access.consistency,
    };
    access.post(access.in_store("read"), &body)
}

/// A page of tuples.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TuplePage {
    /// As they are stored.
    pub tuples: Vec<StoredTuple>,
    /// The token of the next page.
    #[serde(default, rename = "continuation_token", deserialize_with = "next_page")]
    pub next: Option<String>,
}

/// A tuple and when it was written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredTuple {
    /// The tuple.
    pub key: TupleKey,
    /// RFC 3339.
    #[serde(default)]
    pub timestamp: String,
}

/// The answer to [`read_request`].
pub fn read_response(response: &Response, now_ms: u64) -> Result<TuplePage, ApiError> {
    success(response, now_ms)
}
