//! The Responses API of OpenAI, used without its memory: nothing is stored there, every request has the conversation.

mod event;
mod request;
mod stream;

pub use request::responses_request;
pub(crate) use stream::ResponseEvents;
