//! Refusals of the OAuth endpoints (RFC 6749 5.2, as Auth0 words them).

use axum::{
    Json,
    http::{StatusCode, header::CACHE_CONTROL, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

/// A refusal with its status and OAuth error code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {description}")]
pub struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: String,
    extra: Map<String, Value>,
    headers: Vec<(&'static str, String)>,
}

impl OAuthError {
    /// Any refusal.
    #[must_use]
    pub fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self { status, error, description: description.into(), extra: Map::new(), headers: Vec::new() }
    }

    /// 400 `invalid_request`.
    #[must_use]
    pub fn invalid_request(description: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// 401 `invalid_client`.
    #[must_use]
    pub fn invalid_client() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", "Client authentication failed.")
    }

    /// 403 `invalid_grant`: Auth0 answers 403 where RFC 6749 says 400.
    #[must_use]
    pub fn invalid_grant(description: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "invalid_grant", description)
    }

    /// 403 `unauthorized_client`.
    #[must_use]
    pub fn unauthorized_client(description: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "unauthorized_client", description)
    }

    /// 403 `access_denied`.
    #[must_use]
    pub fn access_denied(description: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "access_denied", description)
    }

    /// 500, when the system has no randomness for keys.
    #[must_use]
    pub fn server_error() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "The tenant has no signing key.")
    }

    /// Adds a member to the body.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same refusal as a 400, for endpoints whose every refusal is one.
    #[must_use]
    pub fn as_bad_request(mut self) -> Self {
        self.status = StatusCode::BAD_REQUEST;
        self
    }

    /// The OAuth error code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.error
    }

    /// The sentence for the developer.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let mut body = Map::new();
        body.insert("error".to_owned(), self.error.into());
        body.insert("error_description".to_owned(), self.description.into());
        body.extend(self.extra);
        let mut response = (self.status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED && self.error == "invalid_client" {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, axum::http::HeaderValue::from_static("Basic realm=\"offline tenant\""));
        }
        for (name, value) in self.headers {
            if let Ok(value) = axum::http::HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
