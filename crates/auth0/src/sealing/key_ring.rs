use deputy_error::{Explained, Explanation};
use deputy_http::Secret;
use hkdf::Hkdf;
use sha2::Sha256;
use strum::EnumIter;
use zeroize::{Zeroize as _, Zeroizing};

use crate::encoding::from_any_base64;
use crate::words::NOT_SET_UP;

/// What a key is for. Each purpose has a key of its own, so that one kind of sealed value can never pass for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The session cookie.
    SessionCookie,
    /// A login or connected-accounts transaction on its way through the browser.
    LoginTransaction,
    /// Tokens of the tenant at rest.
    SessionTokens,
    /// Provider tokens from Token Vault at rest.
    ProviderToken,
    /// A request for the user's approval, and the tokens an approval gave, at rest.
    Approval,
    /// What an MCP server that a user added gave: its client registration, its tokens, a log-in on its way.
    McpServer,
}

impl Purpose {
    const ALL: [Self; 6] = [
        Self::SessionCookie,
        Self::LoginTransaction,
        Self::SessionTokens,
        Self::ProviderToken,
        Self::Approval,
        Self::McpServer,
    ];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::SessionCookie => "session-cookie",
            Self::LoginTransaction => "login-transaction",
            Self::SessionTokens => "session-tokens",
            Self::ProviderToken => "provider-token",
            Self::Approval => "approval",
            Self::McpServer => "mcp-server",
        }
    }
}

/// The keys of `AUTH0_SESSION_ENCRYPTION_KEY`: the first seals, all open.
#[derive(Clone)]
pub struct KeyRing {
    first: RingKey,
    others: Vec<RingKey>,
}

#[derive(Clone)]
struct RingKey {
    key_id: String,
    derived: [Zeroizing<[u8; 32]>; 6],
}

impl KeyRing {
    /// Reads the setting: a comma list of `kid:base64(32 bytes)`, or one passphrase of at least 32 characters.
    pub fn parse(setting: &Secret) -> Result<Self, KeyRingError> {
        const SHORTEST_PASSPHRASE: usize = 32;
        let text = setting.expose().trim();
        if text.is_empty() {
            return Err(KeyRingError::Missing);
        }
        let entries: Vec<_> = text.split(',').map(|entry| looks_like_key(entry.trim())).collect();
        if entries.iter().all(Option::is_none) {
            if text.chars().count() < SHORTEST_PASSPHRASE {
                return Err(KeyRingError::TooShort);
            }
            return Ok(Self { first: RingKey::derive("p", text.as_bytes())?, others: Vec::new() });
        }
        let mut keys: Vec<RingKey> = Vec::new();
        for entry in entries {
            let (key_id, encoded) = entry.ok_or(KeyRingError::MixedList)?;
            if keys.iter().any(|key| key.key_id == key_id) {
                return Err(KeyRingError::RepeatedKeyId);
            }
            let mut bytes = from_any_base64(encoded).ok_or(KeyRingError::NotAKey)?;
            let key = if bytes.len() == 32 { RingKey::derive(key_id, &bytes) } else { Err(KeyRingError::NotAKey) };
            bytes.zeroize();
            keys.push(key?);
        }
        let mut keys = keys.into_iter();
        let first = keys.next().ok_or(KeyRingError::Missing)?;
        Ok(Self { first, others: keys.collect() })
    }

    pub(crate) fn sealing_key(&self, purpose: Purpose) -> (&str, &[u8; 32]) {
        (&self.first.key_id, self.first.key(purpose))
    }

    /// The key and whether it is the first.
    pub(crate) fn opening_key(&self, purpose: Purpose, key_id: &str) -> Option<(&[u8; 32], bool)> {
        if self.first.key_id == key_id {
            return Some((self.first.key(purpose), true));
        }
        self.others.iter().find(|key| key.key_id == key_id).map(|key| (key.key(purpose), false))
    }
}

impl RingKey {
    /// RFC 5869 with SHA-256; `info` names version and purpose.
    fn derive(key_id: &str, secret: &[u8]) -> Result<Self, KeyRingError> {
        let hkdf = Hkdf::<Sha256>::new(Some(b"deputy key ring"), secret);
        let mut derived = Purpose::ALL.map(|_| Zeroizing::new([0_u8; 32]));
        for (purpose, key) in Purpose::ALL.into_iter().zip(derived.iter_mut()) {
            let info = format!("deputy v1 {}", purpose.label());
            hkdf.expand(info.as_bytes(), key.as_mut_slice()).map_err(|_| KeyRingError::NotAKey)?;
        }
        Ok(Self { key_id: key_id.to_owned(), derived })
    }

