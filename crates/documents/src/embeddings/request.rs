use deputy_http::{BuildRequest as _, Request, Secret};
use serde::Serialize;

/// How many texts are sent at once. OpenAI takes 2,048, others take as few as this.
pub const MOST_TEXTS: usize = 64;

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
pub fn embeddings_request(config: &EmbeddingsConfig, texts: &[&str]) -> Request {
    let url = format!("{}/embeddings", config.base_url.trim_end_matches('/'));
    let body = Body { model: &config.model, input: texts, encoding_format: "float" };
    let request = deputy_http::post(url).header("accept", "application/json").json(&body);
    if config.api_key.is_empty() { request } else { request.bearer(&config.api_key) }
}
