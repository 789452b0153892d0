use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// A refused control request.
#[derive(Debug, thiserror::Error)]
#[error("{sentence}")]
pub(crate) struct ControlError {
    status: StatusCode,
    code: &'static str,
    sentence: String,
}

impl ControlError {
    pub(crate) fn new(status: StatusCode, code: &'static str, sentence: impl Into<String>) -> Self {
        Self { status, code, sentence: sentence.into() }
    }

    pub(crate) fn bad_request(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", sentence)
    }

    pub(crate) fn not_found(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", sentence)
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.sentence, "code": self.code }))).into_response()
    }
}

/// A JSON body, whatever its content type: `curl -d` is how people call this.
pub(crate) fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ControlError> {
    serde_json::from_slice(body).map_err(|error| ControlError::bad_request(error.to_string()))
}
