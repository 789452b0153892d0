//! The chat completions API of OpenAI, which most other providers and servers speak too.

mod chunk;
mod request;
mod stream;

pub use request::completions_request;
pub(crate) use stream::Chunks;
