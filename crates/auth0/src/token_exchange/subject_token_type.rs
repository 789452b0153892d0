use deputy_error::{Explained, Explanation};
use strum::EnumIter;

use crate::words::NOT_SET_UP;

/// What a subject token is, to a custom token exchange profile: a unique `https://` or `urn:` URI that is not of Auth0's, Okta's or
/// the IETF's namespaces (MC-24).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectTokenType(String);

/// Namespaces that no profile may use, without their scheme.
const RESERVED_URNS: [&str; 3] = ["auth0", "okta", "ietf"];
const RESERVED_HOSTS: [&str; 2] = ["auth0.com", "okta.com"];

impl SubjectTokenType {
    /// Reads the URI.
    pub fn parse(text: &str) -> Result<Self, SubjectTokenTypeError> {
        if text.chars().any(|c| !c.is_ascii_graphic()) {
            return Err(SubjectTokenTypeError::NoUri);
        }
        let lower = text.to_ascii_lowercase();
        let reserved = if let Some(name) = lower.strip_prefix("urn:") {
            let namespace = name.split(':').next().filter(|namespace| !namespace.is_empty() && *namespace != name);
            RESERVED_URNS.contains(&namespace.ok_or(SubjectTokenTypeError::NoUri)?)
        } else {
            let rest = lower.strip_prefix("https://").ok_or(SubjectTokenTypeError::NoUri)?;
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = authority.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
            if host.is_empty() {
                return Err(SubjectTokenTypeError::NoUri);
            }
            let is_of =
                |domain: &&str| host == *domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
            RESERVED_HOSTS.iter().any(is_of)
        };
        if reserved { Err(SubjectTokenTypeError::Reserved) } else { Ok(Self(text.to_owned())) }
    }

    /// The URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is no subject token type of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum SubjectTokenTypeError {
    /// Neither `https://` nor `urn:`.
    #[error("the subject token type is not an https or urn URI")]
    NoUri,
    /// Of a namespace that Auth0 keeps.
    #[error("the subject token type is in a reserved namespace")]
    Reserved,
}

impl Explained for SubjectTokenTypeError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::NoUri => Explanation::new(
                "subject_token_type_no_uri",
                NOT_SET_UP,
                "Set it to the URI of the custom token exchange profile, such as urn:example:mcp or https://example.com/mcp.",
            ),
            Self::Reserved => Explanation::new(
                "subject_token_type_reserved",
                NOT_SET_UP,
                "Choose a URI of your own: urn:auth0, urn:okta, urn:ietf, auth0.com and okta.com are reserved.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mc_24_reserved_namespaces_are_refused() {
        for good in ["urn:fastmcp:mcp", "https://deputy.example/mcp", "urn:auth0x:a", "https://notauth0.com/x"] {
            assert_eq!(SubjectTokenType::parse(good).map(|kind| kind.as_str().to_owned()), Ok(good.to_owned()));
        }
        for bad in [
            "urn:ietf:params:oauth:token-type:access_token",
            "URN:Auth0:x",
            "urn:okta:x",
            "https://auth0.com/x",
            "https://tenant.eu.AUTH0.com",
            "https://a@okta.com:443/",
        ] {
            assert_eq!(SubjectTokenType::parse(bad), Err(SubjectTokenTypeError::Reserved), "{bad}");
        }
        for none in ["", "mcp", "urn:", "urn:x", "urn::x", "http://a.example/", "https://", "urn:a b:c", "urn:a:\n"] {
            assert_eq!(SubjectTokenType::parse(none), Err(SubjectTokenTypeError::NoUri), "{none}");
        }
    }
}
