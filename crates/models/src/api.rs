use deputy_http::{Request, Response};
use serde_json::Value;

use crate::answer::{EventReader, ModelStream};
use crate::{
    ModelApi, ModelConfig, ModelError, ModelRequest, anthropic, anthropic_request, completions, completions_request,
    gemini, gemini_request, responses, responses_request, workers_ai, workers_ai_request,
};

/// How each API is spoken: the one place where a caller tells them apart.
impl ModelApi {
    /// The request of one step, answered by an event stream. What no provider takes is mended first
    /// ([`ModelRequest::acceptable`]): a builder writes what it is given.
    pub fn request(self, config: &ModelConfig, request: &ModelRequest) -> Request {
        let request = &request.acceptable(config);
        match self {
            Self::ChatCompletions => completions_request(config, request),
            Self::Responses => responses_request(config, request),
            Self::Anthropic => anthropic_request(config, request),
            Self::Gemini => gemini_request(config, request),
            Self::WorkersAi => workers_ai_request(config, request),
        }
    }

    /// A reader for the answer to one request. Calls to which the provider gives no id, or one twice, get
    /// `{call_prefix}_{position}`: the prefix must differ from step to step; at most 32 characters suit every provider.
    pub fn stream(self, config: &ModelConfig, call_prefix: &str) -> ModelStream {
        let reader: Box<dyn EventReader> = match self {
            Self::ChatCompletions => Box::new(completions::Chunks),
            Self::Responses => Box::<responses::ResponseEvents>::default(),
            Self::Anthropic => Box::<anthropic::MessageEvents>::default(),
            Self::Gemini => Box::<gemini::Chunks>::default(),
            Self::WorkersAi => Box::new(workers_ai::Outputs),
        };
        ModelStream::new(reader, config, call_prefix)
    }

    /// What an answer whose status is not 2xx means. `now_ms` places a `Retry-After`.
    pub fn refusal(self, response: &Response, config: &ModelConfig, now_ms: u64) -> ModelError {
        let own = match self {
            Self::WorkersAi => serde_json::from_slice::<Value>(response.body())
                .ok()
                .and_then(|body| workers_ai::of_errors(body.get("errors")?, &config.model)),
            Self::ChatCompletions | Self::Responses | Self::Anthropic | Self::Gemini => None,
        };
        own.unwrap_or_else(|| ModelError::from_response(response, config, now_ms))
    }
}
