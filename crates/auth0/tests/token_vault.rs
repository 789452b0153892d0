//! Token Vault: requests, and every known outcome as data.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use deputy_auth0::{
    AUTHORIZATION_REQUIRED, Client, ExchangeError, ProviderToken, Scopes, SubjectToken, exchange_request,
    exchange_response,
};
use deputy_error::Explained as _;
use deputy_http::{Secret, TransportError};
use serde::Deserialize;
use serde_json::Value;
use support::*;

/// auth0-flows 3.4 as data; `tests/socket/token-vault.test.ts` injects the same rows at the offline tenant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    outcomes: Vec<Outcome>,
    /// By code, what the user reads.
    sentences: BTreeMap<String, String>,
}

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
    #[serde(default)]
    required: String,
    token: Option<Token>,
    error: Option<String>,
    consent: Option<bool>,
    missing: Option<String>,
    granted: Option<String>,
    retry_after_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    lifetime_ms: u64,
    scopes: String,
}

/// TV-08, S-23: each row of the table.
#[test]
fn tv_08_s_23_every_outcome_has_its_type_and_only_some_ask_for_consent() {
    let Table { outcomes, sentences } = serde_json::from_str(include_str!("data/exchange_outcomes.json")).unwrap();
    assert!(outcomes.len() > 30);
    let seen: BTreeSet<_> = outcomes.iter().filter_map(|outcome| outcome.error.as_ref()).collect();
    assert!(seen.into_iter().eq(sentences.keys()), "every outcome has a sentence, and every sentence a row");
    for outcome in outcomes {
        let name = &outcome.name;
        let response = answer_with(outcome.status, &outcome.headers, &outcome.body);
        let result = exchange_response(response, &Scopes::parse(&outcome.required), NOW);
        if let Some(expected) = outcome.token {
            let token = result.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(token.expires_at, NOW + expected.lifetime_ms, "{name}");
            assert_eq!(token.scopes.to_string(), expected.scopes, "{name}");
            continue;
        }
        let error = result.expect_err(name);
        assert_eq!(Some(error.code()), outcome.error.as_deref(), "{name}");
        assert_eq!(Some(error.asks_for_consent()), outcome.consent, "{name}");
        assert_eq!(Some(&*error.user_message()), sentences.get(error.code()).map(String::as_str), "{name}");
        assert!(!error.developer_fix().is_empty(), "{name}");
        match &error {
            ExchangeError::NeedsScopes { missing, granted } => {
                assert_eq!(Some(missing.to_string()), outcome.missing, "{name}");
                assert_eq!(Some(granted.to_string()), outcome.granted, "{name}");
            }
            ExchangeError::RateLimited { retry_at } => {
                assert_eq!(Some(retry_at - NOW), outcome.retry_after_ms, "{name}");
                assert!(error.is_transient());
            }
            other => {
                assert_eq!(other.is_transient(), matches!(other.code(), "tenant_down" | "provider_down"), "{name}")
            }
        }
    }
    let lost = ExchangeError::from(TransportError::Unreachable { host: "tenant.example.com".into() });
    assert!(lost.is_transient() && !lost.asks_for_consent());
}

/// TV-03, TV-04
#[test]
fn tv_04_refresh_token_exchange() {
    let token = Secret::new("rt-1");
    let request = exchange_request(&tenant(), SubjectToken::RefreshToken(&token), "google-oauth2", None);
    assert_eq!(request.uri(), "https://tenant.example.com/oauth/token");
    let form = form_of(&request);
    let expected = [
        ("grant_type", "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token"),
        ("subject_token", "rt-1"),
        ("connection", "google-oauth2"),
        ("requested_token_type", "http://auth0.com/oauth/token-type/federated-connection-access-token"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    for (name, value) in expected {
        assert_eq!(form[name], value, "{name}");
    }
    assert_eq!(form.len(), expected.len(), "no scope, audience or resource");
    let hinted = exchange_request(&tenant(), SubjectToken::RefreshToken(&token), "google-oauth2", Some("123"));
    assert_eq!(form_of(&hinted)["login_hint"], "123");
    assert!(!format!("{request:?}").contains("rt-1"));
}

/// TV-05: another subject and another client.
#[test]
fn tv_05_access_token_exchange() {
    let token = Secret::new("at-1");
    let client = Client::with_secret("custom-api", Secret::new("custom-secret"));
    let subject = SubjectToken::AccessToken { token: &token, client: &client };
    let form = form_of(&exchange_request(&tenant(), subject, "google-oauth2", None));
    assert_eq!(form["subject_token_type"], "urn:ietf:params:oauth:token-type:access_token");
    assert_eq!(form["subject_token"], "at-1");
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), ("custom-api", "custom-secret"));
}

#[test]
fn a_token_is_kept_until_a_minute_before_its_end_if_that_is_worth_it() {
    let token = |lifetime: u64| ProviderToken {
        token: Secret::new("x"),
        scopes: Scopes::default(),
        expires_at: NOW + lifetime,
    };
    assert_eq!(token(3_600_000).keep_until(NOW), Some(NOW + 3_540_000));
    assert_eq!(token(120_000).keep_until(NOW), Some(NOW + 60_000));
    assert_eq!(token(119_999).keep_until(NOW), None);
    assert_eq!(token(0).keep_until(NOW + 1_000_000), None);
    assert_eq!(token(90_000).usable_until(NOW), Some(NOW + 30_000));
    assert_eq!(token(60_000).usable_until(NOW), None);
}

#[test]
fn gc_05_the_text_of_the_interrupt() {
    assert_eq!(AUTHORIZATION_REQUIRED, "Authorization required to access the Federated Connection");
}
