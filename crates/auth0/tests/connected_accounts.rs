//! The My Account API: connect, complete, list, delete.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deputy_auth0::{
    AccountList, CallbackError, ConnectInput, ConnectTransaction, KeyRing, MyAccountError, ReturnTo, Scopes,
    Transaction, complete_request, complete_response, connect_callback, connect_request, connect_response,
    delete_request, delete_response, my_account_token_request,
};
use deputy_error::Explained as _;
use deputy_http::{Method, Secret, TransportError};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use support::*;

const ANA: &str = "auth0|ana";

fn input() -> ConnectInput {
    ConnectInput {
        connection: "google-oauth2".into(),
        scopes: Scopes::parse("openid https://www.googleapis.com/auth/calendar.freebusy"),
        authorization_params: Map::new(),
        subject: ANA.into(),
        return_to: ReturnTo::parse(ORIGIN, "/close").unwrap(),
    }
}

fn token() -> Secret {
    Secret::new("my-account-token")
}

fn ticket(changes: &Value) -> Result<(String, ConnectTransaction), MyAccountError> {
    let (_, pending) = connect_request(&tenant(), &token(), &input(), randomness(3)).unwrap();
    let body = json!({
        "connect_uri": "https://tenant.example.com/connected-accounts/connect",
        "auth_session": "session-1", "connect_params": {"ticket": "t/1"}, "expires_in": 300,
    });
    connect_response(&tenant(), answer(201, &with(body, changes)), pending, NOW)
}

fn come_back(query: &[(&str, &str)], subject: &str, later_ms: u64) -> Result<Value, CallbackError> {
    let (_, transaction) = ticket(&json!({})).unwrap();
    let state = transaction.state.clone();
    let query: Vec<_> =
        query.iter().map(|(name, value)| (*name, if *value == "STATE" { &state } else { *value })).collect();
    let code = connect_callback(&tenant(), &pairs(&query), transaction, subject, NOW + later_ms)?;
    assert_eq!((code.connection(), code.return_to().as_str()), ("google-oauth2", "/close"));
    Ok(json_of(&complete_request(&tenant(), &token(), &code)))
}

#[test]
fn the_token_is_asked_for_the_api_below_the_issuer() {
    let form = form_of(&my_account_token_request(&tenant(), &Secret::new("rt-1")));
    assert_eq!(form["grant_type"], "refresh_token");
    assert_eq!(form["audience"], "https://tenant.example.com/me/", "the trailing slash matters");
    for scope in ["create:me:connected_accounts", "read:me:connected_accounts", "delete:me:connected_accounts"] {
        assert!(Scopes::parse(&form["scope"]).contains(scope));
    }
}

/// TV-16, TV-18
#[test]
fn tv_16_tv_18_the_connect_call() {
    let mut wanted = input();
    wanted.authorization_params.insert("prompt".into(), "login".into());
    let (request, _) = connect_request(&tenant(), &token(), &wanted, randomness(3)).unwrap();
    assert_eq!(request.uri(), "https://tenant.example.com/me/v1/connected-accounts/connect");
    assert_eq!(request.headers()["authorization"], "Bearer my-account-token");
    let body = json_of(&request);
    assert_eq!(body["connection"], "google-oauth2");
    assert_eq!(body["redirect_uri"], REDIRECT_URI);
    assert_eq!(body["scopes"], json!(["openid", "https://www.googleapis.com/auth/calendar.freebusy"]));
    assert_eq!(body["authorization_params"], json!({"prompt": "login"}));
    assert_eq!(body["code_challenge_method"], "S256");
    assert_eq!(body.as_object().unwrap().len(), 7, "the API takes no other members");

    let bare = ConnectInput { scopes: Scopes::default(), connection: "github".into(), ..input() };
    let body = json_of(&connect_request(&tenant(), &token(), &bare, randomness(3)).unwrap().0);
    assert!(
        body.get("scopes").is_none() && body.get("authorization_params").is_none(),
        "TV-35: an empty list is refused"
    );

    for connection in [String::new(), "x".repeat(129)] {
        let bad = ConnectInput { connection, ..input() };
        assert_eq!(
            connect_request(&tenant(), &token(), &bad, randomness(3)).unwrap_err(),
            MyAccountError::InvalidInput
        );
    }
    let many = ConnectInput { scopes: (0..101).map(|n| format!("s{n}")).collect(), ..input() };
    assert!(connect_request(&tenant(), &token(), &many, randomness(3)).is_err());
}

