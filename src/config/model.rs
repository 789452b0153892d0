use deputy_http::Secret;
use deputy_models::{ModelApi, ModelConfig, Profile};

use super::reader::Reader;
use super::{ModelSettings, SettingsProblem};

/// The model of the reference starter (CF-15).
const DEFAULT_MODEL: &str = "gpt-4o-2024-11-20";

/// The model where `MODEL` names none: of each API one that calls tools.
fn default_model(api: ModelApi) -> &'static str {
    match api {
        ModelApi::ChatCompletions | ModelApi::Responses => DEFAULT_MODEL,
        ModelApi::Anthropic => "claude-sonnet-4-5",
        ModelApi::Gemini => "gemini-2.5-flash",
        ModelApi::WorkersAi => "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
    }
}

impl Reader<'_> {
    /// The model and its endpoint: `MODEL_API`, `OPENAI_BASE_URL`, the key, `MODEL`, `MODEL_PROFILE`, `MODEL_TIMEOUT_SECONDS`.
    pub(super) fn model(&mut self) -> ModelSettings {
        let base_url = self.url("OPENAI_BASE_URL");
        let named = self.optional("MODEL_API").map(|name| ModelApi::named(&name));
        if named == Some(None) {
            let fix = "Set it to completions, responses, anthropic, gemini or workers-ai, or leave it out.";
            self.invalid("MODEL_API", fix);
        }
        let base =
            base_url.clone().unwrap_or_else(|| named.flatten().unwrap_or_default().default_base_url().to_owned());
        let mut config = ModelConfig::new(base, Secret::new(""), "");
        if let Some(api) = named.flatten() {
            config = config.with_api(api);
        }
        config.api_key = Secret::new(self.model_key(config.api, base_url.is_none()));
        config.model = self.text("MODEL", default_model(config.api));
        if let Some(name) = self.optional("MODEL_PROFILE") {
            match Profile::named(&name) {
                Some(profile) => config = config.with_profile(profile),
                None => {
                    let names = Profile::names().collect::<Vec<_>>().join(", ");
                    self.invalid("MODEL_PROFILE", format!("Set it to one of {names}, or leave it out."));
                }
            }
        }
        let seconds = self.number("MODEL_TIMEOUT_SECONDS", 300);
        if !(1..=3600).contains(&seconds) {
            self.invalid("MODEL_TIMEOUT_SECONDS", "Set it to seconds between 1 and 3600, or leave it out.");
        }
        ModelSettings { config, timeout_ms: seconds.saturating_mul(1000) }
    }

    /// The key of the API's own setting, else `OPENAI_API_KEY`. A server of one's own may ask for none, and a binding asks for none.
    fn model_key(&mut self, api: ModelApi, needed: bool) -> String {
        let setting = match api {
            ModelApi::ChatCompletions | ModelApi::Responses | ModelApi::WorkersAi => "OPENAI_API_KEY",
            ModelApi::Anthropic => "ANTHROPIC_API_KEY",
            ModelApi::Gemini => "GEMINI_API_KEY",
        };
        let key = self.optional(setting).or_else(|| self.optional("OPENAI_API_KEY")).unwrap_or_default();
        if key.is_empty() && needed && api != ModelApi::WorkersAi {
            let fix = "Set it to a key of your model provider, or OPENAI_BASE_URL to a server that asks for none.";
            self.refuse(setting, SettingsProblem::Missing, fix);
        }
        key
    }
}

#[cfg(test)]
mod tests {
    use deputy_models::ModelApi;

    use crate::config::SettingsProblem;
    use crate::config::testing::settings;

    #[test]
    fn the_model_api_is_chosen_by_name() {
        let api = |name: &str| settings(&[("MODEL_API", name)]).unwrap().model.config.api;
        assert_eq!([api(""), api("chat"), api("completions"), api("chat_completions")], [ModelApi::ChatCompletions; 4]);
        assert_eq!(api(" responses "), ModelApi::Responses);
    }

