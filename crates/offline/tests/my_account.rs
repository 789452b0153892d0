//! The My Account API and the browser's leg of the Connected Accounts flow.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // helpers outside of the test functions

mod support;

use axum::{body::Body, http::Request};
use deputy_offline::world::Decision;
use serde_json::{Value, json};
use support::{Answer, CALLBACK, FREEBUSY, Harness, ME_SCOPES, complete_body, connect_body, text};

const CONNECT: &str = "/me/v1/connected-accounts/connect";
const COMPLETE: &str = "/me/v1/connected-accounts/complete";
const ACCOUNTS: &str = "/me/v1/connected-accounts/accounts";

async fn me(offline: &Harness, email: &str) -> String {
    let tokens = offline.tokens(email).await;
    offline.my_account_token(&text(&tokens, "refresh_token"), ME_SCOPES).await
}

/// Status, error body shape and, for validation, the field.
#[track_caller]
fn refused(answer: &Answer, status: u16, field: Option<&str>) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    let body = answer.json();
    assert_eq!(body["status"], status);
    for name in ["type", "title", "detail"] {
        assert!(body[name].is_string(), "{name} in {body}");
    }
    if let Some(field) = field {
        let errors = body["validation_errors"].as_array().unwrap_or_else(|| panic!("no validation_errors in {body}"));
        assert!(errors.iter().any(|error| error["field"] == field && error["detail"].is_string()), "{field} in {body}");
    }
}

#[tokio::test]
async fn tv_02_tv_16_an_account_is_connected_listed_and_removed() {
    let offline = Harness::new();
    let token = me(&offline, "ana@example.com").await;
    let account = offline.connect(&token, "google-oauth2", "ana@gmail.example", &["openid", FREEBUSY]).await;
    let id = text(&account, "id");
    assert!(id.strip_prefix("cac_").unwrap().chars().all(|character| character.is_ascii_alphanumeric()));
    assert_eq!((&account["connection"], &account["access_type"]), (&"google-oauth2".into(), &"offline".into()));
    assert_eq!(account["scopes"], json!(["openid", FREEBUSY]));
    assert!(account["created_at"].as_str().unwrap().ends_with('Z'));
    let listed = offline.call("GET", ACCOUNTS, &token, None).await.json();
    assert_eq!(listed, json!({ "accounts": [account] }));
    let filtered = offline.call("GET", &format!("{ACCOUNTS}?connection=github"), &token, None).await.json();
    assert_eq!(filtered, json!({ "accounts": [] }));
    let ben = me(&offline, "ben@example.com").await;
    assert_eq!(offline.call("GET", ACCOUNTS, &ben, None).await.json(), json!({ "accounts": [] }));
    refused(&offline.call("DELETE", &format!("{ACCOUNTS}/{id}"), &ben, None).await, 404, None);
    assert_eq!(offline.call("DELETE", &format!("{ACCOUNTS}/{id}"), &token, None).await.status, 204);
    refused(&offline.call("DELETE", &format!("{ACCOUNTS}/{id}"), &token, None).await, 404, None);
    refused(&offline.call("DELETE", &format!("{ACCOUNTS}/not-an-id"), &token, None).await, 400, None);
}

#[tokio::test]
async fn tv_18_the_provider_sees_scopes_hint_and_parameters_of_the_application() {
    let offline = Harness::new();
    let token = me(&offline, "ana@example.com").await;
    let mut body = connect_body("google-oauth2", &[FREEBUSY]);
    body["authorization_params"] = json!({ "login_hint": "ana@gmail.example", "prompt": "login" });
    let started = offline.call("POST", CONNECT, &token, Some(body)).await;
    assert_eq!(started.status, 201);
    let started = started.json();
    assert_eq!(started["connect_uri"], "http://localhost:4400/connected-accounts/connect");
    assert_eq!(started["expires_in"], 300);
    assert!(text(&started, "auth_session").len() <= 64);
    let ticket = started["connect_params"]["ticket"].as_str().unwrap();
    assert!(offline.world.consent_ticket(ticket).is_none(), "no browser has shown the ticket yet");
    let leg = offline.get(&format!("/connected-accounts/connect?ticket={ticket}"), None).await;
    assert_eq!(leg.location().as_str(), format!("http://localhost:4401/google-oauth2/consent?ticket={ticket}"));
    let asked = offline.world.consent_ticket(ticket).unwrap();
    assert_eq!((asked.connection.as_str(), asked.login_hint.as_deref()), ("google-oauth2", Some("ana@gmail.example")));
    assert_eq!((asked.scopes, asked.client_name.as_str()), (vec![FREEBUSY.to_owned()], "Deputy"));
    assert_eq!(asked.authorization_params["prompt"], "login");
}

