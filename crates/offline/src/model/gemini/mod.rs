//! Google's Gemini API: the same script, asked and answered in contents and parts.

mod contents;
mod reply;
mod request;
mod schema;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::conversation::Conversation;
use super::error::ModelError;
use super::scripted;
use crate::world::World;
use reply::Form;
use request::GenerateRequest;

/// `POST /v1beta/models/{model}:generateContent` and `…:streamGenerateContent`.
pub async fn generate(
    State(world): State<Arc<World>>,
    Path(call): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = query.unwrap_or_default();
    let parameter = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let (model, method) = call.split_once(':').unwrap_or((&call, ""));
    let form = match (method, parameter("alt")) {
        ("generateContent", _) => Form::Whole,
        (_, Some("sse")) => Form::Events,
        _ => Form::List,
    };
    let key = headers.get("x-goog-api-key").and_then(|value| value.to_str().ok()).or(parameter("key"));
    let answered = async {
        if !matches!(method, "generateContent" | "streamGenerateContent") {
            return Err(ModelError::UnknownUrl(format!("/v1beta/models/{call}")));
        }
        if key.is_none_or(|key| key.trim().is_empty()) {
            return Err(ModelError::NoKey);
        }
        answer(&world, model, form, &body).await
    };
    match answered.await {
        Ok(response) => response,
        Err(error) => {
            let body = error_body(&error);
            // Without `alt=sse` a stream is a list, and so is its only error.
            error.response(status(&error), if form == Form::List { json!([body]) } else { body })
        }
    }
}

async fn answer(world: &World, model: &str, form: Form, body: &[u8]) -> Result<Response, ModelError> {
    let request = GenerateRequest::read(model, body)?;
    let conversation = Conversation::read(&request.chat()?, world.now_ms())?;
    let scripted = scripted(world, &conversation).await?;
    let envelope =
        reply::Envelope { id: scripted.id(""), model: model.to_owned(), prompt_tokens: body.len().div_ceil(4) };
    Ok(match form {
        Form::Events => reply::streamed(&envelope, &scripted.reply),
        Form::Whole | Form::List => reply::whole(&envelope, &scripted.reply, form).await,
    })
}

fn status(error: &ModelError) -> StatusCode {
    if matches!(error, ModelError::NoKey) { StatusCode::FORBIDDEN } else { error.status() }
}

/// `{"error":{code, message, status, details}}`.
fn error_body(error: &ModelError) -> Value {
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

fn invalid(message: impl Into<String>) -> ModelError {
    ModelError::Invalid { message: message.into(), param: None }
}

/// Refuses members that the API does not know, with the words of its JSON reader. `at` is empty for the body itself.
fn only(value: &Value, known: &[&str], at: &str) -> Result<(), ModelError> {
    let unknown = value.as_object().and_then(|members| members.keys().find(|name| !known.contains(&name.as_str())));
    let place = if at.is_empty() { String::new() } else { format!(" at '{at}'") };
    match unknown {
        Some(name) => {
            Err(invalid(format!("Invalid JSON payload received. Unknown name \"{name}\"{place}: Cannot find field.")))
        }
        None => Ok(()),
    }
}
