//! Anthropic's Messages API: the same script, asked and answered in blocks.

mod blocks;
mod error;
mod reply;
mod request;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::conversation::Conversation;
use super::error::ModelError;
use super::scripted::scripted;
use crate::world::World;
use error::{error_body, invalid};
use request::MessagesRequest;

/// `POST /v1/messages`.
pub async fn messages(State(world): State<Arc<World>>, headers: HeaderMap, body: Bytes) -> Response {
    match answer(&world, &headers, &body).await {
        Ok(response) => response,
        Err(error) => error.response(error.status(), error_body(&error)),
    }
}

async fn answer(world: &World, headers: &HeaderMap, body: &[u8]) -> Result<Response, ModelError> {
    check_headers(headers)?;
    let request = MessagesRequest::read(body)?;
    let conversation = Conversation::read(&request.chat()?, world.now_ms())?;
    let scripted = scripted(world, &conversation).await?;
    let envelope =
        reply::Envelope { id: scripted.id("msg_"), model: request.model.clone(), input_tokens: body.len().div_ceil(4) };
    Ok(if request.stream {
        reply::streamed(&envelope, &scripted.reply)
    } else {
        reply::whole(&envelope, &scripted.reply).await
    })
}

/// Any key will do; the version of the API has to be named.
fn check_headers(headers: &HeaderMap) -> Result<(), ModelError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    if text("x-api-key").is_empty() {
        return Err(ModelError::NoKey);
    }
    match text("anthropic-version") {
        "2023-06-01" | "2023-01-01" => Ok(()),
        "" => Err(invalid("anthropic-version: header is required")),
        other => Err(invalid(format!("anthropic-version: \"{other}\" is not a valid version"))),
    }
}
