use deputy_auth0::{AssociatedData, Scopes};

use crate::account::name::keyed_hash;

/// Whose provider token: tenant, user, connection, the account connected there, the connection's generation and the scopes it
/// was obtained for (S-06, S-07).
/// The key of the cache and the associated data of the sealing are made of the same parts, so that neither another user's nor an
/// older entry can be found, and one that was moved does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultKey {
    parts: Vec<String>,
}

impl VaultKey {
    /// `whose` is issuer, user's account, connection, the connected account (`cac_…`, empty while it is not known) and generation.
    pub fn new(whose: [&str; 5], scopes: &Scopes) -> Self {
        let mut sorted: Vec<_> = scopes.iter().map(str::to_owned).collect();
        sorted.sort_unstable();
        let mut parts: Vec<_> = whose.map(str::to_owned).into();
        parts.extend(sorted);
        Self { parts }
    }

    /// Key in Workers KV and in memory. A hash: it names neither user nor connection.
    pub fn name(&self) -> String {
        let parts: Vec<_> = self.parts.iter().map(String::as_str).collect();
        format!("vault:v1:{}", keyed_hash(b"deputy vault key v1", &parts))
    }

    /// The connection.
    pub fn connection(&self) -> &str {
        self.parts.get(2).map_or("", String::as_str)
    }

    /// What the sealed value belongs to.
    pub fn associated_data(&self) -> AssociatedData {
        AssociatedData::new(std::iter::once("vault").chain(self.parts.iter().map(String::as_str)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(user: &str, connection: &str, account: &str, generation: &str, scopes: &str) -> VaultKey {
        VaultKey::new(["https://t.example/", user, connection, account, generation], &Scopes::parse(scopes))
    }

    #[test]
    fn s_07_every_part_changes_key_and_associated_data() {
        let base = key("ana", "google-oauth2", "cac_1", "0.0", "a b");
        for other in [
            key("ben", "google-oauth2", "cac_1", "0.0", "a b"),
            key("ana", "github", "cac_1", "0.0", "a b"),
            key("ana", "google-oauth2", "cac_2", "0.0", "a b"),
            key("ana", "google-oauth2", "cac_1", "0.1", "a b"),
            key("ana", "google-oauth2", "cac_1", "0.0", "a"),
            key("ana", "google-oauth2", "cac_1", "0.0", "a b c"),
        ] {
            assert_ne!(base.name(), other.name());
            assert_ne!(base.associated_data(), other.associated_data());
        }
        assert_eq!(
            base.name(),
            key("ana", "google-oauth2", "cac_1", "0.0", "b a").name(),
            "the order of scopes does not matter"
        );
        assert!(!base.name().contains("google") && !base.name().contains("ana"));
    }
}
