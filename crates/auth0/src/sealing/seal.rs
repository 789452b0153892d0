use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use deputy_error::{Explained, Explanation};
use zeroize::Zeroizing;

use crate::encoding::{base64url, from_base64url};
use crate::sealing::key_ring::{KeyRing, Purpose};

/// First part of every sealed text.
const VERSION: &str = "v1";

/// Bytes of a nonce for AES-GCM (NIST SP 800-38D, 5.2.1.1).
pub const SEAL_NONCE_LENGTH: usize = 12;

/// Twelve fresh random bytes for one sealing.
pub type SealNonce = [u8; SEAL_NONCE_LENGTH];

/// What a sealed value belongs to: it opens only with the same parts in the same order, so that a row that was
/// swapped for another user's, connection's or tenant's does not open. Each part carries its length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssociatedData(Vec<u8>);

impl AssociatedData {
    /// From parts such as tenant, user, connection and scopes.
    pub fn new<S: AsRef<str>>(parts: impl IntoIterator<Item = S>) -> Self {
        let mut bytes = Vec::new();
        for part in parts {
            push_part(&mut bytes, part.as_ref());
        }
        Self(bytes)
    }
}

/// What was in a sealed text.
pub struct Opened {
    /// The plaintext, wiped when dropped.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// True if a key other than the first sealed it: seal it again when convenient.
    pub reseal: bool,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened([redacted], reseal: {})", self.reseal)
    }
}

impl KeyRing {
    /// Seals with the first key: `v1.<kid>.<nonce>.<ciphertext>`, the last two base64url. AES-256-GCM, a key of its own
    /// per purpose. `nonce` must be fresh and random. Fails only for values beyond the limit of AES-GCM.
    pub fn seal(
        &self,
        purpose: Purpose,
        nonce: SealNonce,
        associated_data: &AssociatedData,
        plaintext: &[u8],
    ) -> Result<String, SealError> {
        let (key_id, key) = self.sealing_key(purpose);
        let aad = header(purpose, key_id, associated_data);
        let ciphertext = Aes256Gcm::new(key.into())
            .encrypt(Nonce::from_slice(&nonce), Payload { msg: plaintext, aad: &aad })
            .map_err(|_| SealError)?;
        Ok(format!("{VERSION}.{key_id}.{}.{}", base64url(&nonce), base64url(&ciphertext)))
    }

    /// Opens what any key of the ring has sealed for the same purpose and associated data. A wrong key, another
    /// owner and garbage are one error, and none of them is a failure of the caller: treat it as "no value".
    pub fn open(&self, purpose: Purpose, associated_data: &AssociatedData, sealed: &str) -> Result<Opened, SealError> {
        let mut parts = sealed.split('.');
        let (Some(VERSION), Some(key_id), Some(nonce), Some(ciphertext), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(SealError);
        };
        let (key, first) = self.opening_key(purpose, key_id).ok_or(SealError)?;
        let nonce: SealNonce = from_base64url(nonce).and_then(|bytes| bytes.try_into().ok()).ok_or(SealError)?;
        let ciphertext = from_base64url(ciphertext).ok_or(SealError)?;
        let aad = header(purpose, key_id, associated_data);
        let plaintext = Aes256Gcm::new(key.into())
            .decrypt(Nonce::from_slice(&nonce), Payload { msg: &ciphertext, aad: &aad })
            .map_err(|_| SealError)?;
        Ok(Opened { plaintext: Zeroizing::new(plaintext), reseal: !first })
    }
}

fn header(purpose: Purpose, key_id: &str, associated_data: &AssociatedData) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in [VERSION, purpose.label(), key_id] {
        push_part(&mut bytes, part);
    }
    bytes.extend_from_slice(&associated_data.0);
    bytes
}

fn push_part(bytes: &mut Vec<u8>, part: &str) {
    bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
    bytes.extend_from_slice(part.as_bytes());
}

/// A sealed value could not be opened. Says no more on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed value cannot be opened")]
pub struct SealError;

