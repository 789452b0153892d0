use deputy_http::{BuildRequest as _, Request, Secret};
use serde::Serialize;

/// How many texts are sent at once. OpenAI takes 2,048; these keep an answer below 1 MB, with 3,072 dimensions in base64.
pub const MOST_TEXTS: usize = 32;

/// Who makes vectors of texts.
#[derive(Debug, Clone)]
pub struct EmbeddingsConfig {
    /// Base of the API with its version, such as `https://api.openai.com/v1`; a slash at the end is ignored.
    pub base_url: String,
    /// The provider's key; empty for a server that asks for none.
    pub api_key: Secret,
    /// The provider's name of the model, such as `text-embedding-3-small`.
    pub model: String,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    input: &'a [&'a str],
    encoding_format: &'static str,
}

/// `POST {base}/embeddings` for these texts, at most [`MOST_TEXTS`] of them, none of them empty.
///
/// Several are asked for in base64, as OpenAI's own libraries do, a quarter of the size. One alone is asked for in numbers, which every
/// server gives: one that refuses the several is asked for each.
pub fn embeddings_request(config: &EmbeddingsConfig, texts: &[&str]) -> Request {
    let url = format!("{}/embeddings", config.base_url.trim_end_matches('/'));
    let encoding_format = if texts.len() == 1 { "float" } else { "base64" };
    let body = Body { model: &config.model, input: texts, encoding_format };
    let request = deputy_http::post(url).header("accept", "application/json").json(&body);
    if config.api_key.is_empty() { request } else { request.bearer(&config.api_key) }
}
