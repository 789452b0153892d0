//! Language models: request builders and push stream parsers. Pure, no I/O.
//!
//! One model call is `completions_request` → (the caller sends it) → one of:
//!
//! - a status other than 2xx: read the body, [`ModelError::from_response`];
//! - `content-type: application/json`: read the body, [`parse_whole`];
//! - otherwise: [`CompletionsStream::feed`] for every read until [`CompletionsStream::is_over`] or the
//!   end of the body, then [`CompletionsStream::finish`].

mod completions;
mod config;
mod conversation;
mod error;
mod event;
mod provider_error;
mod sse;

pub use completions::{CompletionsStream, completions_request, parse_whole};
pub use config::ModelConfig;
pub use conversation::{ModelMessage, ModelRequest, ToolCall, ToolDefinition};
pub use error::ModelError;
pub use event::{FinishReason, ModelEvent};
pub use provider_error::ProviderCode;
pub use sse::{SseDecoder, SseError, SseEvent};
