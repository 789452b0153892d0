//! How the model endpoint refuses, in OpenAI's error shape.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Why a request to the model got no completion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No bearer key, or an empty one.
    #[error("no API key")]
    NoKey,
    /// The body is not what the endpoint accepts.
    #[error("{message}")]
    Invalid {
        /// OpenAI's sentence.
        message: String,
        /// The parameter at fault.
        param: Option<String>,
    },
    /// No such path or method.
    #[error("unknown URL {0}")]
    UnknownUrl(String),
    /// The script says so.
    #[error("scripted: {status} {code}")]
    Scripted {
        /// HTTP status.
        status: u16,
        /// OpenAI's error code.
        code: String,
        /// The sentence.
        message: String,
        /// Seconds for `Retry-After`.
        retry_after: Option<u32>,
    },
}

impl ModelError {
    /// An invalid parameter.
    pub fn invalid(message: impl Into<String>, param: impl Into<String>) -> Self {
        Self::Invalid { message: message.into(), param: Some(param.into()) }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoKey => StatusCode::UNAUTHORIZED,
            Self::Invalid { .. } => StatusCode::BAD_REQUEST,
            Self::UnknownUrl(_) => StatusCode::NOT_FOUND,
            Self::Scripted { status, .. } => StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// The code the script gives; empty for errors of the request.
    pub fn code(&self) -> &str {
        match self {
            Self::Scripted { code, .. } => code,
            Self::NoKey | Self::Invalid { .. } | Self::UnknownUrl(_) => "",
        }
    }

    /// The sentence, for the APIs that have no words of their own for it.
    pub fn message(&self) -> String {
        match self {
            Self::Scripted { message, .. } | Self::Invalid { message, .. } => message.clone(),
            Self::NoKey | Self::UnknownUrl(_) => self.to_string(),
        }
    }

    /// The error with another API's status and body; the script's `Retry-After` goes with every form.
    pub fn response(&self, status: StatusCode, body: Value) -> Response {
        let mut response = (status, Json(body)).into_response();
        if let Self::Scripted { retry_after: Some(seconds), .. } = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
        }
        response
    }

    /// The body: `{"error":{message, type, param, code}}`.
    pub fn body(&self) -> Value {
        let (message, kind, param, code) = match self {
            Self::NoKey => (
                "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth \
                 (i.e. Authorization: Bearer YOUR_KEY). This offline model takes any key.",
                "invalid_request_error",
                None,
                None,
            ),
            Self::Invalid { message, param } => (message.as_str(), "invalid_request_error", param.as_deref(), None),
            Self::UnknownUrl(url) => {
                let message = format!("Invalid URL ({url})");
                return json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}});
            }
            Self::Scripted { status, code, message, .. } => {
                let kind = match status {
                    429 => "requests",
                    500.. => "server_error",
                    _ => "invalid_request_error",
                };
                (message.as_str(), kind, None, Some(code.as_str()))
            }
        };
        json!({"error": {"message": message, "type": kind, "param": param, "code": code}})
    }
}

impl IntoResponse for ModelError {
    fn into_response(self) -> Response {
        self.response(self.status(), self.body())
    }
}
