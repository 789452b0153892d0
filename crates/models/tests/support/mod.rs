//! What the tests of all APIs share.
#![allow(dead_code, reason = "each of them is a program of its own, and uses its part")]

use deputy_http::{ReadResponse, Response, Secret};
use deputy_models::{FinishReason, ModelApi, ModelConfig, ModelError, ModelEvent, Provided, ToolCall};
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

/// The reader of one API.
pub struct Reader {
    pub api: ModelApi,
    /// What the provider wants back is left out: another test looks at that.
    pub bare: bool,
}

impl Reader {
    /// See [`run`].
    pub fn run<'a>(&self, pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<ModelEvent>, Option<ModelError>) {
        let (events, failure) = run(self.api, pieces);
        (if self.bare { bare(events) } else { events }, failure)
    }

    /// The same with the text of a whole body.
    pub fn whole(&self, text: &str) -> (Vec<ModelEvent>, Option<ModelError>) {
        self.run([text.as_bytes()])
    }

    /// An answer that is not streamed.
    pub fn answer(&self, status: u16, body: &Value) -> Result<Vec<ModelEvent>, ModelError> {
        let response = deputy_http::response(status, body.to_string()).with_header("content-type", "application/json");
        self.answered(&response)
    }

    /// An answer with a content type of its own.
    pub fn answer_as(&self, kind: &str, body: &str) -> Result<Vec<ModelEvent>, ModelError> {
        self.answered(&deputy_http::response(200, body).with_header("content-type", kind))
    }

    fn answered(&self, response: &Response) -> Result<Vec<ModelEvent>, ModelError> {
        answered(self.api, response, &config().with_api(self.api)).map(bare)
    }
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

/// What the provider wants back, call by call.
pub fn provided(events: &[ModelEvent]) -> Vec<Provided> {
    let call = |event: &ModelEvent| if let ModelEvent::ToolCall(call) = event { call.provided.clone() } else { None };
    events.iter().filter_map(call).collect()
}

/// One event of a stream.
pub fn event(value: &Value) -> String {
    format!("data: {value}\n\n")
}

pub fn reasoning(text: &str) -> ModelEvent {
    ModelEvent::Reasoning(text.into())
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