#[test]
fn the_browser_goes_to_the_ticket() {
    let (url, transaction) = ticket(&json!({})).unwrap();
    assert_eq!(url, "https://tenant.example.com/connected-accounts/connect?ticket=t%2F1");
    assert_eq!((transaction.created_at, transaction.expires_at), (NOW, NOW + 300_000));
    assert_eq!(transaction.subject, ANA);
    for secret in ["session-1", transaction.code_verifier.expose()] {
        assert!(!format!("{transaction:?}").contains(secret) && !url.contains(secret));
    }
    for bad in [
        json!({"connect_uri": "http://tenant.example.com/connect"}),
        json!({"connect_uri": "javascript:alert(1)"}),
        json!({"auth_session": ""}),
        json!({"auth_session": null}),
        json!({"connect_params": {"ticket": ""}}),
        json!({"connect_params": null}),
        json!({"expires_in": u64::MAX}),
        json!({"expires_in": null}),
    ] {
        assert_eq!(ticket(&bad).err(), Some(MyAccountError::Malformed), "{bad}");
    }
}

#[test]
fn completion_carries_what_the_beginning_promised() {
    let body = come_back(&[("state", "STATE"), ("connect_code", "cc-1")], ANA, 1000).unwrap();
    let (request, _) = connect_request(&tenant(), &token(), &input(), randomness(3)).unwrap();
    assert_eq!(body["connect_code"], "cc-1");
    assert_eq!(body["auth_session"], "session-1");
    assert_eq!(body["redirect_uri"], REDIRECT_URI);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(body["code_verifier"].as_str().unwrap()));
    assert_eq!(json_of(&request)["code_challenge"], challenge);
    let account = json!({"id": "cac_1", "connection": "google-oauth2", "access_type": "offline",
        "scopes": ["openid"], "created_at": "2026-11-24T00:00:00.000Z"});
    for status in [200, 201] {
        let connected = complete_response(answer(status, &account), NOW).unwrap();
        assert_eq!((connected.id.as_str(), connected.connection.as_str()), ("cac_1", "google-oauth2"));
        assert!(connected.scopes.contains("openid") && connected.expires_at.is_none());
    }
    assert_eq!(complete_response(answer(201, &json!({})), NOW), Err(MyAccountError::Malformed));
}

/// S-03, S-20: connecting is not logging in, and only who began may finish.
#[test]
fn s_20_a_flow_is_finished_only_by_whom_it_began() {
    let good = [("state", "STATE"), ("connect_code", "c")];
    assert_eq!(come_back(&good, "auth0|ben", 0).err(), Some(CallbackError::OtherUser));
    assert_eq!(come_back(&good, "", 0).err(), Some(CallbackError::OtherUser));
    assert_eq!(come_back(&good, ANA, 300_001).err(), Some(CallbackError::Expired));
    assert_eq!(come_back(&[("state", "x"), ("connect_code", "c")], ANA, 0).err(), Some(CallbackError::StateMismatch));
    assert_eq!(come_back(&[("state", "STATE"), ("code", "c")], ANA, 0).err(), Some(CallbackError::MissingCode));
    let cancelled = [("state", "STATE"), ("error", "access_denied"), ("error_description", "The user cancelled")];
    let description = "The user cancelled".to_owned();
    assert_eq!(come_back(&cancelled, ANA, 0).err(), Some(CallbackError::AccessDenied { description }));
    let foreign = [("state", "STATE"), ("connect_code", "c"), ("iss", "https://evil.example/")];
    assert_eq!(come_back(&foreign, ANA, 0).err(), Some(CallbackError::IssuerMismatch));
}

