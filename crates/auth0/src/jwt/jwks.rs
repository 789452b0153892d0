use deputy_error::{Explained, Explanation};
use deputy_http::{BuildRequest, ReadResponse, Request, Response, TransportError};
use serde::{Deserialize, Serialize};
use strum::EnumIter;

use crate::encoding;
use crate::endpoints::Endpoints;
use crate::words::CHECK_DOMAIN;

/// A public RSA key of the tenant (RFC 7517, 4; RFC 7518, 6.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `RSA`
    pub kty: String,
    /// Key id.
    pub kid: String,
    /// Modulus, base64url.
    pub n: String,
    /// Public exponent, base64url.
    pub e: String,
}

/// The tenant's signing keys (RFC 7517, 5). Public: may be cached anywhere, replaced when a key id is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Jwks {
    keys: Vec<Jwk>,
}

impl Jwks {
    /// The key with that id.
    pub fn find(&self, key_id: &str) -> Option<&Jwk> {
        self.keys.iter().find(|key| key.kid == key_id)
    }

    /// How many usable keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// True if there is no usable key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// RFC 7517, 5
pub fn jwks_request(endpoints: &Endpoints) -> Request {
    deputy_http::get(&endpoints.jwks).header("accept", "application/json")
}

/// Keeps the keys that may verify RS256: RSA of at least 2048 bits (RFC 7518, 3.3), for signatures, with a key id.
/// Others are skipped, as RFC 7517, 5 asks.
pub fn jwks_response(response: Response) -> Result<Jwks, JwksError> {
    if !response.status().is_success() {
        return Err(JwksError::Unavailable { status: Some(response.status().as_u16()) });
    }
    let document: Document = response.json().map_err(|_| JwksError::Malformed)?;
    let keys: Vec<Jwk> = document.keys.into_iter().filter_map(signing_key).collect();
    if keys.is_empty() { Err(JwksError::NoUsableKey) } else { Ok(Jwks { keys }) }
}

fn signing_key(value: serde_json::Value) -> Option<Jwk> {
    const SMALLEST_MODULUS_BYTES: usize = 256;
    let text = |name: &str| value.get(name).and_then(serde_json::Value::as_str);
    // RFC 7515, 2 has no padding; some write it all the same.
    let number = |name: &str| text(name).map(|digits| digits.trim_end_matches('='));
    let for_rs256 = text("kty") == Some("RSA")
        && text("use").is_none_or(|usage| usage == "sig")
        && text("alg").is_none_or(|algorithm| algorithm == "RS256");
    let modulus = encoding::from_base64url(number("n")?)?;
    let large = modulus.iter().skip_while(|byte| **byte == 0).count() >= SMALLEST_MODULUS_BYTES;
    (for_rs256 && large).then_some(())?;
    Some(Jwk {
        kty: "RSA".to_owned(),
        kid: text("kid").filter(|kid| !kid.is_empty())?.to_owned(),
        n: number("n")?.to_owned(),
        e: number("e")?.to_owned(),
    })
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

/// Why there are no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum JwksError {
    /// No document came back.
    #[error("the tenant's keys could not be fetched")]
    Unavailable {
        /// HTTP status, if there was an answer.
        status: Option<u16>,
    },
    /// Not the JSON of RFC 7517, 5.
    #[error("the tenant's keys are malformed")]
    Malformed,
    /// No RSA signing key of at least 2048 bits.
    #[error("the tenant has no key for RS256")]
    NoUsableKey,
}

const LOGIN_NOT_CHECKED: &str = "Your login cannot be checked right now. Please try again in a moment.";

impl Explained for JwksError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Unavailable { .. } => Explanation::new("jwks_unavailable", LOGIN_NOT_CHECKED, CHECK_DOMAIN).later(),
            Self::Malformed => Explanation::new("jwks_malformed", LOGIN_NOT_CHECKED, CHECK_DOMAIN).later(),
            Self::NoUsableKey => Explanation::new(
                "jwks_no_usable_key",
                LOGIN_NOT_CHECKED,
                "Set the signing algorithm of the application and the API to RS256.",
            ),
        }
    }
}

impl From<TransportError> for JwksError {
    fn from(_: TransportError) -> Self {
        Self::Unavailable { status: None }
    }
}
