//! Refusals of the Management API: `{statusCode, error, message, errorCode?}`.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {message}")]
pub(crate) struct ManagementError {
    status: StatusCode,
    message: String,
    code: &'static str,
}

impl ManagementError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), code }
    }

    /// 400 for a body that does not fit the schema.
    pub(crate) fn body(what: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_body", format!("Payload validation error: '{what}'."))
    }

    /// 400 for a query that does not fit the schema.
    pub(crate) fn query(what: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_query_string", format!("Query validation error: '{what}'."))
    }

    /// 400 that names a rule beyond the schema.
    pub(crate) fn rule(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_body", message)
    }

    /// 401.
    pub(crate) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "", message)
    }

    /// 403 that names the scopes, any of which would do.
    pub(crate) fn scope(any_of: &[&str]) -> Self {
        let message = format!("Insufficient scope, expected any of: {}", any_of.join(","));
        Self::new(StatusCode::FORBIDDEN, "insufficient_scope", message)
    }

    /// 404.
    pub(crate) fn missing(code: &'static str, message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 409.
    pub(crate) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 429.
    pub(crate) fn too_many() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Global limit has been reached")
    }
}

impl IntoResponse for ManagementError {
    fn into_response(self) -> Response {
        let mut body = Map::new();
        body.insert("statusCode".to_owned(), self.status.as_u16().into());
        body.insert("error".to_owned(), self.status.canonical_reason().unwrap_or("Error").into());
        body.insert("message".to_owned(), self.message.into());
        if !self.code.is_empty() {
            body.insert("errorCode".to_owned(), self.code.into());
        }
        let mut response = (self.status, Json(Value::Object(body))).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