    /// OA-09: the provider is exchanged by settings alone: the API follows the base URL unless it is named, the key has the API's name.
    #[test]
    fn oa_09_api_key_and_model_follow_the_provider() {
        let read = |change: &[(&str, &str)]| {
            let config = settings(change).unwrap().model.config;
            (config.api, config.base_url, config.api_key.expose().to_owned())
        };
        let key = || "model-key-value".to_owned();
        let anthropic = "https://api.anthropic.com/v1";
        let google = "https://generativelanguage.googleapis.com/v1beta";
        assert_eq!(read(&[("OPENAI_BASE_URL", anthropic)]), (ModelApi::Anthropic, anthropic.into(), key()));
        assert_eq!(read(&[("OPENAI_BASE_URL", google)]), (ModelApi::Gemini, google.into(), key()));
        let compatible = "https://generativelanguage.googleapis.com/v1beta/openai";
        assert_eq!(read(&[("OPENAI_BASE_URL", compatible)]), (ModelApi::ChatCompletions, compatible.into(), key()));
        let named = [("OPENAI_BASE_URL", anthropic), ("MODEL_API", "completions")];
        assert_eq!(read(&named).0, ModelApi::ChatCompletions);
        let own = [("MODEL_API", "anthropic"), ("ANTHROPIC_API_KEY", "own"), ("OPENAI_API_KEY", "")];
        assert_eq!(read(&own), (ModelApi::Anthropic, anthropic.into(), "own".into()));
        let own = [("MODEL_API", "gemini"), ("GEMINI_API_KEY", "own")];
        assert_eq!(read(&own), (ModelApi::Gemini, google.into(), "own".into()));
        let bound = settings(&[("MODEL_API", "workers-ai"), ("OPENAI_API_KEY", "")]).unwrap().model.config;
        assert_eq!((bound.base_url.as_str(), bound.model.starts_with("@cf/")), ("", true));
        for (api, setting) in
            [("anthropic", "ANTHROPIC_API_KEY"), ("gemini", "GEMINI_API_KEY"), ("responses", "OPENAI_API_KEY")]
        {
            let error = settings(&[("MODEL_API", api), ("OPENAI_API_KEY", "")]).unwrap_err();
            assert_eq!((error.setting, error.problem), (setting, SettingsProblem::Missing), "{api}");
        }
    }

    /// T24: a server on this machine needs no key, and may take its time.
    #[test]
    fn t24_a_local_server_needs_no_key_and_has_minutes() {
        let keyless = [("OPENAI_API_KEY", ""), ("OPENAI_BASE_URL", "http://localhost:11434/v1"), ("MODEL", "qwen3")];
        let model = settings(&keyless).unwrap().model;
        assert!(model.config.api_key.is_empty());
        assert_eq!((model.config.profile.name.as_str(), model.timeout_ms), ("ollama", 300_000));
        assert_eq!(settings(&[("MODEL_TIMEOUT_SECONDS", "20")]).unwrap().model.timeout_ms, 20_000);
        for bad in ["0", "3601", "soon"] {
            assert_eq!(
                settings(&[("MODEL_TIMEOUT_SECONDS", bad)]).unwrap_err().setting,
                "MODEL_TIMEOUT_SECONDS",
                "{bad}"
            );
        }
    }

    /// T20: what a server refuses is known by its host, or said.
    #[test]
    fn t20_the_profile_follows_the_host_or_the_setting() {
        let profile = |change: &[(&str, &str)]| settings(change).unwrap().model.config.profile.name;
        assert_eq!(profile(&[]), "openai");
        assert_eq!(profile(&[("OPENAI_BASE_URL", "https://api.mistral.ai/v1")]), "mistral");
        let named = [("OPENAI_BASE_URL", "https://gateway.example/v1"), ("MODEL_PROFILE", "mistral")];
        assert_eq!(profile(&named), "mistral");
        let error = settings(&[("MODEL_PROFILE", "unheard-of")]).unwrap_err();
        assert!(error.setting == "MODEL_PROFILE" && error.fix.contains("deepseek"));
    }
}
