use serde_json::{Value, json};

use super::super::error::ModelError;

/// `{"type":"error","error":{type, message},"request_id"}`, also the data of an event `error`.
pub fn error_body(error: &ModelError) -> Value {
    let (kind, message) = match error {
        ModelError::NoKey => ("authentication_error", "x-api-key header is required".to_owned()),
        ModelError::Invalid { message, .. } => ("invalid_request_error", message.clone()),
        ModelError::UnknownUrl(_) => ("not_found_error", "Not Found".to_owned()),
        ModelError::Scripted { status, message, .. } => (kind_of(*status), message.clone()),
    };
    json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_offline"})
}

fn kind_of(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 | 529 => "overloaded_error",
        504 => "timeout_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

/// A refusal in the API's words.
pub fn invalid(message: impl Into<String>) -> ModelError {
    ModelError::Invalid { message: message.into(), param: None }
}
