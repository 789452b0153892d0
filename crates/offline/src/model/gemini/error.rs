use axum::http::StatusCode;
use serde_json::{Value, json};

use super::super::error::ModelError;

/// The HTTP status: a missing key is a matter of permission here.
pub fn status(error: &ModelError) -> StatusCode {
    if matches!(error, ModelError::NoKey) { StatusCode::FORBIDDEN } else { error.status() }
}

/// `{"error":{code, message, status, details}}`.
pub fn error_body(error: &ModelError) -> Value {
    let message = match error {
        ModelError::NoKey => {
            "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of \
             API consumer identity to call this API."
                .to_owned()
        }
        other => other.message(),
    };
    let code = status(error).as_u16();
    let name = match code {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "INTERNAL",
    };
    let mut body = json!({"error": {"code": code, "message": message, "status": name}});
    if let ModelError::Scripted { retry_after: Some(seconds), .. } = error {
        let details =
            json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{seconds}s")}]);
        if let Some(members) = body.pointer_mut("/error").and_then(Value::as_object_mut) {
            members.insert("details".to_owned(), details);
        }
    }
    body
}

/// A refusal in the API's words.
pub fn invalid(message: impl Into<String>) -> ModelError {
    ModelError::Invalid { message: message.into(), param: None }
}

/// Refuses members that the API does not know, with the words of its JSON reader. `at` is empty for the body itself.
pub fn only(value: &Value, known: &[&str], at: &str) -> Result<(), ModelError> {
    let unknown = value.as_object().and_then(|members| members.keys().find(|name| !known.contains(&name.as_str())));
    let place = if at.is_empty() { String::new() } else { format!(" at '{at}'") };
    match unknown {
        Some(name) => {
            Err(invalid(format!("Invalid JSON payload received. Unknown name \"{name}\"{place}: Cannot find field.")))
        }
        None => Ok(()),
    }
}
