//! The control API.

mod support;

use axum::{body::Body, http::Request};
use serde_json::json;
use support::{FREEBUSY, Harness, ME_SCOPES, text};

#[tokio::test]
async fn tv_19_every_token_issued_is_listed_with_kind_client_and_user() {
    let offline = Harness::new();
    let tokens = offline.tokens("ana@example.com").await;
    let refresh = text(&tokens, "refresh_token");
    let me = offline.my_account_token(&refresh, ME_SCOPES).await;
    offline.connect(&me, "google-oauth2", "ana@gmail.example", &[FREEBUSY]).await;
    let provider = text(&offline.exchange(&refresh, &[]).await.json(), "access_token");
    let listed = offline.control("GET", "/tokens", None).await.json();
    for (kind, token) in [
        ("access_token", text(&tokens, "access_token")),
        ("id_token", text(&tokens, "id_token")),
        ("refresh_token", refresh),
        ("access_token", me),
        ("provider_access_token", provider),
    ] {
        let entry = listed.as_array().unwrap().iter().find(|entry| entry["token"] == token).unwrap();
        assert_eq!((&entry["kind"], &entry["client_id"]), (&kind.into(), &"deputy-offline".into()));
        assert_eq!(entry["user_id"], "auth0|6620a0000000000000000001");
    }
    let grants = offline.control("GET", "/grants", None).await.json();
    assert_eq!(grants["connected_accounts"][0]["account"], "ana@gmail.example");
    let page = offline.control("GET", "/", None).await;
    assert!(page.text.contains("ana@gmail.example") && !page.text.contains(&text(&tokens, "access_token")));
}

#[tokio::test]
async fn ua_11_the_requests_seen_show_their_parameters_and_no_password() {
    let offline = Harness::new();
    offline.tokens("ana@example.com").await;
    let seen = offline.control("GET", "/requests", None).await.json();
    let seen = seen.as_array().unwrap();
    let authorize = seen.iter().find(|request| request["path"] == "/authorize").unwrap();
    assert_eq!((&authorize["service"], &authorize["status"]), (&"tenant".into(), &302.into()));
    let query = authorize["query"].as_array().unwrap();
    assert!(query.contains(&json!(["audience", "https://deputy.example/api"])));
    let login = seen.iter().find(|request| request["method"] == "POST" && request["path"] == "/u/login").unwrap();
    assert!(login["body"]["username"] == "ana@example.com" && login["body"].get("password").is_none());
}

#[tokio::test]
async fn a_reset_forgets_everything_but_the_keys() {
    let offline = Harness::new();
    let access = text(&offline.tokens("ana@example.com").await, "access_token");
    let keys = offline.get("/.well-known/jwks.json", None).await.text;
    offline.control("POST", "/clock", Some(json!({ "offset_ms": 5000 }))).await;
    offline.control("PATCH", "/policies", Some(json!({ "mfa_always": true }))).await;
    assert_eq!(offline.control("POST", "/reset", None).await.status, 200);
    assert_eq!(offline.call("GET", "/userinfo", &access, None).await.status, 401);
    assert_eq!(offline.control("GET", "/tokens", None).await.json(), json!([]));
    assert_eq!(offline.control("GET", "/clock", None).await.json()["offset_ms"], 0);
    assert_eq!(offline.get("/.well-known/jwks.json", None).await.text, keys);
    assert_eq!(offline.control("GET", "/users", None).await.json()[0]["email"], "ana@example.com");
}

#[tokio::test]
async fn a_fault_strikes_its_requests_as_often_as_asked() {
    let offline = Harness::new();
    let fault =
        json!({ "service": "tenant", "path_prefix": "/.well-known/jwks", "status": 503, "body": "down", "times": 2 });
    offline.control("POST", "/faults", Some(fault)).await;
    assert_eq!(offline.get("/.well-known/openid-configuration", None).await.status, 200);
    for expected in [503, 503, 200] {
        assert_eq!(offline.get("/.well-known/jwks.json", None).await.status, expected);
    }
    let delay = json!({ "service": "tenant", "delay_ms": 60 });
    offline.control("POST", "/faults", Some(delay)).await;
    let begun = std::time::Instant::now();
    assert_eq!(offline.get("/.well-known/openid-configuration", None).await.status, 200);
    assert!(begun.elapsed().as_millis() >= 60);
    assert_eq!(offline.control("GET", "/faults", None).await.json().as_array().unwrap().len(), 1);
    assert_eq!(offline.control("DELETE", "/faults", None).await.json(), json!([]));
}

#[tokio::test]
async fn bad_control_requests_are_named() {
    let offline = Harness::new();
    for (method, path, body, status) in [
        ("POST", "/faults", json!({ "service": "nobody" }), 400),
        ("POST", "/faults", json!({ "service": "tenant", "status": 99 }), 400),
        ("POST", "/faults", json!({ "service": "tenant", "stauts": 500 }), 400),
        ("POST", "/clock", json!({}), 400),
        ("POST", "/tokens/revoke", json!({}), 400),
        ("POST", "/tokens/revoke", json!({ "token": "never issued" }), 404),
        ("PATCH", "/policies", json!({ "mfa": true }), 400),
        ("PATCH", "/policies", json!({ "mfa_always": "yes" }), 400),
        ("PATCH", "/clients/nobody", json!({}), 404),
        ("PATCH", "/connections/unknown", json!({}), 404),
        ("GET", "/unknown", json!({}), 404),
    ] {
        let answer = offline.control(method, path, Some(body)).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(answer.json()["error"].is_string() && answer.json()["code"].is_string());
    }
}

#[tokio::test]
async fn pages_of_the_web_reach_nothing() {
    let offline = Harness::new();
    for (host, origin, status) in [
        ("localhost:4403", None, 200),
        ("127.0.0.1:4403", None, 200),
        ("localhost:4403", Some("http://localhost:4403"), 200),
        ("localhost:4403", Some("http://localhost:3000"), 403),
        ("localhost:4403", Some("null"), 403),
        ("attacker.example:4403", None, 403),
    ] {
        let mut request = Request::get("/tokens").header("host", host);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let answer = offline.control_raw(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{host} {origin:?}");
    }
}
