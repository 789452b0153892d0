use serde::{Deserialize, Serialize};

/// A set of scopes in the order they were named (RFC 6749, 3.3). No empty and no repeated ones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Reads a list separated by spaces, or by commas as GitHub, Slack and some others write it (TV-35).
    pub fn parse(text: &str) -> Self {
        text.split(|c: char| c == ',' || c.is_whitespace()).collect()
    }

    /// The scopes, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if that very scope is named.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|own| own == scope)
    }

    /// What a token with the scopes `granted` lacks of these, by the names used here.
    ///
    /// Aliases count as the same scope; `openid` and `offline_access` are never missing, because they say how a
    /// token is obtained and not what it may do, and several providers leave them out of the answer.
    pub fn missing_from(&self, granted: &Self) -> Self {
        self.iter()
            .filter(|required| !matches!(*required, "openid" | "offline_access"))
            .filter(|required| !granted.iter().any(|scope| canonical(scope) == canonical(required)))
            .collect()
    }
}

/// Google answers `email` and `profile` with their long names, Microsoft Graph qualifies its own with the resource.
fn canonical(scope: &str) -> &str {
    match scope {
        "https://www.googleapis.com/auth/userinfo.email" => "email",
        "https://www.googleapis.com/auth/userinfo.profile" => "profile",
        other => other.strip_prefix("https://graph.microsoft.com/").unwrap_or(other),
    }
}

impl<S: AsRef<str>> FromIterator<S> for Scopes {
    fn from_iter<I: IntoIterator<Item = S>>(scopes: I) -> Self {
        let mut out = Self::default();
        for scope in scopes {
            let scope = scope.as_ref().trim();
            if !scope.is_empty() && !out.contains(scope) {
                out.0.push(scope.to_owned());
            }
        }
        out
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(required: &str, granted: &str) -> String {
        Scopes::parse(required).missing_from(&Scopes::parse(granted)).to_string()
    }

    #[test]
    fn tv_35_commas_spaces_empty_and_openid() {
        assert_eq!(Scopes::parse("a,b  c,,a ").to_string(), "a b c");
        assert!(Scopes::parse("").is_empty());
        assert_eq!(missing("", ""), "");
        assert_eq!(missing("openid", ""), "");
        assert_eq!(missing("openid offline_access cal", "cal"), "");
        assert_eq!(missing("channels:read groups:read", "channels:read,groups:read"), "");
        assert_eq!(missing("a b", ""), "a b");
    }

    #[test]
    fn only_what_is_missing_is_named_tv_09() {
        assert_eq!(missing("calendar.readonly calendar.events", "calendar.readonly"), "calendar.events");
    }

    #[test]
    fn aliases_are_the_same_scope() {
        let long = "https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile";
        assert_eq!(missing("email profile", long), "");
        assert_eq!(missing(long, "email profile"), "");
        assert_eq!(missing("User.Read", "https://graph.microsoft.com/User.Read"), "");
        assert_eq!(missing("calendar", "calendar.readonly"), "calendar");
    }
}