#[tokio::test]
async fn a_refusal_at_the_provider_ends_at_the_application_with_access_denied() {
    let offline = Harness::new();
    let token = me(&offline, "ana@example.com").await;
    let started = offline.call("POST", CONNECT, &token, Some(connect_body("google-oauth2", &[FREEBUSY]))).await.json();
    let ticket = started["connect_params"]["ticket"].as_str().unwrap();
    offline.get(&format!("/connected-accounts/connect?ticket={ticket}"), None).await;
    let back = offline.world.decide_consent(ticket, Decision::Deny).unwrap();
    assert!(offline.world.decide_consent(ticket, Decision::Deny).is_none(), "answered once");
    let path = back.strip_prefix("http://localhost:4400").unwrap();
    let end = offline.get(path, None).await;
    assert!(end.location().as_str().starts_with(CALLBACK));
    assert_eq!(end.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(end.parameter("state").as_deref(), Some("connect-state"));
    assert_eq!(offline.get(path, None).await.status, 400, "the answer is spent");
    let completed = offline.complete(&token, started["auth_session"].as_str().unwrap(), "anything").await;
    refused(&completed, 409, None);
}

#[tokio::test]
async fn a_forged_or_expired_ticket_ends_on_a_page() {
    let offline = Harness::new();
    let token = me(&offline, "ana@example.com").await;
    let started = offline.call("POST", CONNECT, &token, Some(connect_body("google-oauth2", &[FREEBUSY]))).await.json();
    let ticket = started["connect_params"]["ticket"].as_str().unwrap();
    offline.get(&format!("/connected-accounts/connect?ticket={ticket}"), None).await;
    let forged = format!("/login/callback?ticket={ticket}&decision=allow&code=guessed&account=x");
    for path in ["/connected-accounts/connect", "/connected-accounts/connect?ticket=unknown", &forged] {
        let answer = offline.get(path, None).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.text.contains("invalid_ticket"));
    }
    offline.control("POST", "/clock", Some(json!({ "offset_ms": 300_001 }))).await;
    assert!(offline.world.consent_ticket(ticket).is_none());
    assert_eq!(offline.get(&format!("/connected-accounts/connect?ticket={ticket}"), None).await.status, 400);
}

#[tokio::test]
async fn every_wrong_member_of_a_connect_request_is_named() {
    let offline = Harness::new();
    let token = me(&offline, "ana@example.com").await;
    let good = connect_body("google-oauth2", &[FREEBUSY]);
    let many: Vec<String> = (0..101).map(|number| format!("scope{number}")).collect();
    for (field, value) in [
        ("connection", Value::Null),
        ("connection", json!("")),
        ("connection", json!("x".repeat(129))),
        ("redirect_uri", json!("not a uri")),
        ("redirect_uri", json!("https://evil.example/callback")),
        ("state", json!("")),
        ("state", json!("x".repeat(4097))),
        ("code_challenge", json!("short")),
        ("code_challenge_method", json!("plain")),
        ("scopes", json!([])),
        ("scopes", json!([""])),
        ("scopes", json!(["a", "a"])),
        ("scopes", json!(many)),
        ("scopes", json!("openid")),
        ("authorization_params", json!([])),
        ("surprise", json!(1)),
    ] {
        let mut body = good.clone();
        body[field] = value;
        refused(&offline.call("POST", CONNECT, &token, Some(body)).await, 400, Some(field));
    }
    let mut without_method = good.clone();
    without_method.as_object_mut().unwrap().remove("code_challenge_method");
    refused(&offline.call("POST", CONNECT, &token, Some(without_method)).await, 400, Some("code_challenge_method"));
    refused(&offline.call("POST", CONNECT, &token, Some(json!({}))).await, 400, Some("redirect_uri"));
    refused(&offline.call("POST", CONNECT, &token, Some(json!([]))).await, 400, None);
    refused(&offline.call("POST", CONNECT, &token, Some(connect_body("unknown", &["a"]))).await, 404, None);
    refused(&offline.call("POST", CONNECT, &token, Some(connect_body("linkedin", &["a"]))).await, 400, None);
    let plain = Request::post(CONNECT)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "text/plain")
        .body(Body::from(good.to_string()))
        .unwrap();
    refused(&offline.send(plain).await, 415, None);
}

