//! The providers as data: which connections lead to which API, which accounts a user has there, what a scope means in words.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// One provider of `data/providers.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Prefix of its API on the providers port.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Connection names that lead to it.
    pub connections: Vec<String>,
    /// Whether its consent page lets the user leave out single scopes.
    #[serde(default)]
    pub choose_scopes: bool,
    /// Accounts by the tenant user's e-mail address.
    #[serde(default)]
    accounts: BTreeMap<String, Vec<String>>,
    /// Scopes in words.
    #[serde(default)]
    scopes: BTreeMap<String, String>,
}

/// Data of one provider, by account; `*` serves accounts without an entry of their own.
pub type ByAccount<T> = BTreeMap<String, T>;

static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| parse(include_str!("../../data/providers.json")));

/// The provider behind a connection, `None` for one that only the tenant knows.
pub fn of_connection(connection: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.connections.iter().any(|name| name == connection))
}

/// The data of an account.
pub fn of_account<'a, T>(data: &'a ByAccount<T>, account: &str) -> Option<&'a T> {
    data.get(account).or_else(|| data.get("*"))
}

/// Reads a shipped data file; a test sees to it that every one of them parses.
pub fn parse<T: DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

impl Provider {
    /// The accounts among which a user may choose: the seeded ones, else one with the user's own address.
    pub fn accounts(&self, email: &str) -> Vec<String> {
        self.accounts.get(email).cloned().unwrap_or_else(|| vec![email.to_owned()])
    }

    /// A scope in words, `None` when nothing is known of it.
    pub fn scope_in_words(&self, scope: &str) -> Option<&str> {
        self.scopes.get(scope).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_lead_to_their_provider() {
        assert_eq!(of_connection("google-oauth2").unwrap().id, "google");
        assert_eq!(of_connection("sign-in-with-slack").unwrap().id, "slack");
        assert!(of_connection("made-up").is_none());
    }

    #[test]
    fn unknown_users_have_an_account_of_their_own_name() {
        let google = of_connection("google-oauth2").unwrap();
        assert_eq!(google.accounts("ana@example.com").len(), 2);
        assert_eq!(google.accounts("zoe@example.com"), ["zoe@example.com"]);
    }

    #[test]
    fn every_data_file_is_json() {
        let files = [
            include_str!("../../data/providers.json"),
            include_str!("../../data/google.json"),
            include_str!("../../data/gmail.json"),
            include_str!("../../data/tasks.json"),
            include_str!("../../data/github.json"),
            include_str!("../../data/slack.json"),
            include_str!("../../data/salesforce.json"),
        ];
        for file in files {
            serde_json::from_str::<serde_json::Value>(file).unwrap();
        }
        assert_eq!(PROVIDERS.len(), 4);
    }
}
