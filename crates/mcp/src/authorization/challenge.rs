use std::fmt::Write as _;

/// A challenge of a protected resource, the value of `WWW-Authenticate` (RFC 6750, 3; RFC 9728, 5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BearerChallenge<'a> {
    /// Address of the resource's metadata.
    pub resource_metadata: &'a str,
    /// Why the request is refused; none where it brought no credentials (RFC 6750, 3.1).
    pub error: Option<ChallengeError>,
    /// For the developer of the client.
    pub description: Option<&'a str>,
    /// Every scope that is needed, those that were granted before among them.
    pub scopes: &'a [String],
}

/// Error codes of RFC 6750, 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeError {
    /// Status 401: expired, revoked, malformed, or meant for somebody else.
    InvalidToken,
    /// Status 403: good, and not enough.
    InsufficientScope,
}

impl ChallengeError {
    /// The code on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }
}

impl BearerChallenge<'_> {
    /// The header's value. What no quoted string can hold is left out.
    pub fn header(&self) -> String {
        let mut value = "Bearer ".to_owned();
        let mut parameter = |name: &str, text: &str| {
            let separator = if value.ends_with(' ') { "" } else { ", " };
            // Writing to a text does not fail.
            let _ = write!(value, "{separator}{name}=\"{}\"", quoted(text));
        };
        if let Some(error) = self.error {
            parameter("error", error.code());
        }
        if let Some(description) = self.description {
            parameter("error_description", description);
        }
        if !self.scopes.is_empty() {
            parameter("scope", &self.scopes.join(" "));
        }
        parameter("resource_metadata", self.resource_metadata);
        value
    }
}

/// A text inside of a quoted string (RFC 9110, 5.6.4), and within the characters that RFC 6750, 3 leaves for it: neither quotes nor
/// backslashes, and nothing beyond ASCII.
fn quoted(text: &str) -> String {
    text.chars().filter(|c| (' '..='~').contains(c) && !matches!(c, '"' | '\\')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = "https://a.example/.well-known/oauth-protected-resource/mcp";

    fn challenge<'a>(error: Option<ChallengeError>, scopes: &'a [String]) -> BearerChallenge<'a> {
        BearerChallenge { resource_metadata: METADATA, error, description: None, scopes }
    }

    #[test]
    fn mc_02_who_sent_nothing_is_told_no_error() {
        assert_eq!(challenge(None, &[]).header(), format!("Bearer resource_metadata=\"{METADATA}\""));
        let scopes = ["openid".to_owned(), "profile".to_owned()];
        assert_eq!(
            challenge(None, &scopes).header(),
            format!("Bearer scope=\"openid profile\", resource_metadata=\"{METADATA}\"")
        );
    }

    #[test]
    fn errors_are_named_with_all_scopes() {
        let scopes = ["tool:whoami".to_owned(), "tool:greet".to_owned()];
        assert_eq!(
            challenge(Some(ChallengeError::InsufficientScope), &scopes).header(),
            format!(
                "Bearer error=\"insufficient_scope\", scope=\"tool:whoami tool:greet\", resource_metadata=\"{METADATA}\""
            )
        );
    }

    /// S-30: a text cannot end its quotes, and cannot end the header.
    #[test]
    fn s_30_nothing_breaks_out_of_the_quotes() {
        let description = Some("a\", scope=\"all\\\r\nset-cookie: x\u{e9}");
        let header = BearerChallenge { description, ..challenge(Some(ChallengeError::InvalidToken), &[]) }.header();
        assert_eq!(
            header,
            format!(
                "Bearer error=\"invalid_token\", error_description=\"a, scope=allset-cookie: x\", resource_metadata=\"{METADATA}\""
            )
        );
    }
}
