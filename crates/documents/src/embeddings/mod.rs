//! Vectors of texts by an OpenAI-compatible `/embeddings`, as a pair of request and response, and how near they are to each other.

mod error;
mod nearest;
mod request;
mod response;
mod vector;

pub use error::EmbeddingsError;
pub use nearest::nearest;
pub use request::{EmbeddingsConfig, MOST_TEXTS, embeddings_request};
pub use response::embeddings_response;
pub use vector::Vector;
