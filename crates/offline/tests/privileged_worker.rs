//! Our own client as a privileged worker of the offline tenant: what `crates/auth0` signs is what the tenant takes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers outside of the test functions

mod support;

use axum::body::Body;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use deputy_auth0::{
    AssertionSigner, AuditContext, Client, Endpoints, ExchangeError, Issuer, PrivilegedInput, PrivilegedRequest,
    ProviderToken, Randomness, Scopes, SignerError, SubjectToken, Tenant, exchange_request, exchange_response,
    privileged_request,
};
use deputy_http::Secret;
use rsa::{
    RsaPrivateKey,
    pkcs1v15::SigningKey,
    rand_core::{OsRng, RngCore},
    sha2::Sha256,
    signature::{SignatureEncoding, Signer},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};
use support::{Harness, ISSUER};

const WORKER: &str = "deputy-offline-worker";

struct Credential(RsaPrivateKey);

impl Credential {
    fn jwk(&self) -> Value {
        let part = |bytes: Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "kty": "RSA", "alg": "RS256", "n": part(self.0.n().to_bytes_be()), "e": part(self.0.e().to_bytes_be()) })
    }
}

impl AssertionSigner for Credential {
    async fn sign(&self, signing_input: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(SigningKey::<Sha256>::new(self.0.clone()).sign(signing_input).to_vec())
    }
}

struct Worker {
    offline: Harness,
    tenant: Tenant,
    credential: Credential,
}

impl Worker {
    async fn request(&self, subject: &str) -> PrivilegedRequest {
        let context = AuditContext::new("nightly report").unwrap();
        let input =
            PrivilegedInput { client_id: WORKER, key_id: None, subject, audit_context: &context, organization: None };
        let randomness = Randomness::from_source(|bytes| {
            OsRng.fill_bytes(bytes);
            Ok::<(), std::convert::Infallible>(())
        });
        let now = self.offline.world.now_ms();
        privileged_request(&self.tenant.issuer, &input, &self.credential, randomness.unwrap(), now).await.unwrap()
    }

    async fn exchange(&self, request: &PrivilegedRequest, connection: &str) -> Result<ProviderToken, ExchangeError> {
        let subject = SubjectToken::PrivilegedWorker { request, client: &self.tenant.client };
        let request = exchange_request(&self.tenant, subject, connection, None);
        let http = request.map(|body| Body::from(axum::body::Bytes::from(body)));
        let answer = self.offline.send(http).await;
        let answer = deputy_http::response(answer.status.as_u16(), answer.text);
        exchange_response(answer, &Scopes::parse("repo"), self.offline.world.now_ms())
    }
}

#[tokio::test]
async fn issue_4_our_privileged_worker_gets_a_users_token_without_the_user() {
    let offline = Harness::new();
    let credential = Credential(RsaPrivateKey::new(&mut OsRng, 2048).unwrap());
    let issuer = Issuer::parse(ISSUER, true).unwrap();
    let tenant = Tenant {
        endpoints: Endpoints::auth0(&issuer),
        issuer,
        client: Client::with_secret(WORKER, Secret::new("offline-worker-secret-not-a-real-one")),
        audience: None,
        redirect_uri: String::new(),
    };
    let user = offline.user("ana").user_id;
    let account = json!({ "user_id": user, "connection": "github", "account": "ana-ferreira", "scopes": ["repo"] });
    offline.control("POST", "/seed", Some(json!({ "connected_accounts": [account] }))).await;
    let worker = Worker { offline, tenant, credential };
    let refused = async |request: &PrivilegedRequest| worker.exchange(request, "github").await.unwrap_err();
    let without = refused(&worker.request(&user).await).await;
    assert!(matches!(without, ExchangeError::TenantMisconfigured(_)), "no privileged access yet: {without:?}");

    let grants = json!([{ "connection": "github", "scopes": ["repo"] }]);
    let access = json!({ "credentials": [worker.credential.jwk()], "grants": grants });
    worker.offline.patch(&format!("/clients/{WORKER}"), json!({ "token_vault_privileged_access": access })).await;
    let request = worker.request(&user).await;
    let token = worker.exchange(&request, "github").await.unwrap();
    assert!(!token.token.is_empty() && token.scopes.contains("repo"));
    assert_eq!(refused(&request).await, ExchangeError::SessionEnded, "a request works once");
    assert_eq!(refused(&worker.request("auth0|nobody").await).await, ExchangeError::SessionEnded);
    let other = worker.exchange(&worker.request(&user).await, "google-oauth2").await.unwrap_err();
    assert!(!other.asks_for_consent(), "outside of the grant nobody is asked: {other:?}");

    let late = worker.request(&user).await;
    worker.offline.clock(61_000).await;
    assert_eq!(refused(&late).await, ExchangeError::SessionEnded, "a minute is all it has");
}
