use deputy_http::{ReadResponse, Response, retry_after};
use serde::Deserialize;

use crate::encoding::printable;

/// How long to wait when a rate limit names no time.
const DEFAULT_RETRY_MS: u64 = 10_000;

/// An error response of the token endpoint (RFC 6749, 5.2), made fit to be shown to a developer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OAuthError {
    pub status: u16,
    /// `unknown` if the body names none.
    pub error: String,
    pub description: String,
}

impl OAuthError {
    pub(crate) fn from_response(response: &Response) -> Self {
        let body: Body = response.json().unwrap_or_default();
        Self {
            status: response.status().as_u16(),
            error: body.error.filter(|error| !error.is_empty()).map_or("unknown".to_owned(), |e| printable(&e, 80)),
            description: printable(&body.error_description.unwrap_or_default(), 300),
        }
    }

    /// True if the description contains a phrase, whatever its case. Auth0 tells some causes apart by nothing else.
    pub(crate) fn mentions(&self, phrase: &str) -> bool {
        self.description.to_ascii_lowercase().contains(phrase)
    }
}

/// When a rate-limited call may be made again, in milliseconds since the epoch.
pub(crate) fn retry_at(response: &Response, now_ms: u64) -> u64 {
    retry_after(response, now_ms).unwrap_or(now_ms.saturating_add(DEFAULT_RETRY_MS))
}

#[derive(Deserialize, Default)]
struct Body {
    error: Option<String>,
    error_description: Option<String>,
}
