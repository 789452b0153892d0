//! `private_key_jwt`: assertions signed by a real key, read back by an independent implementation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use deputy_auth0::{
    AssertionError, AssertionSigner, BackchannelInput, BindingMessage, Client, PrivateKey, PrivateKeyError, Scopes,
    SignerError, SubjectToken, Tenant, backchannel_request, exchange_request, jwks_response, refresh_request,
    revoke_request, verify_signature,
};
use deputy_error::Explained as _;
use deputy_http::{Request, Secret};
use rsa::RsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding};
use serde_json::{Value, json};
use support::*;

/// Signs with the key of a setting, as a Worker does.
struct RsaSigner(KeyPair);

impl AssertionSigner for RsaSigner {
    async fn sign(&self, signing_input: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.signature(signing_input))
    }
}

struct NoSigner;

impl AssertionSigner for NoSigner {
    async fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerError> {
        Err(SignerError)
    }
}

/// For tests of everything but the signature.
struct Bytes(usize);

impl AssertionSigner for Bytes {
    async fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(vec![0xAB; self.0])
    }
}

fn key_tenant() -> Tenant {
    Tenant { client: Client::with_private_key(CLIENT_ID, Some("cred-1".into())), ..tenant() }
}

fn prepared(tenant: &Tenant, signer: &impl AssertionSigner, seed: u8) -> Tenant {
    block_on(tenant.prepared(signer, randomness(seed), NOW)).unwrap().into_owned()
}

fn assertion_of(request: &Request) -> (Secret, Value, Value) {
    let form = form_of(request);
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert_eq!(form["client_id"], CLIENT_ID);
    assert!(!form.contains_key("client_secret"));
    let assertion = form["client_assertion"].clone();
    let part = |index: usize| {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(assertion.split('.').nth(index).unwrap()).unwrap()).unwrap()
    };
    let (header, claims) = (part(0), part(1));
    (Secret::new(assertion), header, claims)
}

/// RFC 7523, 3; OpenID Connect Core 1.0, 9: the claims, and a signature that verifies with the public key.
#[test]
fn an_assertion_is_signed_for_the_issuer_and_lives_two_minutes() {
    let signer = RsaSigner(KeyPair::generate());
    let tenant = prepared(&key_tenant(), &signer, 1);
    let (assertion, header, claims) = assertion_of(&refresh_request(&tenant, &Secret::new("rt-1"), None, None));
    assert_eq!(header, json!({"alg": "RS256", "typ": "JWT", "kid": "cred-1"}));
    let jti = claims["jti"].as_str().unwrap();
    assert!((32..=64).contains(&jti.len()));
    let expected = json!({
        "iss": CLIENT_ID, "sub": CLIENT_ID, "aud": "https://tenant.example.com/", "jti": jti,
        "iat": NOW_SECONDS, "exp": NOW_SECONDS + 120,
    });
    assert_eq!(claims, expected);
    let keys = jwks_response(answer(200, &json!({"keys": [signer.0.jwk("cred-1")]}))).unwrap();
    assert!(block_on(verify_signature(&assertion, &keys, &RsaVerifier)).is_ok());
    assert!(!format!("{tenant:?}").contains(assertion.expose()), "no assertion in Debug");
}

/// RFC 7523, 3, item 7: each request has a `jti` of its own, since the tenant takes one once.
#[test]
fn every_request_has_its_own_assertion() {
    let id = |seed: u8| {
        let tenant = prepared(&key_tenant(), &Bytes(256), seed);
        assertion_of(&revoke_request(&tenant, &Secret::new("rt-1"))).2["jti"].clone()
    };
    assert_ne!(id(1), id(2));
    assert_eq!(id(3), id(3));
}

