use deputy_http::append_query;
use serde::{Deserialize, Deserializer};

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// How many: 1 to 100; 50 if it is not said.
    pub size: Option<u8>,
    /// Of the page before; none for the first.
    pub token: Option<String>,
}

impl Page {
    /// The page that begins where another ended.
    #[must_use]
    pub fn after(&self, token: String) -> Self {
        Self { size: self.size, token: Some(token) }
    }

    /// The size as the API takes it.
    pub(super) fn size(&self) -> Option<u8> {
        self.size.map(|size| size.clamp(1, 100))
    }

    /// The URL with the page and more in its query.
    pub(super) fn of_url(&self, url: &str, more: Option<(&str, &str)>) -> String {
        let size = self.size().map(|size| size.to_string());
        let size = size.as_deref().map(|size| ("page_size", size));
        let token = self.token.as_deref().map(|token| ("continuation_token", token));
        append_query(url, size.into_iter().chain(token).chain(more))
    }
}

/// An empty token is none: there is no next page.
pub(super) fn next_page<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|token| !token.is_empty()))
}
