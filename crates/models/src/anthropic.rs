//! Anthropic's Messages API.

mod content;
mod request;
mod stream;
mod wire;

pub use request::anthropic_request;
pub(crate) use stream::MessageEvents;
