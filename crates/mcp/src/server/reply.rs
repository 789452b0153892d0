//! Answers of the endpoint that are one JSON object, or nothing.

use deputy_http::{ReadResponse as _, Response, response};

use super::fault::Fault;
use crate::protocol::{Id, Message, Response as RpcResponse, Revision, RpcError, code};

/// A message as the whole answer.
pub fn message(status: u16, message: &Message) -> Response {
    response(status, deputy_http::json::write(message)).with_header("content-type", "application/json")
}

/// An error as the whole answer; with the id of the request, if there was one.
pub fn error(status: u16, id: Option<Id>, error: RpcError) -> Response {
    message(status, &RpcResponse { id, outcome: Err(error) }.into())
}

/// A fault as the whole answer.
pub fn fault(id: Option<Id>, fault: &Fault, revision: Revision) -> Response {
    let answer = error(fault.status(revision), id, fault.to_error(revision));
    match fault {
        Fault::Forbidden { challenge } => answer.with_header("www-authenticate", challenge),
        _ => answer,
    }
}

/// A request that is none, for a reason in words.
pub fn refused(status: u16, problem: &str) -> Response {
    error(status, None, RpcError::new(code::INVALID_REQUEST, problem))
}

/// 202
pub fn accepted() -> Response {
    response(202, "")
}

/// 404: the client begins a new session.
pub fn no_session() -> Response {
    refused(404, "There is no such session (any more): begin a new one.")
}

/// 405
pub fn method_not_allowed(allowed: &str) -> Response {
    refused(405, "This address does not answer that method.").with_header("allow", allowed)
}
