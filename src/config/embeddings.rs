use deputy_documents::embeddings::EmbeddingsConfig;
use deputy_http::Secret;

use super::SettingsProblem;
use super::reader::Reader;

const BASE_URL: &str = "EMBEDDINGS_BASE_URL";
const MODEL: &str = "EMBEDDINGS_MODEL";

impl Reader<'_> {
    /// Who makes vectors of documents: `EMBEDDINGS_BASE_URL` and `EMBEDDINGS_MODEL`, both or none, and `EMBEDDINGS_API_KEY` where the
    /// server asks for one.
    pub(super) fn embeddings(&mut self) -> Option<EmbeddingsConfig> {
        let (base_url, model, key) = (self.url(BASE_URL), self.optional(MODEL), self.optional("EMBEDDINGS_API_KEY"));
        let missing = match (base_url, model) {
            (Some(base_url), Some(model)) => {
                return Some(EmbeddingsConfig { base_url, api_key: Secret::new(key.unwrap_or_default()), model });
            }
            (None, None) if key.is_none() => return None,
            (Some(_), None) => MODEL,
            (None, _) => BASE_URL,
        };
        let fix = format!("Set both {BASE_URL} and {MODEL}, or no EMBEDDINGS_… setting.");
        self.refuse(missing, SettingsProblem::Contradictory, fix);
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::config::SettingsProblem;
    use crate::config::testing::settings;

    const BASE: (&str, &str) = ("EMBEDDINGS_BASE_URL", "http://localhost:11434/v1/");
    const MODEL: (&str, &str) = ("EMBEDDINGS_MODEL", "nomic-embed-text");
    const KEY: (&str, &str) = ("EMBEDDINGS_API_KEY", "embeddings-key-value");

    /// RG-11: without settings the words are searched; a server on this machine needs no key, and no key is shown.
    #[test]
    fn rg_11_a_server_of_embeddings_is_named_whole_or_not_at_all() {
        assert!(settings(&[]).unwrap().embeddings.is_none());
        let local = settings(&[BASE, MODEL]).unwrap().embeddings.unwrap();
        assert_eq!((local.base_url.as_str(), local.model.as_str()), ("http://localhost:11434/v1", "nomic-embed-text"));
        assert!(local.api_key.is_empty());
        let whole = settings(&[BASE, MODEL, KEY]).unwrap();
        assert_eq!(whole.embeddings.as_ref().unwrap().api_key.expose(), "embeddings-key-value");
        assert!(!format!("{whole:?}").contains("embeddings-key-value"));
        for (some, missing) in
            [(&[BASE][..], "EMBEDDINGS_MODEL"), (&[MODEL], "EMBEDDINGS_BASE_URL"), (&[KEY], "EMBEDDINGS_BASE_URL")]
        {
            let error = settings(some).unwrap_err();
            assert_eq!((error.setting, error.problem), (missing, SettingsProblem::Contradictory), "{some:?}");
        }
        let error = settings(&[("EMBEDDINGS_BASE_URL", "localhost"), MODEL]).unwrap_err();
        assert_eq!((error.setting, error.problem), ("EMBEDDINGS_BASE_URL", SettingsProblem::Invalid));
    }
}