#[test]
fn a_connect_transaction_survives_sealing() {
    let ring = KeyRing::parse(&Secret::new("0123456789abcdef0123456789abcdef")).unwrap();
    let (_, transaction) = ticket(&json!({})).unwrap();
    let sealed = Transaction::Connect(transaction.clone()).seal(&ring, [1; 12], &issuer()).unwrap();
    assert!(!sealed.contains("session-1") && sealed.len() < 4000);
    let opened = Transaction::open(&ring, &issuer(), &transaction.state, &sealed).unwrap();
    assert_eq!(opened.return_to().as_str(), "/close");
    assert_eq!(opened, Transaction::Connect(transaction));
}

#[test]
fn each_refusal_has_its_type() {
    let refusal = |status: u16, detail: &str| {
        let body = json!({"type": "https://auth0.com/api-errors", "status": status, "title": "No", "detail": detail});
        complete_response(answer(status, &body), NOW).unwrap_err()
    };
    for (status, detail, code) in [
        (400, "Invalid connect_code", "connect_bad_request"),
        (400, "The auth_session has expired", "connect_expired"),
        (410, "", "connect_expired"),
        (401, "", "connect_unauthorized"),
        (403, "Insufficient scope", "connect_forbidden"),
        (404, "", "connect_not_found"),
        (409, "", "connect_conflict"),
        (415, "", "connect_bad_request"),
        (418, "", "connect_unexpected_status"),
        (429, "", "tenant_rate_limited"),
        (500, "", "tenant_down"),
    ] {
        let error = refusal(status, detail);
        assert_eq!(error.code(), code, "{status} {detail}");
        assert!(!error.user_message().is_empty() && !error.developer_fix().is_empty());
    }
    assert_eq!(
        delete_response(deputy_http::response(502, "<html>"), NOW),
        Err(MyAccountError::Down { status: Some(502) })
    );
    assert_eq!(MyAccountError::from(TransportError::Aborted), MyAccountError::Down { status: None });
}

#[test]
fn the_list_is_read_to_its_end_and_not_for_ever() {
    let page = |id: &str, next: Option<&str>| {
        answer(200, &json!({"accounts": [{"id": id, "connection": "github", "scopes": []}], "next": next}))
    };
    let mut list = AccountList::default();
    let first = list.request(&tenant(), &token(), Some("github"));
    assert_eq!(first.uri(), "https://tenant.example.com/me/v1/connected-accounts/accounts?connection=github");
    assert_eq!(list.page(page("cac_1", Some("cursor 1")), NOW), Ok(true));
    assert_eq!(query_of(&list.request(&tenant(), &token(), None).uri().to_string())["from"], "cursor 1");
    assert_eq!(list.page(page("cac_2", None), NOW), Ok(false));
    let ids: Vec<_> = list.into_accounts().into_iter().map(|account| account.id).collect();
    assert_eq!(ids, ["cac_1", "cac_2"]);

    let mut repeating = AccountList::default();
    assert_eq!(repeating.page(page("cac_1", Some("a")), NOW), Ok(true));
    assert_eq!(repeating.page(page("cac_1", Some("a")), NOW), Err(MyAccountError::Malformed));
    let mut endless = AccountList::default();
    let outcome =
        (0..1000).map(|n| endless.page(page("cac_1", Some(&n.to_string())), NOW)).find(|page| *page != Ok(true));
    assert_eq!(outcome, Some(Err(MyAccountError::Malformed)));
}

#[test]
fn only_an_id_of_an_account_is_deleted() {
    let request = delete_request(&tenant(), &token(), "cac_Ab1").unwrap();
    assert_eq!(request.method(), Method::DELETE);
    assert_eq!(request.uri(), "https://tenant.example.com/me/v1/connected-accounts/accounts/cac_Ab1");
    for id in ["", "cac_", "cac_../x", "cac_a?b", "abc", "cac_é"] {
        assert_eq!(delete_request(&tenant(), &token(), id).err(), Some(MyAccountError::NotFound), "{id}");
    }
    assert_eq!(delete_response(deputy_http::response(204, ""), NOW), Ok(()));
    assert_eq!(delete_response(answer(404, &json!({})), NOW), Err(MyAccountError::NotFound));
}
