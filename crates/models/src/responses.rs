//! The Responses API of OpenAI, used without its memory: nothing is stored there, every request has the conversation.

mod event;
mod request;
mod stream;
mod whole;

pub use request::responses_request;
pub use stream::ResponsesStream;
pub use whole::responses_whole;
