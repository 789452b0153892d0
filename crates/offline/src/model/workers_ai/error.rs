use axum::http::StatusCode;
use serde_json::{Value, json};

use super::super::error::ModelError;

/// The HTTP status.
pub fn status(error: &ModelError) -> StatusCode {
    // No such model is no wrong address: one method runs them all.
    if matches!(error, ModelError::UnknownUrl(_)) { StatusCode::BAD_REQUEST } else { error.status() }
}

/// `{"errors":[{code, message}],"success":false,…}`; the binding throws an `Error` whose message is `{code}: {message}`.
pub fn error_body(error: &ModelError) -> Value {
    let (code, message) = match error {
        ModelError::NoKey => (10_000, "Authentication error".to_owned()),
        ModelError::UnknownUrl(model) => (5007, format!("No such model {model} or task")),
        ModelError::Invalid { message, .. } => (5006, format!("AiError: Bad input: Error: {message}")),
        ModelError::Scripted { status: 429, message, .. } => (3021, format!("rate limiting: {message}")),
        ModelError::Scripted { status: 503 | 529, .. } => {
            (3040, "Capacity temporarily exceeded, please try again.".to_owned())
        }
        ModelError::Scripted { message, .. } => (1031, message.clone()),
    };
    json!({"result": {}, "success": false, "errors": [{"code": code, "message": message}], "messages": []})
}
