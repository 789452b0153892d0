//! Back-channel logout: who is told, with what, and that nothing leaves this machine.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers outside of the test functions

mod support;

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use support::{CLIENT, Harness, ISSUER, claims, code_grant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::{sleep, timeout},
};

/// Takes one request, answers it with `status` and gives its text.
async fn take(listener: &TcpListener, status: u16) -> String {
    let (mut stream, peer) = timeout(Duration::from_secs(5), listener.accept()).await.unwrap().unwrap();
    assert!(peer.ip().is_loopback());
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.unwrap();
        text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        if text.contains("logout_token=") {
            break;
        }
    }
    stream.write_all(format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n").as_bytes()).await.unwrap();
    text
}

fn token_of(request: &str) -> String {
    let body = request.split_once("\r\n\r\n").unwrap().1;
    url::form_urlencoded::parse(body.as_bytes()).next().unwrap().1.into_owned()
}

async fn deliveries(offline: &Harness, count: usize) -> Vec<Value> {
    for _ in 0..100 {
        let seen = offline.control("GET", "/logout-tokens", None).await.json();
        let seen = seen.as_array().unwrap().clone();
        if seen.len() >= count {
            return seen;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("no delivery");
}

#[tokio::test]
async fn s_16_the_applications_of_a_session_are_told_when_it_ends() {
    let offline = Harness::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://127.0.0.1:{}/auth/backchannel-logout", listener.local_addr().unwrap().port());
    offline.patch(&format!("/clients/{CLIENT}"), json!({ "backchannel_logout_urls": [url] })).await;
    let login = offline.log_in("ana@example.com", &[]).await;
    let cookie = login.cookie().unwrap();
    let tokens = offline.token(&code_grant(&login.parameter("code").unwrap())).await.json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    offline.get(&format!("/oidc/logout?client_id={CLIENT}"), Some(&cookie)).await;
    let request = take(&listener, 200).await;
    assert!(request.starts_with("POST /auth/backchannel-logout HTTP/1.1\r\n"));
    assert!(request.contains("content-type: application/x-www-form-urlencoded"));
    let token = token_of(&request);
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap();
    assert_eq!(header["typ"], "logout+jwt");
    let token = claims(&token);
    assert_eq!((&token["iss"], &token["aud"]), (&json!(ISSUER), &json!(CLIENT)));
    assert_eq!((&token["sid"], &token["sub"]), (&id_token["sid"], &id_token["sub"]));
    assert_eq!(token["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
    assert!(token["jti"].is_string() && token.get("nonce").is_none());
    assert_eq!(deliveries(&offline, 1).await[0]["status"], 200);
    // A second logout of the same browser ends nothing and tells nobody.
    offline.get(&format!("/oidc/logout?client_id={CLIENT}"), Some(&cookie)).await;
    assert!(timeout(Duration::from_millis(200), listener.accept()).await.is_err());
}

#[tokio::test]
async fn a_refusal_is_recorded_and_an_address_elsewhere_is_never_called() {
    let offline = Harness::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let good = format!("http://localhost:{}/bye", listener.local_addr().unwrap().port());
    let elsewhere = ["http://192.0.2.1/bye", "https://app.example/bye", "http://app.example/bye"];
    let urls: Vec<&str> = elsewhere.into_iter().chain([good.as_str()]).collect();
    offline.patch(&format!("/clients/{CLIENT}"), json!({ "backchannel_logout_urls": urls })).await;
    let order = json!({ "client_id": CLIENT, "user_id": "auth0|x", "sid": "s" });
    let (answer, request) = tokio::join!(offline.control("POST", "/logout-tokens", Some(order)), take(&listener, 400));
    let made = answer.json();
    assert_eq!(made["logout_token"], token_of(&request));
    let outcomes = made["deliveries"].as_array().unwrap();
    for refused in &outcomes[..3] {
        assert_eq!(refused["error"], "only http addresses of this machine are called");
    }
    assert_eq!(outcomes[3]["status"], 400);
    let again = json!({ "client_id": CLIENT, "user_id": "auth0|x", "sid": "s", "token": made["logout_token"] });
    let (answer, request) = tokio::join!(offline.control("POST", "/logout-tokens", Some(again)), take(&listener, 200));
    assert_eq!(
        (answer.json()["logout_token"].clone(), token_of(&request)),
        (made["logout_token"].clone(), token_of(&request))
    );
    let unknown = json!({ "client_id": "nobody", "user_id": "auth0|x", "sid": "s" });
    assert_eq!(offline.control("POST", "/logout-tokens", Some(unknown)).await.status, 404);
}
