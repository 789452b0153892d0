//! The two proofs a tool needs: a [`Permit`] (the policy's answer, bound to a digest) and a [`Grant`] (the credentials).
//! Both have private fields and are minted in this crate alone, so a tool cannot be called without them.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use deputy_http::Secret;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// SHA-256 over tool name, canonical input and account: what a permit, a confirmation and an approval are bound to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// Every part is length-prefixed, so no two different calls share a digest.
    pub fn of(tool: &str, input: &Value, account: &str) -> Self {
        let mut hash = Sha256::new();
        let mut written = String::new();
        canonical(input, &mut written);
        for part in [tool, &written, account] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(Base64UrlUnpadded::encode_string(&hash.finalize()))
    }

    /// The whole digest, base64url.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// JSON with sorted keys, whatever order the map behind `Value` keeps.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                separate(index, out);
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                canonical(map.get(key).unwrap_or(&Value::Null), out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, out);
                canonical(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

/// The policy said yes to exactly this call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    digest: Digest,
}

impl Permit {
    pub(crate) fn mint(digest: &Digest) -> Self {
        Self { digest: digest.clone() }
    }

    pub(crate) fn covers(&self, digest: &Digest) -> bool {
        self.digest == *digest
    }
}

/// The credentials of one call: the user's own token and provider tokens. Lives in memory for the length of the call.
#[derive(Debug)]
pub struct Grant {
    session: Option<Secret>,
    vault: Vec<(String, Secret)>,
    approval: Option<Secret>,
}

impl Grant {
    /// Only the engine makes grants: out of what the account object handed over.
    pub(crate) fn mint(credentials: Credentials) -> Self {
        Self { session: credentials.session, vault: credentials.vault, approval: credentials.approval }
    }

    /// The user's own access token, if the tool declared [`crate::Authority::Session`].
    pub fn session(&self) -> Option<&Secret> {
        self.session.as_ref()
    }

    /// The provider's token, if the tool declared [`crate::Authority::Vault`] for that connection.
    pub fn vault(&self, connection: &str) -> Option<&Secret> {
        token_of(&self.vault, connection)
    }

    /// The token that the user's yes on the device gave, if the call needed one (AA-04). It was given for this call alone.
    pub fn approval(&self) -> Option<&Secret> {
        self.approval.as_ref()
    }
}

/// What the driver received from the account object; worthless until the engine turns it into a [`Grant`].
#[derive(Debug, Default)]
pub struct Credentials {
    /// The user's own access token.
    pub session: Option<Secret>,
    /// Provider tokens with the names of their connections.
    pub vault: Vec<(String, Secret)>,
    /// The token of the approval.
    pub approval: Option<Secret>,
}

/// The token of a connection.
pub(crate) fn token_of<'a>(vault: &'a [(String, Secret)], connection: &str) -> Option<&'a Secret> {
    vault.iter().find(|(name, _)| name == connection).map(|(_, token)| token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_changed_byte_is_another_digest() {
        let base = Digest::of("buy", &json!({"qty": 3, "ticker": "GOOGL"}), "a");
        assert_eq!(base, Digest::of("buy", &json!({"ticker": "GOOGL", "qty": 3}), "a"), "key order does not matter");
        for other in [
            Digest::of("buy", &json!({"qty": 4, "ticker": "GOOGL"}), "a"),
            Digest::of("buy", &json!({"qty": "3", "ticker": "GOOGL"}), "a"),
            Digest::of("buyx", &json!({"qty": 3, "ticker": "GOOGL"}), "a"),
            Digest::of("buy", &json!({"qty": 3, "ticker": "GOOGL"}), "b"),
        ] {
            assert_ne!(base, other);
        }
    }
}