impl Explained for SealError {
    fn explanation(&self) -> Explanation<'_> {
        Explanation::new(
            "sealed_value_unreadable",
            "Something went wrong on our side. Please try again.",
            "Normal after a key was taken off AUTH0_SESSION_ENCRYPTION_KEY: what it sealed is void.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deputy_http::Secret;

    fn ring(setting: &str) -> KeyRing {
        KeyRing::parse(&Secret::new(setting)).expect("key ring")
    }

    fn key(byte: u8) -> String {
        base64url(&[byte; 32])
    }

    fn owner() -> AssociatedData {
        AssociatedData::new(["https://t.example/", "auth0|ana", "google-oauth2", "cal"])
    }

    #[test]
    fn ua_09_what_was_sealed_is_opened_and_shows_nothing() {
        let ring = ring(&format!("a:{}", key(1)));
        let sealed = ring.seal(Purpose::SessionTokens, [7; 12], &owner(), b"refresh-token").expect("sealed");
        assert!(sealed.starts_with("v1.a."));
        assert!(!sealed.contains("refresh"));
        let opened = ring.open(Purpose::SessionTokens, &owner(), &sealed).expect("opened");
        assert_eq!(&opened.plaintext[..], b"refresh-token");
        assert!(!opened.reseal);
        assert!(!format!("{opened:?}").contains("refresh"));
    }

    #[test]
    fn a_swapped_row_does_not_open_s_06() {
        let ring = ring(&format!("a:{}", key(1)));
        let sealed = ring.seal(Purpose::ProviderToken, [7; 12], &owner(), b"x").expect("sealed");
        for other in [
            AssociatedData::new(["https://t.example/", "auth0|ben", "google-oauth2", "cal"]),
            AssociatedData::new(["https://t.example/", "auth0|ana", "google-oauth2cal", ""]),
            AssociatedData::new(["https://t.example/auth0|ana", "google-oauth2", "cal"]),
            AssociatedData::new(Vec::<&str>::new()),
        ] {
            assert_eq!(ring.open(Purpose::ProviderToken, &other, &sealed).err(), Some(SealError));
        }
        assert!(ring.open(Purpose::SessionTokens, &owner(), &sealed).is_err(), "another purpose has another key");
    }

    #[test]
    fn rotation_opens_old_values_and_asks_for_resealing() {
        let old = ring(&format!("a:{}", key(1)));
        let sealed = old.seal(Purpose::SessionCookie, [7; 12], &owner(), b"x").expect("sealed");
        let rotated = ring(&format!("b:{},a:{}", key(2), key(1)));
        assert!(rotated.open(Purpose::SessionCookie, &owner(), &sealed).expect("opened").reseal);
        assert!(rotated.seal(Purpose::SessionCookie, [8; 12], &owner(), b"x").expect("sealed").starts_with("v1.b."));
        let gone = ring(&format!("b:{}", key(2)));
        assert!(gone.open(Purpose::SessionCookie, &owner(), &sealed).is_err(), "UA-09: changing the key ends sessions");
        let renamed = ring(&format!("a:{}", key(2)));
        assert!(renamed.open(Purpose::SessionCookie, &owner(), &sealed).is_err());
    }

    #[test]
    fn s_15_garbage_is_one_quiet_error() {
        let ring = ring("a passphrase of more than thirty-two characters");
        let sealed = ring.seal(Purpose::SessionCookie, [7; 12], &owner(), b"x").expect("sealed");
        let mut damaged = sealed.clone();
        damaged.pop();
        damaged.push(if sealed.ends_with('A') { 'B' } else { 'A' });
        let garbage =
            ["", ".", "v1", "v1...", "v1.p..", "v2.p.AAAAAAAAAAAAAAAA.AAAA", "v1.p.AAAA.AAAA", "%%%", "v1.p.é.é"];
        for text in garbage.iter().copied().chain([damaged.as_str(), &format!("{sealed}.x")]) {
            assert_eq!(ring.open(Purpose::SessionCookie, &owner(), text).err(), Some(SealError), "{text}");
        }
    }
}
