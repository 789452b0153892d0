use deputy_http::{Response, json};
use serde::Deserialize;

use super::error::EmbeddingsError;
use super::vector::Vector;

#[derive(Deserialize)]
struct Body {
    data: Vec<Embedding>,
}

#[derive(Deserialize)]
struct Embedding {
    index: Option<usize>,
    embedding: Vec<f32>,
}

/// The vectors of the texts that were asked for, in their order. `now_ms` places a `Retry-After`.
///
/// Errors: the provider's refusal; and an answer that is not one vector for each of `asked` texts, all of one length, of numbers.
pub fn embeddings_response(response: &Response, asked: usize, now_ms: u64) -> Result<Vec<Vector>, EmbeddingsError> {
    if !response.status().is_success() {
        return Err(EmbeddingsError::from_response(response, now_ms));
    }
    let Body { mut data } = json::read(response.body()).map_err(|_| EmbeddingsError::Malformed)?;
    // Not every server says which is which; those that do may answer in another order.
    if data.iter().all(|one| one.index.is_some()) {
        data.sort_by_key(|one| one.index);
        if data.iter().enumerate().any(|(place, one)| one.index != Some(place)) {
            return Err(EmbeddingsError::Malformed);
        }
    }
    let dimensions = data.first().map_or(0, |one| one.embedding.len());
    if data.len() != asked || data.iter().any(|one| one.embedding.len() != dimensions) {
        return Err(EmbeddingsError::Malformed);
    }
    data.iter().map(|one| Vector::new(&one.embedding).ok_or(EmbeddingsError::Malformed)).collect()
}
