use deputy_http::{BuildRequest, Request, Secret};
use serde::Serialize;

/// Which model answers, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelConfig {
    /// Base of the API with its version, such as `https://api.openai.com/v1`; a slash at the end is ignored.
    pub base_url: String,
    /// The provider's key; empty for a server that asks for none.
    pub api_key: Secret,
    /// The provider's name of the model.
    pub model: String,
}

impl ModelConfig {
    /// The request to one of the API's methods: the answer is to be streamed, which the body has to say too.
    pub(crate) fn streamed(&self, path: &str, body: &impl Serialize) -> Request {
        let url = format!("{}/{path}", self.base_url.trim_end_matches('/'));
        let request = deputy_http::post(url).header("accept", "text/event-stream").json(body);
        if self.api_key.is_empty() { request } else { request.bearer(&self.api_key) }
    }

    /// The host without scheme, port or path.
    pub(crate) fn host(&self) -> &str {
        let rest = self.base_url.split_once("://").map_or(self.base_url.as_str(), |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.split(':').next().unwrap_or_default()
    }
}
