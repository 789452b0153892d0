//! The scripted language model: endpoints of the APIs that Deputy speaks, whose answers are rules in a data file. It sees nothing
//! but the request, and says that it is a script when asked.

mod answer;
mod anthropic;
mod cited;
mod conversation;
mod dates;
mod embeddings;
mod error;
mod gemini;
mod key;
mod responses;
mod responses_request;
mod script;
mod scripted;
mod state;
mod stream;
mod template;
mod workers_ai;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::world::World;
use conversation::{ChatRequest, Conversation};
use error::ModelError;
use key::check_key;
use responses_request::ResponsesRequest;
pub use script::RulesError;
use scripted::scripted;
pub use state::ModelState;
use stream::Envelope;

/// Tries further rules (a list, or a script as `data/README.md` describes it) before the present ones;
/// `{"replace": true, …}` drops those.
///
/// # Errors
/// [`RulesError`] names the rule at fault; the present script stays.
pub fn set_rules(world: &World, rules: &Value) -> Result<(), RulesError> {
    let model = world.model();
    model.put(model.script().with(rules)?);
    Ok(())
}

/// The endpoints: chat completions, Responses, embeddings and the list of models (OpenAI), Messages (Anthropic), `generateContent` (Gemini) and
/// `ai/run` (Workers AI).
pub fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(complete))
        .route("/v1/responses", post(respond))
        .route("/v1/embeddings", post(embeddings::embed))
        .route("/v1/models", get(models))
        .route("/v1/messages", post(anthropic::messages))
        .route("/v1beta/models/{call}", post(gemini::generate))
        .route("/client/v4/accounts/{account}/ai/run/{*model}", post(workers_ai::run))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .with_state(world)
}

async fn complete(State(world): State<Arc<World>>, headers: HeaderMap, body: Bytes) -> Response {
    match read(&headers, &body, world.now_ms()) {
        Ok((request, conversation)) => answer(&world, &request, &conversation, body.len()).await,
        Err(error) => error.into_response(),
    }
}

fn read(headers: &HeaderMap, body: &[u8], now_ms: u64) -> Result<(ChatRequest, Conversation), ModelError> {
    check_key(headers)?;
    let request = serde_json::from_slice::<ChatRequest>(body).map_err(|why| ModelError::Invalid {
        message: format!("We could not parse the JSON body of your request: {why}"),
        param: None,
    })?;
    let conversation = Conversation::read(&request, now_ms)?;
    Ok((request, conversation))
}

async fn answer(world: &World, request: &ChatRequest, conversation: &Conversation, size: usize) -> Response {
    let scripted = match scripted(world, conversation).await {
        Ok(scripted) => scripted,
        Err(error) => return error.into_response(),
    };
    let envelope = Envelope {
        id: scripted.id("chatcmpl-"),
        created: scripted.created_ms / 1000,
        model: request.model.clone().unwrap_or_default(),
        prompt_tokens: size.div_ceil(4),
        include_usage: request.stream_options.as_ref().is_some_and(|options| options.include_usage),
    };
    let reply = &scripted.reply;
    if request.stream { stream::streamed(&envelope, reply) } else { stream::whole(&envelope, reply).await }
}

async fn respond(State(world): State<Arc<World>>, headers: HeaderMap, body: Bytes) -> Response {
    let read = || {
        check_key(&headers)?;
        let request = serde_json::from_slice::<ResponsesRequest>(&body).map_err(|why| ModelError::Invalid {
            message: format!("We could not parse the JSON body of your request: {why}"),
            param: None,
        })?;
        let chat = request.as_chat()?;
        let conversation = Conversation::read(&chat, world.now_ms())?;
        Ok::<_, ModelError>((request, conversation))
    };
    let (request, conversation) = match read() {
        Ok(read) => read,
        Err(error) => return error.into_response(),
    };
    let scripted = match scripted(&world, &conversation).await {
        Ok(scripted) => scripted,
        Err(error) => return error.into_response(),
    };
    let envelope = Envelope {
        id: scripted.id("resp_"),
        created: scripted.created_ms / 1000,
        model: request.model.clone().unwrap_or_default(),
        prompt_tokens: body.len().div_ceil(4),
        include_usage: true,
    };
    let reply = &scripted.reply;
    if request.stream { responses::streamed(&envelope, reply) } else { responses::whole(&envelope, reply).await }
}

async fn models(headers: HeaderMap) -> Response {
    let model = json!({"id": "scripted", "object": "model", "created": 1_735_689_600, "owned_by": "deputy-offline"});
    match check_key(&headers) {
        Ok(()) => Json(json!({"object": "list", "data": [model]})).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn unknown(method: Method, uri: Uri) -> Response {
    ModelError::UnknownUrl(format!("{method} {}", uri.path())).into_response()
}
