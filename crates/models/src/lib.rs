//! Language models: request builders and push stream parsers. Pure, no I/O.
//!
//! One model call is [`ModelApi::request`] → (the caller sends it) → one of:
//!
//! - a status other than 2xx: read the body, [`ModelConfig::adapted`] for one more try, else [`ModelApi::refusal`];
//! - otherwise, whatever the content type: [`ModelApi::stream`], [`ModelStream::feed`] for every read until [`ModelStream::is_over`] or the
//!   end of the body, then [`ModelStream::finish`].

mod adapt;
mod answer;
mod anthropic;
mod api;
mod api_name;
mod calls;
mod completions;
mod config;
mod conversation;
mod error;
mod error_dress;
mod event;
mod gemini;
mod history;
mod kept;
mod numbers;
mod profile;
mod provider_code;
mod provider_error;
mod responses;
mod schema;
mod text;
mod too_long;
mod workers_ai;

pub use answer::ModelStream;
pub use anthropic::anthropic_request;
pub use api_name::ModelApi;
pub use completions::completions_request;
pub use config::ModelConfig;
pub use conversation::{ModelMessage, ModelRequest, Provided, ToolCall, ToolDefinition};
pub use deputy_http::{SseDecoder, SseError, SseEvent};
pub use error::ModelError;
pub use event::{FinishReason, ModelEvent};
pub use gemini::gemini_request;
pub use profile::{Profile, ReasoningBack, SchemaDialect, TokenLimit};
pub use provider_code::ProviderCode;
pub use responses::responses_request;
pub use workers_ai::{workers_ai_error, workers_ai_request};
