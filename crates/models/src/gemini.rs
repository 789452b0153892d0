//! Google's Gemini API (`generateContent`).

mod request;
mod schema;
mod stream;
mod wire;

pub use request::gemini_request;
pub(crate) use stream::Chunks;