    fn key(&self, purpose: Purpose) -> &[u8; 32] {
        let [session_cookie, login_transaction, session_tokens, provider_token, approval, mcp_server] = &self.derived;
        match purpose {
            Purpose::SessionCookie => session_cookie,
            Purpose::LoginTransaction => login_transaction,
            Purpose::SessionTokens => session_tokens,
            Purpose::ProviderToken => provider_token,
            Purpose::Approval => approval,
            Purpose::McpServer => mcp_server,
        }
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyRing({} keys, first {})", self.others.len().saturating_add(1), self.first.key_id)
    }
}

/// `kid:base64`; anything else is (part of) a passphrase.
fn looks_like_key(entry: &str) -> Option<(&str, &str)> {
    let (key_id, encoded) = entry.split_once(':')?;
    let id_ok =
        (1..=32).contains(&key_id.len()) && key_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let encoded_ok = !encoded.is_empty() && encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/-_=".contains(&b));
    (id_ok && encoded_ok).then_some((key_id, encoded))
}

/// Why `AUTH0_SESSION_ENCRYPTION_KEY` is no key ring. Never repeats the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum KeyRingError {
    /// Empty.
    #[error("AUTH0_SESSION_ENCRYPTION_KEY is missing")]
    Missing,
    /// A passphrase of fewer than 32 characters.
    #[error("AUTH0_SESSION_ENCRYPTION_KEY is shorter than 32 characters")]
    TooShort,
    /// Some entries of a comma list are keys, some are not.
    #[error("AUTH0_SESSION_ENCRYPTION_KEY mixes keys with something else")]
    MixedList,
    /// An entry looks like a key but is not base64 of 32 bytes.
    #[error("AUTH0_SESSION_ENCRYPTION_KEY has a key that is not 32 bytes in base64")]
    NotAKey,
    /// The same key id twice.
    #[error("AUTH0_SESSION_ENCRYPTION_KEY repeats a key id")]
    RepeatedKeyId,
}

const SET_KEY: &str = "Set AUTH0_SESSION_ENCRYPTION_KEY to the output of `openssl rand -hex 32`, or to a key ring such as `k1:` followed by the output of `openssl rand -base64 32`.";

impl Explained for KeyRingError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Missing => Explanation::new("session_key_missing", NOT_SET_UP, SET_KEY),
            Self::TooShort => Explanation::new("session_key_too_short", NOT_SET_UP, SET_KEY),
            Self::MixedList => Explanation::new(
                "session_key_mixed_list",
                NOT_SET_UP,
                "Write every entry of AUTH0_SESSION_ENCRYPTION_KEY as `id:base64`, separated by commas, or use one passphrase without them.",
            ),
            Self::NotAKey => Explanation::new(
                "session_key_not_32_bytes",
                NOT_SET_UP,
                "Make each key of AUTH0_SESSION_ENCRYPTION_KEY with `openssl rand -base64 32`; a passphrase must not look like `id:base64`.",
            ),
            Self::RepeatedKeyId => Explanation::new(
                "session_key_repeated_id",
                NOT_SET_UP,
                "Give every key of AUTH0_SESSION_ENCRYPTION_KEY an id of its own.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::base64url;

    fn parse(text: &str) -> Result<KeyRing, KeyRingError> {
        KeyRing::parse(&Secret::new(text))
    }

    #[test]
    fn ua_09_each_wrong_setting_has_its_own_error() {
        let key = base64url(&[1; 32]);
        assert_eq!(parse("  ").err(), Some(KeyRingError::Missing));
        assert_eq!(parse("short").err(), Some(KeyRingError::TooShort));
        assert_eq!(parse("k1:AAAA").err(), Some(KeyRingError::NotAKey));
        assert_eq!(parse(&format!("k1:{key},not a key")).err(), Some(KeyRingError::MixedList));
        assert_eq!(parse(&format!("k1:{key},")).err(), Some(KeyRingError::MixedList));
        assert_eq!(parse(&format!("k1:{key},k1:{key}")).err(), Some(KeyRingError::RepeatedKeyId));
        for error in [KeyRingError::Missing, KeyRingError::NotAKey, KeyRingError::RepeatedKeyId] {
            assert!(error.developer_fix().contains("AUTH0_SESSION_ENCRYPTION_KEY"));
        }
    }

    #[test]
    fn keys_and_passphrases_are_told_apart() {
        let key = base64url(&[1; 32]);
        assert!(parse(&format!("k2:{key}=, k1:{}", base64url(&[2; 32]))).is_ok());
        assert!(parse(&"x".repeat(32)).is_ok());
        assert!(parse("a long passphrase, with a comma: and a colon").is_ok());
    }

    #[test]
    fn every_purpose_has_its_own_key_and_debug_shows_none() {
        let ring = parse(&"x".repeat(32)).expect("ring");
        for (index, one) in Purpose::ALL.into_iter().enumerate() {
            for other in Purpose::ALL.into_iter().skip(index + 1) {
                assert_ne!(ring.sealing_key(one).1, ring.sealing_key(other).1);
            }
        }
        assert_eq!(format!("{ring:?}"), "KeyRing(1 keys, first p)");
    }
}