/// Every request that authenticates the client does so by assertion, and its builder stays pure.
#[test]
fn every_authenticated_request_carries_it() {
    let tenant = prepared(&key_tenant(), &Bytes(256), 1);
    let token = Secret::new("t");
    let ask = BackchannelInput {
        subject: "auth0|ana",
        binding_message: BindingMessage::fit("Buy"),
        scopes: Scopes::default(),
        audience: "shop",
        requested_expiry: None,
        authorization_details: None,
    };
    for request in [
        backchannel_request(&tenant, &ask),
        refresh_request(&tenant, &token, None, None),
        revoke_request(&tenant, &token),
        exchange_request(&tenant, SubjectToken::RefreshToken(&token), "google-oauth2", None),
    ] {
        assertion_of(&request);
    }
    let custom = Client::with_private_key(CLIENT_ID, None);
    let custom = block_on(custom.prepared(&issuer(), &Bytes(256), randomness(2), NOW)).unwrap();
    let subject = SubjectToken::AccessToken { token: &token, client: &custom };
    let (_, header, _) = assertion_of(&exchange_request(&tenant, subject, "google-oauth2", None));
    assert_eq!(header, json!({"alg": "RS256", "typ": "JWT"}), "the key id may be left out");
}

#[test]
fn a_secret_needs_no_preparation() {
    let tenant = prepared(&tenant(), &NoSigner, 1);
    assert_eq!(form_of(&revoke_request(&tenant, &Secret::new("rt")))["client_secret"], CLIENT_SECRET);
}

/// Fails closed: without an assertion there is no proof in the request, and the tenant refuses it.
#[test]
fn an_unprepared_client_proves_nothing() {
    let form = form_of(&revoke_request(&key_tenant(), &Secret::new("rt")));
    assert_eq!(form["client_id"], CLIENT_ID);
    assert!(!form.contains_key("client_secret") && !form.contains_key("client_assertion"));
}

#[test]
fn what_auth0_would_not_take_is_not_sent() {
    let refused = |client_id: &str, signature: usize| {
        let client = Client::with_private_key(client_id, None);
        block_on(client.prepared(&issuer(), &Bytes(signature), randomness(1), NOW)).map(drop).unwrap_err()
    };
    assert_eq!(refused("", 256), AssertionError::ClientId);
    assert_eq!(refused(&"c".repeat(65), 256), AssertionError::ClientId);
    assert_eq!(refused(CLIENT_ID, 1_600), AssertionError::TooLong);
    let tenant = key_tenant();
    let error = block_on(tenant.prepared(&NoSigner, randomness(1), NOW)).map(drop).unwrap_err();
    assert_eq!(error, AssertionError::Signer(SignerError));
    for error in [error, AssertionError::ClientId, AssertionError::TooLong] {
        assert!(!error.code().is_empty() && !error.user_message().is_empty() && !error.developer_fix().is_empty());
    }
}

/// A key as `openssl genpkey` writes it, with real line breaks and with `\n`.
#[test]
fn a_private_key_is_read_from_its_setting() {
    let key = RsaPrivateKey::new(&mut rand::thread_rng(), 2048).unwrap();
    let pem = key.to_pkcs8_pem(LineEnding::LF).unwrap();
    for setting in [pem.to_string(), pem.replace('\n', "\\n"), pem.replace('\n', "\r\n"), format!("\n{}", *pem)] {
        let read = PrivateKey::parse(&Secret::new(setting)).unwrap();
        assert_eq!(RsaPrivateKey::from_pkcs8_der(read.expose_der()).unwrap(), key);
        assert_eq!(format!("{read:?}"), "PrivateKey([redacted])");
    }
}

#[test]
fn each_wrong_key_has_its_own_error() {
    let pem = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    for (setting, expected) in [
        (" \n".to_owned(), PrivateKeyError::Missing),
        ("hunter2".to_owned(), PrivateKeyError::NotPem),
        (pem("PRIVATE KEY", "???"), PrivateKeyError::NotPem),
        (pem("PRIVATE KEY", &STANDARD.encode([0x02, 0x01])), PrivateKeyError::NotPem),
        ("-----BEGIN PRIVATE KEY-----\nMIIE".to_owned(), PrivateKeyError::NotPem),
        (pem("PUBLIC KEY", "MIIE"), PrivateKeyError::NotPem),
        (pem("RSA PRIVATE KEY", "MIIE"), PrivateKeyError::NotPkcs8),
        (pem("ENCRYPTED PRIVATE KEY", "MIIE"), PrivateKeyError::Encrypted),
    ] {
        let error = PrivateKey::parse(&Secret::new(setting.as_str())).unwrap_err();
        assert_eq!(error, expected, "{setting}");
        assert!(!error.code().is_empty() && error.developer_fix().contains("AUTH0_CLIENT_PRIVATE_KEY"));
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
