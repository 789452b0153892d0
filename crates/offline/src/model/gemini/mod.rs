//! Google's Gemini API: the same script, asked and answered in contents and parts.

mod contents;
mod error;
mod reply;
mod request;
mod schema;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

use super::conversation::Conversation;
use super::error::ModelError;
use super::scripted::scripted;
use crate::world::World;
use error::{error_body, status};
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