#[tokio::test]
async fn a_call_needs_a_token_for_this_api_with_the_scope_of_the_call() {
    let offline = Harness::new();
    let tokens = offline.tokens("ana@example.com").await;
    let refresh = text(&tokens, "refresh_token");
    let reader = offline.my_account_token(&refresh, "read:me:connected_accounts").await;
    let creator = offline.my_account_token(&refresh, "create:me:connected_accounts").await;
    let calls: [(&str, &str, &str); 5] = [
        ("POST", CONNECT, &reader),
        ("POST", COMPLETE, &reader),
        ("GET", ACCOUNTS, &creator),
        ("GET", "/me/v1/connected-accounts/connections", &creator),
        ("DELETE", "/me/v1/connected-accounts/accounts/cac_1", &reader),
    ];
    for (method, path, insufficient) in calls {
        let body = (method == "POST").then(|| json!({}));
        refused(&offline.call(method, path, insufficient, body.clone()).await, 403, None);
        for bad in ["", "garbage", text(&tokens, "access_token").as_str()] {
            refused(&offline.call(method, path, bad, body.clone()).await, 401, None);
        }
    }
    assert_eq!(offline.call("GET", ACCOUNTS, &reader, None).await.status, 200);
    offline.control("POST", "/tokens/expire", Some(json!({ "token": reader }))).await;
    refused(&offline.call("GET", ACCOUNTS, &reader, None).await, 401, None);
}

#[tokio::test]
async fn completing_needs_the_same_user_session_code_address_and_verifier() {
    let offline = Harness::new();
    let ana = me(&offline, "ana@example.com").await;
    let ben = me(&offline, "ben@example.com").await;
    let (session, code) = offline.connect_code(&ana, "google-oauth2", "ana@gmail.example", &[FREEBUSY]).await;
    refused(&offline.complete(&ben, &session, &code).await, 400, None);
    for (field, value) in [
        ("auth_session", json!("unknown")),
        ("connect_code", json!("wrong")),
        ("redirect_uri", json!("http://localhost:3000/")),
        ("code_verifier", json!("another-verifier-of-at-least-43-characters-000")),
        ("code_verifier", json!("short")),
        ("code_verifier", json!(null)),
        ("surprise", json!(1)),
    ] {
        let mut body = complete_body(&session, &code);
        body[field] = value;
        refused(&offline.call("POST", COMPLETE, &ana, Some(body)).await, 400, None);
    }
    let mut without_verifier = complete_body(&session, &code);
    without_verifier.as_object_mut().unwrap().remove("code_verifier");
    refused(&offline.call("POST", COMPLETE, &ana, Some(without_verifier)).await, 400, None);
    assert_eq!(offline.complete(&ana, &session, &code).await.status, 201);
    refused(&offline.complete(&ana, &session, &code).await, 409, None);
    assert_eq!(offline.world.connected_accounts(None).len(), 1);
    let (session, code) = offline.connect_code(&ana, "google-oauth2", "ana@gmail.example", &[FREEBUSY]).await;
    offline.control("POST", "/clock", Some(json!({ "offset_ms": 300_001 }))).await;
    refused(&offline.complete(&ana, &session, &code).await, 400, None);
}

#[tokio::test]
async fn lists_come_in_pages_of_at_most_twenty() {
    let offline = Harness::new();
    let token = me(&offline, "ana@example.com").await;
    for number in 0..23 {
        offline.connect(&token, "google-oauth2", &format!("ana{number}@gmail.example"), &[FREEBUSY]).await;
    }
    let first = offline.call("GET", ACCOUNTS, &token, None).await.json();
    assert_eq!(first["accounts"].as_array().unwrap().len(), 20);
    let next = text(&first, "next");
    let second = offline.call("GET", &format!("{ACCOUNTS}?from={next}"), &token, None).await.json();
    assert_eq!(second["accounts"].as_array().unwrap().len(), 3);
    assert!(second.get("next").is_none());
    assert_eq!(second["accounts"][0]["id"], next);
    for bad in ["take=0", "take=21", "take=x", "from=unknown"] {
        refused(&offline.call("GET", &format!("{ACCOUNTS}?{bad}"), &token, None).await, 400, None);
    }
    let connections = offline.call("GET", "/me/v1/connected-accounts/connections?take=2", &token, None).await.json();
    assert_eq!(connections["connections"][0]["name"], "google-oauth2");
    assert_eq!(connections["next"], "sign-in-with-slack");
}
