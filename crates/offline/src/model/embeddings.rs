//! `/v1/embeddings`: hashed words and groups of three characters, so that what is written alike is near. Nothing in it knows what a word
//! means.

use axum::Json;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ModelError;
use super::key::check_key;

/// The models and how many dimensions their vectors have.
const MODELS: [(&str, usize); 2] = [("offline-embedding-small", 256), ("offline-embedding-large", 512)];
/// As OpenAI's API has it.
const MOST_INPUTS: usize = 2_048;
/// What 8,192 tokens come to, at four bytes each.
const LONGEST_INPUT: usize = 32_768;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmbeddingsRequest {
    model: String,
    input: Input,
    #[serde(default)]
    encoding_format: Format,
    dimensions: Option<usize>,
    #[serde(rename = "user")]
    _user: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    One(String),
    Several(Vec<String>),
}

#[derive(Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Float,
    Base64,
}

/// One vector for each input.
pub async fn embed(headers: HeaderMap, body: Bytes) -> Response {
    match check_key(&headers).and_then(|()| answer(&body)) {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => error.into_response(),
    }
}

fn answer(body: &[u8]) -> Result<Value, ModelError> {
    let request: EmbeddingsRequest = serde_json::from_slice(body).map_err(|why| ModelError::Invalid {
        message: format!("We could not parse the JSON body of your request: {why}"),
        param: None,
    })?;
    let EmbeddingsRequest { model, input, encoding_format, dimensions, .. } = request;
    let Some((_, most)) = MODELS.iter().find(|(name, _)| *name == model) else {
        return Err(ModelError::Scripted {
            status: 404,
            code: "model_not_found".to_owned(),
            message: format!("The model `{model}` does not exist or you do not have access to it."),
            retry_after: None,
        });
    };
    let dimensions = dimensions.unwrap_or(*most);
    if !(1..=*most).contains(&dimensions) {
        return Err(ModelError::invalid(format!("This model has 1 to {most} dimensions."), "dimensions"));
    }
    let texts = match input {
        Input::One(text) => vec![text],
        Input::Several(texts) => texts,
    };
    if !(1..=MOST_INPUTS).contains(&texts.len()) || texts.iter().any(String::is_empty) {
        return Err(ModelError::invalid("'$.input' is invalid. Please check the API reference.", "input"));
    }
    if texts.iter().any(|text| text.len() > LONGEST_INPUT) {
        return Err(ModelError::invalid("This model's maximum context length is 8192 tokens.", "input"));
    }
    let data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let vector = vector(text, dimensions);
            let embedding = match encoding_format {
                Format::Float => json!(vector),
                Format::Base64 => {
                    json!(STANDARD.encode(vector.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>()))
                }
            };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    let tokens: usize = texts.iter().map(|text| text.len().div_ceil(4)).sum();
    let usage = json!({"prompt_tokens": tokens, "total_tokens": tokens});
    Ok(json!({"object": "list", "data": data, "model": model, "usage": usage}))
}

/// Each word and each three neighbouring characters of it (with its beginning and end) is one step in one direction; the length is 1.
fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let mut sums = vec![0.0_f32; dimensions];
    let mut step = |feature: &str| {
        let hash = hash(feature);
        // The lowest bit is the sign, the others the direction.
        let place = usize::try_from(hash >> 1).unwrap_or_default().checked_rem(dimensions).unwrap_or_default();
        if let Some(sum) = sums.get_mut(place) {
            *sum += if hash & 1 == 0 { 1.0 } else { -1.0 };
        }
    };
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        step(word);
        let marked: Vec<char> = format!("<{word}>").chars().collect();
        for three in marked.windows(3) {
            step(&three.iter().collect::<String>());
        }
    }
    let length = sums.iter().map(|sum| sum * sum).sum::<f32>().sqrt();
    if length > 0.0 {
        sums.iter_mut().for_each(|sum| *sum /= length);
    } else if let Some(first) = sums.first_mut() {
        // A text without a word, or whose steps cancel out.
        *first = 1.0;
    }
    sums
}

/// FNV-1a, mixed once more: its low bits alone would tell little of the first characters.
fn hash(text: &str) -> u64 {
    let fnv = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mixed = (fnv ^ (fnv >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (mixed ^ (mixed >> 33)) >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(left: &str, right: &str) -> f32 {
        vector(left, 256).iter().zip(vector(right, 256)).map(|(left, right)| left * right).sum()
    }

    #[test]
    fn what_is_written_alike_is_near() {
        assert!((cosine("The wine cellar", "the WINE, cellar!") - 1.0).abs() < 1e-5);
        let (alike, other) = (cosine("photosynthesis", "photosynthetic"), cosine("photosynthesis", "accounting"));
        assert!(alike > 0.5 && other < 0.3, "{alike} {other}");
        assert_eq!(vector("?!", 3), [1.0, 0.0, 0.0]);
    }
}
