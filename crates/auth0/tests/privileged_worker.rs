//! The privileged worker's request: the subject of an exchange without a user's token.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deputy_auth0::{
    AssertionSigner, AuditContext, Client, PrivilegedInput, PrivilegedRequestError, SignerError, SubjectToken,
    exchange_request, privileged_request,
};
use deputy_error::Explained as _;
use deputy_http::Secret;
use serde_json::{Value, json};
use support::*;

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

fn input(context: &AuditContext) -> PrivilegedInput<'_> {
    PrivilegedInput {
        client_id: "worker",
        key_id: Some("cred-1"),
        subject: "auth0|ana",
        audit_context: context,
        organization: None,
    }
}

fn parts(token: &str) -> (Value, Value, String) {
    let mut parts = token.split('.');
    let mut next = || parts.next().unwrap().to_owned();
    let (header, claims, signature) = (next(), next(), next());
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    (read(&header), read(&claims), signature)
}

#[test]
fn issue_4_a_privileged_worker_signs_one_request_for_one_user_and_a_minute() {
    let signer = RsaSigner(KeyPair::generate());
    let context = AuditContext::new("nightly report").unwrap();
    let client = Client::with_secret("worker", Secret::new("worker-secret"));
    let ask = |input: &PrivilegedInput<'_>, seed: u8| {
        let request = block_on(privileged_request(&issuer(), input, &signer, randomness(seed), NOW)).unwrap();
        let subject = SubjectToken::PrivilegedWorker { request: &request, client: &client };
        assert!(!format!("{request:?}").contains("ey"), "not shown");
        form_of(&exchange_request(&tenant(), subject, "github", None))
    };
    let form = ask(&input(&context), 1);
    assert_eq!(form["subject_token_type"], "urn:ietf:params:oauth:token-type:jwt");
    assert_eq!(form["requested_token_type"], "http://auth0.com/oauth/token-type/token-vault-access-token");
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), ("worker", "worker-secret"));
    assert_eq!(form["connection"], "github");
    let (header, claims, signature) = parts(&form["subject_token"]);
    assert_eq!(header, json!({ "alg": "RS256", "typ": "token-vault-req+jwt", "kid": "cred-1" }));
    let jti = claims["jti"].as_str().unwrap().to_owned();
    let expected = json!({
        "sub": "auth0|ana", "aud": ISSUER, "iss": "worker", "iat": NOW_SECONDS, "exp": NOW_SECONDS + 60, "jti": jti,
        "audit_context": "nightly report",
    });
    assert_eq!(claims, expected);
    let (signed, _) = form["subject_token"].rsplit_once('.').unwrap();
    assert_eq!(URL_SAFE_NO_PAD.decode(signature).unwrap(), signer.0.signature(signed.as_bytes()));
    assert_ne!(parts(&ask(&input(&context), 2)["subject_token"]).1["jti"], jti.as_str(), "each is used once");
    let member = PrivilegedInput { key_id: None, organization: Some("org_1"), ..input(&context) };
    let (header, claims, _) = parts(&ask(&member, 3)["subject_token"]);
    assert_eq!((header.get("kid"), &claims["org_id"]), (None, &json!("org_1")));
}

#[test]
fn what_the_tenant_would_refuse_is_not_signed() {
    for text in [String::new(), "x".repeat(257)] {
        assert_eq!(AuditContext::new(&text), Err(PrivilegedRequestError::AuditContext));
    }
    assert!(AuditContext::new(&"ü".repeat(256)).is_ok(), "characters, not bytes");
    let context = AuditContext::new("x").unwrap();
    let refused = |input: PrivilegedInput<'_>| {
        block_on(privileged_request(&issuer(), &input, &NoSigner, randomness(1), NOW)).map(drop).unwrap_err()
    };
    assert_eq!(refused(PrivilegedInput { subject: "", ..input(&context) }), PrivilegedRequestError::Nobody);
    assert_eq!(refused(PrivilegedInput { client_id: "", ..input(&context) }), PrivilegedRequestError::Nobody);
    let error = refused(input(&context));
    assert_eq!(error, PrivilegedRequestError::Signer(SignerError));
    for error in [error, PrivilegedRequestError::Nobody, PrivilegedRequestError::AuditContext] {
        assert!(!error.code().is_empty() && !error.user_message().is_empty() && !error.developer_fix().is_empty());
    }
}
