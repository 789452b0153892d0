//! Workers AI behind its HTTP API, which says what the binding says: a stand-in for `env.AI` passes on what is asked and answered.

mod error;
mod reply;
mod request;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;

use super::conversation::Conversation;
use super::error::ModelError;
use super::key::check_key;
use super::scripted::scripted;
use super::stream::{self, Envelope};
use crate::world::World;
use error::{error_body, status};

/// `POST /client/v4/accounts/{account}/ai/run/{model}`.
pub async fn run(
    State(world): State<Arc<World>>,
    Path((_, model)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match answer(&world, &model, &headers, &body).await {
        Ok(response) => response,
        Err(error) => error.response(status(&error), error_body(&error)),
    }
}

async fn answer(world: &World, model: &str, headers: &HeaderMap, body: &[u8]) -> Result<Response, ModelError> {
    check_key(headers)?;
    if !["@cf/", "@hf/"].iter().any(|prefix| model.starts_with(prefix)) {
        return Err(ModelError::UnknownUrl(model.to_owned()));
    }
    let body: Value = serde_json::from_slice(body).map_err(|why| request::invalid(format!("Invalid JSON: {why}")))?;
    let chat = request::read(model, &body)?;
    let conversation = Conversation::read(&chat, world.now_ms())?;
    let scripted = scripted(world, &conversation).await?;
    let envelope = Envelope {
        id: scripted.id("chatcmpl-"),
        created: scripted.created_ms / 1000,
        model: model.to_owned(),
        prompt_tokens: body.to_string().len().div_ceil(4),
        include_usage: true,
    };
    let reply = &scripted.reply;
    Ok(match (chat.stream, is_newer(model)) {
        (true, true) => stream::streamed(&envelope, reply),
        (true, false) => reply::streamed(&envelope, reply),
        (false, newer) => reply::whole(&envelope, reply, newer).await,
    })
}

/// Newer models answer in the form of chat completions, older ones in the platform's own.
fn is_newer(model: &str) -> bool {
    ["gpt-oss", "qwen3", "glm-", "kimi-", "nemotron-3"].iter().any(|name| model.contains(name))
}
