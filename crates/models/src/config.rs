use deputy_http::{BuildRequest, Request, Secret};
use serde::Serialize;

use crate::{ModelApi, Profile};

/// Which model answers, where, and how its provider wants to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelConfig {
    /// The API that is spoken there.
    pub api: ModelApi,
    /// Base of the API with its version, such as `https://api.openai.com/v1`; a slash at the end is ignored.
    pub base_url: String,
    /// The provider's key; empty for a server that asks for none.
    pub api_key: Secret,
    /// The provider's name of the model.
    pub model: String,
    /// What the provider refuses or needs.
    pub profile: Profile,
}

impl ModelConfig {
    /// A model with the profile of its host, and the API that the profile names.
    pub fn new(base_url: impl Into<String>, api_key: Secret, model: impl Into<String>) -> Self {
        let base_url = base_url.into();
        let profile = Profile::of_host(authority(&base_url));
        let api = profile.api.as_deref().and_then(ModelApi::named);
        // Google speaks chat completions too, below paths of their own.
        let other = ["/openai", "/openapi"].iter().any(|path| base_url.contains(path));
        let api = api.filter(|_| !other).unwrap_or_default();
        Self { api, base_url, api_key, model: model.into(), profile }
    }

    /// The same by another API.
    #[must_use]
    pub fn with_api(self, api: ModelApi) -> Self {
        Self { api, ..self }
    }

    /// The same with another profile.
    #[must_use]
    pub fn with_profile(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    /// Who answers: API, address and model. What a provider wants back is given to the same origin only, because a signature of one
    /// model means nothing to another.
    pub fn origin(&self) -> String {
        let base = self.base_url.split_once("://").map_or(self.base_url.as_str(), |(_, rest)| rest);
        format!("{} {} {}", self.api.name(), base.trim_end_matches('/'), self.model)
    }

    /// `POST {base}/{path}`, with the key in the provider's header; the answer is to be streamed, which the body has to say too.
    pub(crate) fn streamed(&self, path: &str, body: &impl Serialize) -> Request {
        let url = format!("{}/{path}", self.base_url.trim_end_matches('/'));
        let mut request = deputy_http::post(url).header("accept", "text/event-stream");
        for (name, value) in &self.profile.headers {
            request = request.header(name, value);
        }
        let request = request.json(body);
        match self.profile.key_header.as_deref().or(self.api.key_header()) {
            _ if self.api_key.is_empty() => request,
            Some(name) => request.secret_header(name, &self.api_key),
            None => request.bearer(&self.api_key),
        }
    }

    /// True when the base is a host alone, without the API's version.
    pub(crate) fn is_without_path(&self) -> bool {
        let rest = self.base_url.split_once("://").map_or(self.base_url.as_str(), |(_, rest)| rest);
        rest.trim_end_matches('/') == authority(&self.base_url)
    }
}

/// Host and port of a URL.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}
