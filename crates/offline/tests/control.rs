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

/// What the doctor's tests seed: a fault for some bodies only, an API that is not there, a clock that is off.
#[tokio::test]
async fn bodies_apis_and_the_clock_can_be_chosen() {
    let offline = Harness::new();
    let fault =
        json!({ "service": "tenant", "path_prefix": "/oauth", "body_contains": "refresh_token", "status": 503 });
    offline.control("POST", "/faults", Some(fault)).await;
    assert_eq!(offline.token(&[("grant_type", "authorization_code")]).await.status, 401);
    assert_eq!(offline.token(&[("grant_type", "refresh_token")]).await.status, 503);
    let api = "/apis/sample-stock-api";
    assert_eq!(offline.control("PATCH", api, Some(json!({ "token_lifetime": 60 }))).await.json()["token_lifetime"], 60);
    assert_eq!(offline.control("PATCH", "/apis/none", Some(json!({}))).await.status, 404);
    assert_eq!(offline.control("DELETE", api, None).await.status, 200);
    assert_eq!(offline.control("DELETE", api, None).await.status, 404);
    let date = async || offline.get("/.well-known/jwks.json", None).await.headers["date"].to_str().unwrap().to_owned();
    let before = date().await;
    assert!(before.ends_with(" GMT") && before.len() == 29, "{before}");
    offline.clock(86_400_000 * 40).await;
    assert_ne!(date().await.get(..16), before.get(..16));
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

#[tokio::test]
async fn seeded_records_are_added_or_replaced_and_all_or_nothing() {
    let offline = Harness::new();
    let mut dora = json!(offline.user("ana"));
    dora["user_id"] = json!("auth0|dora");
    dora["email"] = json!("dora@example.com");
    let account = |connection: &str| json!({ "user_id": "auth0|dora", "connection": connection, "account": "dora" });
    let wrong = json!({ "users": [dora], "connected_accounts": [account("nowhere")] });
    assert_eq!(offline.control("POST", "/seed", Some(wrong)).await.status, 404);
    assert_eq!(offline.world.users().len(), 4);
    let good = json!({ "users": [dora], "connected_accounts": [account("github"), account("github")] });
    assert_eq!(offline.control("POST", "/seed", Some(good.clone())).await.status, 200);
    assert_eq!(offline.control("POST", "/seed", Some(good)).await.status, 200);
    assert_eq!(offline.world.users().len(), 5);
    let grants = offline.control("GET", "/grants", None).await.json();
    assert_eq!(grants["connected_accounts"].as_array().unwrap().len(), 1);
    assert_eq!(offline.log_in("ana@example.com", &[]).await.status, 302);
    assert_eq!(offline.control("POST", "/seed", Some(json!({ "planets": [] }))).await.status, 400);
    offline.control("POST", "/reset", None).await;
    assert_eq!(offline.world.users().len(), 4);
}

#[tokio::test]
async fn a_fault_with_a_probability_says_its_seed_and_repeats_with_it() {
    let offline = Harness::new();
    let run = async |seed: Option<u64>| {
        offline.control("DELETE", "/faults", None).await;
        let fault =
            json!({ "service": "tenant", "path_prefix": "/userinfo", "status": 503, "probability": 0.5, "seed": seed });
        let said = offline.control("POST", "/faults", Some(fault)).await.json()[0]["seed"].as_u64().unwrap();
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(offline.get("/userinfo", None).await.status.as_u16());
        }
        (said, statuses)
    };
    let (seed, first) = run(None).await;
    assert_eq!(seed, offline.world.options().fault_seed);
    assert!(first.contains(&503) && first.contains(&401));
    assert_eq!(run(Some(seed)).await.1, first);
    assert_ne!(run(Some(seed ^ 1)).await.1, first);
    let wrong = json!({ "service": "tenant", "probability": 1.5 });
    assert_eq!(offline.control("POST", "/faults", Some(wrong)).await.status, 400);
}

#[tokio::test]
async fn sessions_can_be_ended_from_outside() {
    let offline = Harness::new();
    let cookie = offline.log_in("ana@example.com", &[]).await.cookie().unwrap();
    assert!(offline.authorize(&[("prompt", "none")], Some(&cookie)).await.parameter("code").is_some());
    let end = json!({ "user_id": offline.user("ana").user_id });
    assert_eq!(offline.control("POST", "/sessions/end", Some(end)).await.json()["ended"], 1);
    let after = offline.authorize(&[("prompt", "none")], Some(&cookie)).await;
    assert_eq!(after.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn the_page_shows_approvals_and_answers_them() {
    let offline = Harness::new();
    let hint = json!({ "format": "iss_sub", "iss": support::ISSUER, "sub": offline.user("ana").user_id }).to_string();
    let fields = [
        ("client_id", support::CLIENT),
        ("client_secret", support::SECRET),
        ("scope", "openid"),
        ("binding_message", "Look here"),
        ("login_hint", hint.as_str()),
    ];
    offline.post_form("/bc-authorize", &fields, None).await;
    let page = offline.control("GET", "/", None).await.text;
    let id = offline.world.approvals()[0].id.clone();
    assert!(page.contains("Look here") && page.contains(&format!("/approvals/{id}")));
    let form = Request::post(format!("/approvals/{id}"))
        .header("host", "localhost:4403")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("decision=approve"))
        .unwrap();
    assert_eq!(offline.control_raw(form).await.status, 303);
    assert!(offline.control("GET", "/", None).await.text.contains("Approved"));
    let again = offline.control("POST", &format!("/approvals/{id}"), Some(json!({ "decision": "deny" }))).await;
    assert_eq!(again.status, 404);
}
