//! Pushed authorization requests (RFC 9126): the request, the URL that is left of it, and every known outcome as data.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deputy_auth0::{
    AssertionSigner, Client, LoginInput, LoginTransaction, ParError, PushedRequest, ReturnTo, SignerError, Tenant,
    authorize, authorize_pushed, callback, code_request, par_request, par_response,
};
use deputy_error::Explained as _;
use deputy_http::{Method, Request, Response, TransportError};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use support::*;

const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome {
    name: String,
    #[serde(rename = "source")]
    _source: String,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Value,
    error: String,
    retry_after_ms: Option<u64>,
}

impl Outcome {
    fn response(&self) -> Response {
        answer_with(self.status, &self.headers, &self.body)
    }
}

struct Bytes;

impl AssertionSigner for Bytes {
    async fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(vec![0xAB; 256])
    }
}

fn push(tenant: &Tenant, input: &LoginInput) -> (Request, LoginTransaction) {
    par_request(tenant, input, randomness(1), NOW).unwrap()
}

fn pushed() -> PushedRequest {
    par_response(answer(201, &json!({"request_uri": REQUEST_URI, "expires_in": 30})), NOW).unwrap()
}

/// Everything a login may ask for.
fn full_input() -> LoginInput {
    let query = [
        ("screen_hint", "signup"),
        ("login_hint", "ana+1@example.com"),
        ("connection", "google-oauth2"),
        ("prompt", "login"),
        ("ui_locales", "de en"),
        ("organization", "org_1"),
        ("invitation", "ticket-1"),
        ("acr_values", "urn:example:mfa"),
        ("max_age", "0"),
        ("returnTo", "/c/1"),
    ];
    LoginInput::from_query(&pairs(&query), ORIGIN)
}

/// UA-01, UA-11, UA-12, S-14, RFC 9126, 2.1: what `authorize` would have put into the URL, and the client's credentials.
#[test]
fn ua_01_s_14_the_pushed_form_is_the_query_of_authorize_plus_client_authentication() {
    for input in [LoginInput::new(ReturnTo::root()), full_input()] {
        let (request, transaction) = push(&tenant(), &input);
        let (url, other) = authorize(&tenant(), input, randomness(1), NOW);
        assert_eq!(
            (request.method(), request.uri().to_string().as_str()),
            (&Method::POST, "https://tenant.example.com/oauth/par")
        );
        assert_eq!(request.headers().get("authorization"), None);
        assert_eq!(transaction, other, "the same is remembered");
        let mut form = form_of(&request);
        assert_eq!(form.remove("client_secret").as_deref(), Some(CLIENT_SECRET));
        assert_eq!(form, query_of(&url));
        assert_eq!((form["state"].as_str(), form["nonce"].as_str()), (&*transaction.state, &*transaction.nonce));
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(transaction.code_verifier.expose()));
        assert_eq!((form["code_challenge"].as_str(), form["code_challenge_method"].as_str()), (&*challenge, "S256"));
        assert!(!form.contains_key("request_uri"), "RFC 9126, 2.1: never pushed");
        let shown = format!("{request:?} {transaction:?}");
        for secret in [CLIENT_SECRET, transaction.code_verifier.expose()] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(!request.body().text().contains(transaction.code_verifier.expose()), "the verifier stays");
    }
}

/// RFC 9126, 2: `private_key_jwt` as at the token endpoint, its audience the issuer.
#[test]
fn a_client_with_a_key_pushes_an_assertion() {
    let tenant = Tenant { client: Client::with_private_key(CLIENT_ID, None), ..tenant() };
    let tenant = block_on(tenant.prepared(&Bytes, randomness(2), NOW)).unwrap().into_owned();
    let (request, _) = push(&tenant, &LoginInput::new(ReturnTo::root()));
    let form = form_of(&request);
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert!(!form.contains_key("client_secret"));
    let claims = URL_SAFE_NO_PAD.decode(form["client_assertion"].split('.').nth(1).unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&claims).unwrap()["aud"], ISSUER);
    let url = authorize_pushed(&tenant, pushed());
    assert!(!request.uri().to_string().contains(&form["client_assertion"]) && !url.contains(&form["client_assertion"]));
}

