use deputy_http::{Request, Secret, object};
use serde_json::Value;

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
    /// The request to one of the API's methods: what is given of the body, the model, and that the answer is to be streamed.
    pub(crate) fn streamed(&self, path: &str, mut body: Vec<(&str, Value)>) -> Request {
        body.push(("model", self.model.as_str().into()));
        body.push(("stream", true.into()));
        let url = format!("{}/{path}", self.base_url.trim_end_matches('/'));
        let request = Request::post(url).header("accept", "text/event-stream").json(&object(body));
        if self.api_key.is_empty() { request } else { request.bearer(self.api_key.clone()) }
    }

    /// The host without scheme, port or path.
    pub(crate) fn host(&self) -> &str {
        let rest = self.base_url.split_once("://").map_or(self.base_url.as_str(), |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.split(':').next().unwrap_or_default()
    }
}
