//! What the tests of both APIs share.

use deputy_http::{Response, Secret};
use deputy_models::{FinishReason, ModelApi, ModelConfig, ModelError, ModelEvent, ToolCall};
use serde_json::Value;

pub fn config() -> ModelConfig {
    ModelConfig::new("http://127.0.0.1/v1", Secret::new("sk-secret"), "gpt-4o")
}

/// Feeds the pieces as a driver does; pieces of text are joined, as a transcript joins them.
pub fn run<'a>(api: ModelApi, pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<ModelEvent>, Option<ModelError>) {
    let mut stream = api.stream(&config(), "call_s1");
    let mut events = Vec::new();
    let mut failure = None;
    for piece in pieces {
        match stream.feed(piece) {
            Ok(more) => more.into_iter().for_each(|event| join(&mut events, event)),
            Err(error) => failure = Some(error),
        }
        if stream.is_over() {
            break;
        }
    }
    stream.end().into_iter().for_each(|event| join(&mut events, event));
    match stream.finish() {
        Ok(more) => more.into_iter().for_each(|event| join(&mut events, event)),
        Err(error) => failure = Some(error),
    }
    (events, failure)
}

/// An answer whose body is here at once, or what its status means.
pub fn answered(api: ModelApi, response: &Response, config: &ModelConfig) -> Result<Vec<ModelEvent>, ModelError> {
    if !response.status().is_success() {
        return Err(api.refusal(response, config, 0));
    }
    let mut stream = api.stream(config, "call_s1");
    let mut events = stream.feed(response.body())?;
    events.extend(stream.end());
    events.extend(stream.finish()?);
    Ok(events)
}

fn join(events: &mut Vec<ModelEvent>, event: ModelEvent) {
    match (events.last_mut(), event) {
        (Some(ModelEvent::Text(text)), ModelEvent::Text(more))
        | (Some(ModelEvent::Reasoning(text)), ModelEvent::Reasoning(more)) => text.push_str(&more),
        (_, event) => events.push(event),
    }
}

/// The same without what the provider wants back: `kinds` looks at that.
pub fn bare(events: Vec<ModelEvent>) -> Vec<ModelEvent> {
    let bare = |event| match event {
        ModelEvent::ToolCall(call) => ModelEvent::ToolCall(ToolCall { provided: None, ..call }),
        other => other,
    };
    events.into_iter().map(bare).collect()
}

pub fn text(text: &str) -> ModelEvent {
    ModelEvent::Text(text.into())
}

pub fn call(id: &str, name: &str, arguments: Value) -> ModelEvent {
    ModelEvent::ToolCall(ToolCall::new(id, name, arguments))
}

pub fn usage(input_tokens: u64, output_tokens: u64) -> ModelEvent {
    ModelEvent::Usage { input_tokens, output_tokens, cached_tokens: 0 }
}

pub fn finished(reason: FinishReason) -> ModelEvent {
    ModelEvent::Finished(reason)
}