/// S-14, RFC 9126, 4: the browser sees a reference and the client's name, and nothing of the login.
#[test]
fn s_14_the_url_carries_client_id_and_request_uri_alone() {
    let (request, transaction) = push(&tenant(), &full_input());
    let url = authorize_pushed(&tenant(), pushed());
    assert!(url.starts_with("https://tenant.example.com/authorize?"));
    let expected = [("client_id", CLIENT_ID), ("request_uri", REQUEST_URI)];
    let expected: HashMap<_, _> = expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    assert_eq!(query_of(&url), expected);
    for (name, value) in form_of(&request) {
        assert!(name == "client_id" || !url.contains(&format!("{name}={value}")), "{name}");
    }
    for hidden in [CLIENT_SECRET, transaction.code_verifier.expose(), &transaction.state, &transaction.nonce] {
        assert!(!url.contains(hidden) && !request.uri().to_string().contains(hidden));
    }
}

#[test]
fn a_reference_cannot_add_parameters() {
    let body = json!({"request_uri": "https://tenant.example.com/r?a=1&redirect_uri=https://evil.example#x", "expires_in": 30});
    let url = authorize_pushed(&tenant(), par_response(answer(201, &body), NOW).unwrap());
    let query = query_of(&url);
    assert_eq!(query.len(), 2);
    assert_eq!(query["request_uri"], body["request_uri"].as_str().unwrap());
    assert!(!url.contains('#'));
}

/// RFC 9126, 2.2
#[test]
fn the_answer_is_a_reference_with_an_end() {
    assert_eq!(pushed(), PushedRequest { request_uri: REQUEST_URI.into(), expires_at: NOW + 30_000 });
}

/// S-14: the callback and the code are those of any login.
#[test]
fn s_14_the_callback_of_a_pushed_login_checks_its_own_state() {
    let (_, transaction) = push(&tenant(), &full_input());
    let verifier = transaction.code_verifier.clone();
    let query = pairs(&[("state", &transaction.state), ("code", "abc")]);
    let code = callback(&tenant(), &query, transaction, NOW + 1000).unwrap();
    assert_eq!(code.return_to().as_str(), "/c/1");
    assert_eq!(form_of(&code_request(&tenant(), &code))["code_verifier"], verifier.expose());
    let (_, transaction) = push(&tenant(), &full_input());
    let foreign = pairs(&[("state", "other"), ("code", "abc")]);
    assert_eq!(callback(&tenant(), &foreign, transaction, NOW).unwrap_err().code(), "callback_state_mismatch");
}

/// RFC 9126, 5: no endpoint, no request; in particular none to a guessed address.
#[test]
fn a_tenant_without_the_endpoint_is_asked_nothing() {
    let mut tenant = tenant();
    tenant.endpoints.pushed_authorization_request = None;
    let error = par_request(&tenant, &full_input(), randomness(1), NOW).unwrap_err();
    assert_eq!(error, ParError::NotSupported { status: None });
    assert!(!error.is_transient());
}

/// Each row of the table; together they are every code but those of a tenant's settings for other things.
#[test]
fn every_outcome_has_its_type() {
    let outcomes: Vec<Outcome> = serde_json::from_str(include_str!("data/par_outcomes.json")).unwrap();
    let mut codes = BTreeSet::new();
    for outcome in outcomes {
        let name = &outcome.name;
        let error = par_response(outcome.response(), NOW).expect_err(name);
        assert_eq!(error.code(), outcome.error, "{name}");
        let retry_at = match &error {
            ParError::RateLimited { retry_at } => Some(retry_at - NOW),
            _ => None,
        };
        assert_eq!(retry_at, outcome.retry_after_ms, "{name}");
        let transient = ["tenant_rate_limited", "tenant_down", "par_response_malformed"];
        assert_eq!(error.is_transient(), transient.contains(&error.code()), "{name}");
        assert!(!error.user_message().is_empty() && !error.developer_fix().is_empty(), "{name}");
        codes.insert(error.code());
    }
    let known = [
        "par_not_supported",
        "par_redirect_uri_refused",
        "par_request_refused",
        "par_request_too_large",
        "par_response_malformed",
        "par_scope_refused",
        "tenant_audience_not_authorized",
        "tenant_client_credentials",
        "tenant_down",
        "tenant_grant_not_enabled",
        "tenant_rate_limited",
        "tenant_refused",
    ];
    assert_eq!(codes, BTreeSet::from(known));
}

#[test]
fn a_transport_error_is_an_outage() {
    let error = ParError::from(TransportError::TimedOut { host: "tenant.example.com".into() });
    assert_eq!(error, ParError::TenantDown { status: None });
    assert!(error.is_transient());
}

#[test]
fn the_tenants_words_are_for_developers_and_printable() {
    let body = json!({"error": "invalid_request", "error_description": "a\u{1b}[31m\nb"});
    let error = par_response(answer(400, &body), NOW).unwrap_err();
    assert_eq!(error, ParError::Refused { error: "invalid_request".into(), description: "a [31m b".into() });
    assert!(!error.user_message().contains("31m"));
}
