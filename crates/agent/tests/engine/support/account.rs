//! The account and the providers: who is connected, with which scopes, and which tokens still count.

use std::collections::{BTreeMap, BTreeSet};

use deputy_agent::{Authority, Credentials, Obtain, Obtained, Problem};
use deputy_http::Secret;
use serde::{Deserialize, Serialize};

/// A connected account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Connected {
    /// Scopes that were granted.
    pub scopes: Vec<String>,
    /// Tokens that exchanges give, the first until it is dropped; the last one for ever.
    pub tokens: Vec<String>,
}

/// The user's account.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// By connection name.
    pub connected: BTreeMap<String, Connected>,
    /// Tokens that providers answer with 401.
    pub revoked: BTreeSet<String>,
    /// Nothing is handed out: the sentence.
    pub refuses: Option<String>,
    /// No turn may begin: the sentence.
    pub closed: Option<String>,
    /// Calls that wait for a connection whose token was refused.
    pub waits: Vec<(String, String)>,
    /// How often something was asked for.
    pub asked: usize,
    /// How often a token was dropped.
    pub dropped: usize,
}

impl Account {
    /// What a call gets.
    pub fn obtain(&mut self, ask: &Obtain) -> Obtained {
        self.asked += 1;
        if let Some(message) = &self.refuses {
            return Obtained::Refused(Problem { code: "refused".to_owned(), message: message.clone() });
        }
        let mut credentials = Credentials::default();
        for authority in &ask.authority {
            match authority {
                Authority::Vault { connection, scopes } => {
                    let granted = self.connected.get(connection);
                    let has = |scope: &&String| granted.is_some_and(|granted| granted.scopes.contains(scope));
                    let missing: Vec<String> = scopes.iter().filter(|scope| !has(scope)).cloned().collect();
                    match granted {
                        Some(granted) if missing.is_empty() => {
                            let token = Secret::new(granted.tokens.first().unwrap());
                            credentials.vault.insert(connection.clone(), token);
                        }
                        _ => {
                            let (connection, required) = (connection.clone(), scopes.clone());
                            return Obtained::NeedsConnection { connection, missing, required };
                        }
                    }
                }
                Authority::Session => credentials.session = Some(Secret::new("session token")),
                Authority::None | Authority::Confirmation | Authority::Approval { .. } => {}
            }
        }
        Obtained::Granted(credentials)
    }

    /// A token is not handed out again.
    pub fn drop_token(&mut self, connection: &str) {
        self.dropped += 1;
        if let Some(connected) = self.connected.get_mut(connection)
            && connected.tokens.len() > 1
        {
            connected.tokens.remove(0);
        }
    }
}
