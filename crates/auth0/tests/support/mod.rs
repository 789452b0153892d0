//! What the tests share: a tenant, fixed randomness, tokens made by hand and by a real RSA key.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deputy_auth0::{Client, Endpoints, Issuer, Jwk, Jwks, Randomness, SignatureVerifier, Tenant, VerifierError};
use deputy_http::{ReadResponse as _, Request, Response, Secret, parse_query};
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://tenant.example.com/";
pub const AUDIENCE: &str = "https://deputy.example/api";
pub const CLIENT_ID: &str = "web-app";
pub const CLIENT_SECRET: &str = "s3cret-of-the-web-app";
pub const REDIRECT_URI: &str = "https://app.example.com/auth/callback";
pub const ORIGIN: &str = "https://app.example.com";
/// 2026-11-24 in milliseconds.
pub const NOW: u64 = 1_795_500_000_000;
pub const NOW_SECONDS: u64 = NOW / 1000;

pub fn issuer() -> Issuer {
    Issuer::parse(ISSUER, false).unwrap()
}

pub fn tenant() -> Tenant {
    Tenant {
        issuer: issuer(),
        client: Client::with_secret(CLIENT_ID, Secret::new(CLIENT_SECRET)),
        audience: Some(AUDIENCE.to_owned()),
        redirect_uri: REDIRECT_URI.to_owned(),
        endpoints: Endpoints::auth0(&issuer()),
    }
}

/// Deterministic; different for different seeds.
pub fn randomness(seed: u8) -> Randomness {
    let mut next = u32::from(seed);
    let fill = |bytes: &mut [u8]| {
        bytes.iter_mut().for_each(|byte| {
            next = next.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = next.to_be_bytes()[0];
        });
        Ok::<(), std::convert::Infallible>(())
    };
    Randomness::from_source(fill).unwrap()
}

pub fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The query of a URL, each name once.
pub fn query_of(url: &str) -> HashMap<String, String> {
    let pairs = parse_query(url.split_once('?').map_or("", |(_, query)| query));
    let count = pairs.len();
    let map: HashMap<_, _> = pairs.into_iter().collect();
    assert_eq!(map.len(), count, "a parameter is repeated");
    map
}

/// The form of a request, each name once.
pub fn form_of(request: &Request) -> HashMap<String, String> {
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
    let pairs = parse_query(&request.body().text());
    let count = pairs.len();
    let map: HashMap<_, _> = pairs.into_iter().collect();
    assert_eq!(map.len(), count, "a parameter is repeated");
    map
}

pub fn json_of(request: &Request) -> Value {
    assert_eq!(request.headers()["content-type"], "application/json");
    serde_json::from_str(&request.body().text()).unwrap()
}

pub fn answer(status: u16, body: &Value) -> Response {
    deputy_http::response(status, body.to_string())
}

/// A row of a table of outcomes as an answer: a text is the body as it is, anything else JSON.
pub fn answer_with(status: u16, headers: &BTreeMap<String, String>, body: &Value) -> Response {
    let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
    let response = deputy_http::response(status, body);
    headers.iter().fold(response, |response, (name, value)| response.with_header(name, value))
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing here waits"),
    }
}

/// For tests of claims, which need no real signature.
pub struct Always(pub bool);

impl SignatureVerifier for Always {
    async fn verify(&self, _: &Jwk, _: &[u8], _: &[u8]) -> Result<bool, VerifierError> {
        Ok(self.0)
    }
}

pub struct Broken;

impl SignatureVerifier for Broken {
    async fn verify(&self, _: &Jwk, _: &[u8], _: &[u8]) -> Result<bool, VerifierError> {
        Err(VerifierError)
    }
}

/// The `rsa` crate, as an implementation independent of the runtime's.
pub struct RsaVerifier;

impl SignatureVerifier for RsaVerifier {
    async fn verify(&self, key: &Jwk, signing_input: &[u8], signature: &[u8]) -> Result<bool, VerifierError> {
        let number = |text: &str| URL_SAFE_NO_PAD.decode(text).map(|bytes| BigUint::from_bytes_be(&bytes));
        let n = number(&key.n).map_err(|_| VerifierError)?;
        let e = number(&key.e).map_err(|_| VerifierError)?;
        let key = VerifyingKey::<Sha256>::new(RsaPublicKey::new(n, e).map_err(|_| VerifierError)?);
        Ok(Signature::try_from(signature).is_ok_and(|signature| key.verify(signing_input, &signature).is_ok()))
    }
}

pub struct KeyPair {
    private: RsaPrivateKey,
}

impl KeyPair {
    pub fn generate() -> Self {
        Self { private: RsaPrivateKey::new(&mut rand::thread_rng(), 2048).unwrap() }
    }

    pub fn jwk(&self, key_id: &str) -> Value {
        let public = self.private.to_public_key();
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": key_id,
            "n": URL_SAFE_NO_PAD.encode(public.n().to_bytes_be()),
            "e": URL_SAFE_NO_PAD.encode(public.e().to_bytes_be()),
        })
    }

    pub fn sign(&self, header: &Value, claims: &Value) -> Secret {
        let input = signing_input(header, claims);
        Secret::new(format!("{input}.{}", URL_SAFE_NO_PAD.encode(self.signature(input.as_bytes()))))
    }

    pub fn signature(&self, input: &[u8]) -> Vec<u8> {
        SigningKey::<Sha256>::new(self.private.clone()).sign(input).to_vec()
    }
}

pub fn signing_input(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// A token whose signature only [`Always`] accepts.
pub fn unsigned(header: &Value, claims: &Value) -> Secret {
    Secret::new(format!("{}.AAAA", signing_input(header, claims)))
}

pub fn header() -> Value {
    json!({"alg": "RS256", "typ": "JWT", "kid": "k1"})
}

/// Keys with one made-up entry `k1`, large enough to be accepted.
pub fn keys() -> Jwks {
    let key = json!({"kty": "RSA", "use": "sig", "kid": "k1", "n": URL_SAFE_NO_PAD.encode([0xAB; 256]), "e": "AQAB"});
    deputy_auth0::jwks_response(answer(200, &json!({"keys": [key]}))).unwrap()
}

/// Claims with some members replaced, or removed by `null`.
pub fn with(mut claims: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}
