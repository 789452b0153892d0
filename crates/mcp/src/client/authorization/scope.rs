use serde::{Deserialize, Serialize};

/// A set of scopes in the order they were named, written with spaces between (RFC 6749, 3.3).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ScopeSet(Vec<String>);

impl ScopeSet {
    /// The scopes of a `scope` parameter.
    pub fn parse(text: &str) -> Self {
        text.split_ascii_whitespace().collect()
    }

    /// The scopes, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if that very scope is named.
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|own| own == scope)
    }

    /// True if every one of `others` is named.
    pub fn contains_all(&self, others: &Self) -> bool {
        others.iter().all(|scope| self.contains(scope))
    }

    /// These and those of `other`.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).collect()
    }
}

impl<S: AsRef<str>> FromIterator<S> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = S>>(scopes: I) -> Self {
        let mut set = Self::default();
        for scope in scopes {
            let scope = scope.as_ref();
            if !scope.is_empty() && !set.contains(scope) {
                set.0.push(scope.to_owned());
            }
        }
        set
    }
}

impl From<String> for ScopeSet {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<ScopeSet> for String {
    fn from(set: ScopeSet) -> Self {
        set.to_string()
    }
}

impl std::fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// The scope of an authorization request (MCP 2026-07-28 Authorization, "Scope Selection Strategy" and "Refresh Tokens"): what the
/// challenge names; else what the resource names; else nothing. To that come the scopes asked for before (`before`), so that a step-up
/// loses nothing, and `offline_access`, where the authorization server lists it, so that the user is not asked again each hour.
pub fn choose_scope(
    challenged: &ScopeSet,
    resource: &ScopeSet,
    authorization_server: &ScopeSet,
    before: &ScopeSet,
) -> ScopeSet {
    const OFFLINE: &str = "offline_access";
    let named = if challenged.is_empty() { resource } else { challenged };
    let wanted = before.union(named);
    // Only beside others: where nobody says what is needed, the server's default is wanted, which a scope would replace.
    if !wanted.is_empty() && authorization_server.contains(OFFLINE) {
        return wanted.union(&ScopeSet::parse(OFFLINE));
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(challenged: &str, resource: &str, server: &str, before: &str) -> String {
        let [challenged, resource, server, before] = [challenged, resource, server, before].map(ScopeSet::parse);
        choose_scope(&challenged, &resource, &server, &before).to_string()
    }

    #[test]
    fn challenge_then_resource_then_nothing() {
        assert_eq!(choose("a b", "c", "", ""), "a b");
        assert_eq!(choose("", "c d", "", ""), "c d");
        assert_eq!(choose("", "", "x", ""), "");
    }

    #[test]
    fn a_step_up_keeps_what_was_asked_for() {
        assert_eq!(choose("write", "read", "", "read profile"), "read profile write");
    }

    #[test]
    fn offline_access_only_where_it_is_listed() {
        assert_eq!(choose("a", "", "a offline_access", ""), "a offline_access");
        assert_eq!(choose("a offline_access", "", "a offline_access", ""), "a offline_access");
        assert_eq!(choose("", "", "offline_access", ""), "");
        assert_eq!(choose("a", "", "a", ""), "a");
        assert_eq!(choose("a", "", "", ""), "a");
    }

    #[test]
    fn written_and_read_as_one_text() {
        let set: ScopeSet = serde_json::from_str(r#""b  a b""#).unwrap();
        assert_eq!(serde_json::to_string(&set).unwrap(), r#""b a""#);
        assert!(set.contains_all(&ScopeSet::parse("a")) && !set.contains_all(&ScopeSet::parse("a c")));
    }
}
