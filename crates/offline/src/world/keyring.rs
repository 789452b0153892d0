//! The tenant's RSA keys: one signs, the one before it still verifies.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    thread,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rsa::{
    RsaPrivateKey,
    pkcs1v15::{Signature, SigningKey, VerifyingKey},
    rand_core::OsRng,
    signature::{SignatureEncoding, Signer as _, Verifier as _},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const KEY_BITS: usize = 2048;
/// The signing key and the one before it, as a tenant keeps them after a rotation.
const PUBLISHED_KEYS: usize = 2;

/// The signing keys, newest last.
pub struct Keyring {
    keys: Mutex<Vec<Arc<Slot>>>,
}

#[derive(Default)]
struct Slot(OnceLock<Option<Arc<Signer>>>);

/// One RSA key with its key id.
pub struct Signer {
    kid: String,
    signing: SigningKey<Sha256>,
    verifying: VerifyingKey<Sha256>,
    modulus: String,
    exponent: String,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keyring")
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Signer").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl Keyring {
    /// A keyring whose first key is being made on its own thread, because that takes up to a second or two
    /// in a development build; whoever needs it first waits.
    #[must_use]
    pub fn generating() -> Self {
        let keyring = Self { keys: Mutex::new(Vec::new()) };
        keyring.rotate();
        keyring
    }

    /// Makes a new signing key. The former one stays published, older ones go.
    pub fn rotate(&self) {
        let slot = Arc::new(Slot::default());
        {
            let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            keys.push(Arc::clone(&slot));
            let surplus = keys.len().saturating_sub(PUBLISHED_KEYS);
            keys.drain(..surplus);
        }
        thread::spawn(move || {
            slot.signer();
        });
    }

    /// The key that signs now, waiting for it if it is still being made. `None` when the system has no randomness.
    #[must_use]
    pub fn current(&self) -> Option<Arc<Signer>> {
        self.slots().last().and_then(|slot| slot.signer())
    }

    /// A published key by its id.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<Arc<Signer>> {
        self.slots().iter().filter_map(|slot| slot.signer()).find(|signer| signer.kid == kid)
    }

    /// The JWK set (RFC 7517), newest key first.
    #[must_use]
    pub fn jwks(&self) -> Value {
        let keys: Vec<Value> =
            self.slots().iter().rev().filter_map(|slot| slot.signer()).map(|key| key.jwk()).collect();
        json!({ "keys": keys })
    }

    fn slots(&self) -> Vec<Arc<Slot>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Slot {
    fn signer(&self) -> Option<Arc<Signer>> {
        self.0.get_or_init(|| Signer::generate().map(Arc::new)).clone()
    }
}

impl Signer {
    fn generate() -> Option<Self> {
        let key = RsaPrivateKey::new(&mut OsRng, KEY_BITS).ok()?;
        let modulus = URL_SAFE_NO_PAD.encode(key.n().to_bytes_be());
        let exponent = URL_SAFE_NO_PAD.encode(key.e().to_bytes_be());
        let kid =
            URL_SAFE_NO_PAD.encode(Sha256::digest(modulus.as_bytes()).iter().take(16).copied().collect::<Vec<_>>());
        let signing = SigningKey::<Sha256>::new(key);
        let verifying = VerifyingKey::<Sha256>::new(signing.as_ref().to_public_key());
        Some(Self { kid, signing, verifying, modulus, exponent })
    }

    /// The key id.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The RS256 signature of the bytes.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.signing.sign(bytes).to_vec()
    }

    /// Whether the RS256 signature fits the bytes.
    #[must_use]
    pub fn verify(&self, bytes: &[u8], signature: &[u8]) -> bool {
        Signature::try_from(signature).is_ok_and(|signature| self.verifying.verify(bytes, &signature).is_ok())
    }

    fn jwk(&self) -> Value {
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": self.modulus, "e": self.exponent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_former_key_stays_published_after_a_rotation_and_older_ones_go() {
        let keyring = Keyring::generating();
        let first = keyring.current().unwrap();
        let signature = first.sign(b"text");
        keyring.rotate();
        assert_ne!(keyring.current().unwrap().kid(), first.kid());
        assert!(keyring.find(first.kid()).unwrap().verify(b"text", &signature));
        assert!(!first.verify(b"other", &signature));
        assert_eq!(keyring.jwks()["keys"].as_array().unwrap().len(), 2);
        keyring.rotate();
        assert!(keyring.find(first.kid()).is_none());
    }
}
