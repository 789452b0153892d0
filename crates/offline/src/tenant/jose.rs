//! Tokens that others signed: client assertions, DPoP proofs, requests of privileged workers (RFC 7515, RFC 7517, RFC 7638).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature as EcSignature, VerifyingKey as EcKey, signature::Verifier as _};
use rsa::{
    BigUint, RsaPublicKey,
    pkcs1v15::{Signature as RsaSignature, VerifyingKey as RsaKey},
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// A JWT taken apart; nothing in it is true before [`Jwt::signed_by`] said so.
#[derive(Debug, Clone)]
pub(crate) struct Jwt<'a> {
    /// The protected header.
    pub(crate) header: Map<String, Value>,
    /// The claims.
    pub(crate) claims: Map<String, Value>,
    input: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jwt<'a> {
    /// Takes a compact JWT apart; `None` when it is none, or has critical headers.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        let (input, signature) = token.rsplit_once('.')?;
        let (header, payload) = input.split_once('.')?;
        let object =
            |part: &str| serde_json::from_slice::<Map<String, Value>>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let header = object(header)?;
        if header.contains_key("crit") {
            return None;
        }
        Some(Self { claims: object(payload)?, header, input, signature: URL_SAFE_NO_PAD.decode(signature).ok()? })
    }

    /// Whether one of the keys signed it, with RS256 or ES256; a `kid` in the header narrows the choice.
    pub(crate) fn signed_by(&self, keys: &[Value]) -> bool {
        let kid = self.header.get("kid");
        let named = |key: &&Value| kid.is_none() || key.get("kid").is_none() || key.get("kid") == kid;
        keys.iter().filter(named).any(|key| self.fits(key))
    }

    /// A claim that is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// A claim in seconds since the epoch.
    pub(crate) fn seconds(&self, name: &str) -> Option<u64> {
        self.claims.get(name).and_then(Value::as_f64).filter(|value| *value >= 0.0).map(|value| value as u64)
    }

    /// A header that is a text.
    pub(crate) fn header_text(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    /// Whether the audience, one or many, contains one of the names.
    pub(crate) fn is_for(&self, names: &[&str]) -> bool {
        match self.claims.get("aud") {
            Some(Value::String(audience)) => names.contains(&audience.as_str()),
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).any(|audience| names.contains(&audience)),
            _ => false,
        }
    }

    fn fits(&self, key: &Value) -> bool {
        match (self.header_text("alg"), member(key, "kty")) {
            (Some("RS256"), Some("RSA")) => self.rs256(key).unwrap_or(false),
            (Some("ES256"), Some("EC")) => self.es256(key).unwrap_or(false),
            _ => false,
        }
    }

    fn rs256(&self, key: &Value) -> Option<bool> {
        let number = |name| Some(BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(member(key, name)?).ok()?));
        let key = RsaPublicKey::new(number("n")?, number("e")?).ok()?;
        let signature = RsaSignature::try_from(self.signature.as_slice()).ok()?;
        Some(RsaKey::<Sha256>::new(key).verify(self.input.as_bytes(), &signature).is_ok())
    }

    fn es256(&self, key: &Value) -> Option<bool> {
        if member(key, "crv")? != "P-256" {
            return None;
        }
        let mut point = vec![4_u8];
        for name in ["x", "y"] {
            let bytes = URL_SAFE_NO_PAD.decode(member(key, name)?).ok()?;
            (bytes.len() == 32).then_some(())?;
            point.extend(bytes);
        }
        let key = EcKey::from_sec1_bytes(&point).ok()?;
        let signature = EcSignature::from_slice(&self.signature).ok()?;
        Some(key.verify(self.input.as_bytes(), &signature).is_ok())
    }
}

/// The thumbprint of a public key (RFC 7638); `None` for a key that is none of ours, or private.
pub(crate) fn thumbprint(key: &Value) -> Option<String> {
    if key.get("d").is_some() {
        return None;
    }
    let members = match member(key, "kty")? {
        "RSA" => json!({ "e": member(key, "e")?, "kty": "RSA", "n": member(key, "n")? }),
        "EC" => json!({ "crv": member(key, "crv")?, "kty": "EC", "x": member(key, "x")?, "y": member(key, "y")? }),
        _ => return None,
    };
    // serde_json writes the members in lexical order, as RFC 7638 3.3 wants them.
    Some(sha256_base64url(members.to_string().as_bytes()))
}

/// BASE64URL(SHA256(bytes)).
pub(crate) fn sha256_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

fn member<'a>(key: &'a Value, name: &str) -> Option<&'a str> {
    key.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638_3_1() {
        let key = json!({
            "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        });
        assert_eq!(thumbprint(&key).unwrap(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert!(thumbprint(&json!({ "kty": "oct", "k": "AA" })).is_none());
    }

    #[test]
    fn a_token_with_critical_headers_or_without_three_parts_is_none() {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = |header: Value| format!("{}.{}.AA", part(header), part(json!({})));
        assert!(Jwt::parse(&token(json!({ "alg": "RS256" }))).is_some());
        assert!(Jwt::parse(&token(json!({ "alg": "RS256", "crit": ["b64"] }))).is_none());
        assert!(Jwt::parse("a.b").is_none());
    }
}
