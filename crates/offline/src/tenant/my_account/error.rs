//! Refusals of the My Account API: `{type, status, title, detail, validation_errors?}`.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {detail}")]
pub(crate) struct ApiError {
    status: StatusCode,
    detail: String,
    validation_errors: Vec<Value>,
}

impl ApiError {
    /// Any refusal.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), validation_errors: Vec::new() }
    }

    /// 400 with one entry per wrong field.
    pub(crate) fn validation(errors: &[(String, String)]) -> Self {
        let validation_errors = errors
            .iter()
            .map(|(field, detail)| json!({ "detail": detail, "field": field, "pointer": format!("/{field}"), "source": "body" }))
            .collect();
        Self { status: StatusCode::BAD_REQUEST, detail: "The request is not valid.".to_owned(), validation_errors }
    }

    /// 400.
    pub(crate) fn bad_request(detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let code = self.status.as_u16();
        let mut body = Map::new();
        body.insert("type".to_owned(), format!("https://auth0.com/api-errors#A0E-{code}-0001").into());
        body.insert("status".to_owned(), code.into());
        body.insert("title".to_owned(), self.status.canonical_reason().unwrap_or("Error").into());
        body.insert("detail".to_owned(), self.detail.into());
        if !self.validation_errors.is_empty() {
            body.insert("validation_errors".to_owned(), self.validation_errors.into());
        }
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
