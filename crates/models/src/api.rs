use deputy_http::{Request, Response};

use crate::{
    AnthropicStream, CompletionsStream, GeminiStream, ModelApi, ModelConfig, ModelError, ModelEvent, ModelRequest,
    ResponsesStream, WorkersAiStream, anthropic_request, completions_request, completions_whole, gemini_request,
    responses_request, responses_whole, workers_ai_request,
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

    /// A reader for the answer to one request; `call_prefix` as in [`CompletionsStream::new`].
    pub fn stream(self, config: &ModelConfig, call_prefix: &str) -> ModelStream {
        match self {
            Self::ChatCompletions => ModelStream::ChatCompletions(CompletionsStream::new(config, call_prefix)),
            Self::Responses => ModelStream::Responses(ResponsesStream::new(config, call_prefix)),
            Self::Anthropic => ModelStream::Anthropic(AnthropicStream::new(config, call_prefix)),
            Self::Gemini => ModelStream::Gemini(GeminiStream::new(config, call_prefix)),
            Self::WorkersAi => ModelStream::WorkersAi(WorkersAiStream::new(config, call_prefix)),
        }
    }

    /// Reads an answer whose body is here whole: JSON from a server that does not stream, an event stream, or an
    /// error. `now_ms` places a `Retry-After`.
    pub fn whole(
        self,
        response: &Response,
        config: &ModelConfig,
        call_prefix: &str,
        now_ms: u64,
    ) -> Result<Vec<ModelEvent>, ModelError> {
        match self {
            Self::ChatCompletions => completions_whole(response, config, call_prefix, now_ms),
            Self::Responses => responses_whole(response, config, call_prefix, now_ms),
            Self::Anthropic => AnthropicStream::new(config, call_prefix).whole(response, config, now_ms),
            Self::Gemini => GeminiStream::new(config, call_prefix).whole(response, config, now_ms),
            Self::WorkersAi => WorkersAiStream::new(config, call_prefix).whole(response, config, now_ms),
        }
    }
}

/// Reads the event stream of one answer, of any API.
#[derive(Debug)]
pub enum ModelStream {
    /// Of chat completions.
    ChatCompletions(CompletionsStream),
    /// Of the Responses API.
    Responses(ResponsesStream),
    /// Of Anthropic's.
    Anthropic(AnthropicStream),
    /// Of Google's.
    Gemini(GeminiStream),
    /// Of Workers AI.
    WorkersAi(WorkersAiStream),
}

impl ModelStream {
    /// Reads the next bytes: what they complete, or the failure that came before them.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<ModelEvent>, ModelError> {
        match self {
            Self::ChatCompletions(stream) => stream.feed(bytes),
            Self::Responses(stream) => stream.feed(bytes),
            Self::Anthropic(stream) => stream.feed(bytes),
            Self::Gemini(stream) => stream.feed(bytes),
            Self::WorkersAi(stream) => stream.feed(bytes),
        }
    }

    /// True when the rest of the body does not matter. Stop reading and call [`finish`](Self::finish).
    pub fn is_over(&self) -> bool {
        match self {
            Self::ChatCompletions(stream) => stream.is_over(),
            Self::Responses(stream) => stream.is_over(),
            Self::Anthropic(stream) => stream.is_over(),
            Self::Gemini(stream) => stream.is_over(),
            Self::WorkersAi(stream) => stream.is_over(),
        }
    }

    /// True when the model has said why it stopped: only what the answer cost may still come.
    pub fn has_stopped(&self) -> bool {
        match self {
            Self::ChatCompletions(stream) => stream.has_stopped(),
            Self::Responses(stream) => stream.has_stopped(),
            Self::Anthropic(stream) => stream.has_stopped(),
            Self::Gemini(stream) => stream.has_stopped(),
            Self::WorkersAi(stream) => stream.has_stopped(),
        }
    }

    /// The body has ended: what it held last, also where [`finish`](Self::finish) then says that it failed.
    pub fn end(&mut self) -> Vec<ModelEvent> {
        match self {
            Self::ChatCompletions(stream) => stream.end(),
            Self::Responses(stream) => stream.end(),
            Self::Anthropic(stream) => stream.end(),
            Self::Gemini(stream) => stream.end(),
            Self::WorkersAi(stream) => stream.end(),
        }
    }

    /// The body has ended, or was dropped because [`is_over`](Self::is_over). [`ModelError::EndedEarly`] when the
    /// answer is not complete.
    pub fn finish(self) -> Result<Vec<ModelEvent>, ModelError> {
        match self {
            Self::ChatCompletions(stream) => stream.finish(),
            Self::Responses(stream) => stream.finish(),
            Self::Anthropic(stream) => stream.finish(),
            Self::Gemini(stream) => stream.finish(),
            Self::WorkersAi(stream) => stream.finish(),
        }
    }
}
