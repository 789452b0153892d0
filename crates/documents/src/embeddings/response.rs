use base64ct::{Base64Unpadded, Encoding as _};
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
    embedding: Numbers,
}

/// Many servers give numbers, whatever was asked for.
#[derive(Deserialize)]
#[serde(untagged)]
enum Numbers {
    List(Vec<f32>),
    /// Little-endian `f32`, one after the other.
    Base64(String),
}

impl Numbers {
    fn read(self) -> Option<Vec<f32>> {
        let text = match self {
            Self::List(numbers) => return Some(numbers),
            Self::Base64(text) => text,
        };
        let bytes = Base64Unpadded::decode_vec(text.trim_end_matches('=')).ok()?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        rest.is_empty().then(|| numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
    }
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
    if data.len() != asked {
        return Err(EmbeddingsError::Malformed);
    }
    let numbers: Option<Vec<_>> = data.into_iter().map(|one| one.embedding.read()).collect();
    let numbers = numbers.ok_or(EmbeddingsError::Malformed)?;
    let dimensions = numbers.first().map_or(0, Vec::len);
    if numbers.iter().any(|one| one.len() != dimensions) {
        return Err(EmbeddingsError::Malformed);
    }
    numbers.iter().map(|one| Vector::new(one).ok_or(EmbeddingsError::Malformed)).collect()
}
