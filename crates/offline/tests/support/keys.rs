//! Keys of clients, and what they sign.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};

/// An ES256 key made from a number.
pub struct Key(SigningKey);

impl Key {
    pub fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub fn jwk(&self) -> Value {
        let point = self.0.verifying_key().to_encoded_point(false);
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "kty": "EC", "crv": "P-256", "x": part(point.x().unwrap()), "y": part(point.y().unwrap()) })
    }

    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(header), part(claims));
        let signature: Signature = self.0.sign(input.as_bytes());
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    /// A DPoP proof with members of header and claims replaced.
    pub fn proof(&self, method: &str, url: &str, now: u64, header: &Value, claims: &Value) -> String {
        let base = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk() });
        let body = json!({ "htm": method, "htu": url, "iat": now / 1000, "jti": format!("{now}-{claims}-{url}") });
        self.sign(&merged(base, header), &merged(body, claims))
    }
}

/// Members replaced; `null` removes one.
pub fn merged(mut value: Value, changes: &Value) -> Value {
    let members = value.as_object_mut().unwrap();
    for (name, change) in changes.as_object().unwrap() {
        if change.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), change.clone());
        }
    }
    value
}
