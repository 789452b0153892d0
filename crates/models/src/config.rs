use deputy_http::Secret;

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
    /// The address of one of the API's methods.
    pub(crate) fn endpoint(&self, path: &str) -> String {
        format!("{}/{path}", self.base_url.trim_end_matches('/'))
    }

    /// The host without scheme, port or path.
    pub(crate) fn host(&self) -> &str {
        let rest = self.base_url.split_once("://").map_or(self.base_url.as_str(), |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.split(':').next().unwrap_or_default()
    }
}
