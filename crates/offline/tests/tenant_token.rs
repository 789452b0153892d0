//! The token endpoint, userinfo and revocation: each grant and each refusal.

mod support;

use axum::{body::Body, http::Request};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use support::{API, CLIENT, Harness, ISSUER, ME_SCOPES, SECRET, claims, code_grant, text};

fn with<'a>(fields: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<_> = fields.iter().filter(|(found, _)| *found != name).copied().collect();
    if !value.is_empty() {
        fields.push((name, value));
    }
    fields
}

fn refresh(token: &str) -> Vec<(&str, &str)> {
    vec![("grant_type", "refresh_token"), ("client_id", CLIENT), ("client_secret", SECRET), ("refresh_token", token)]
}

#[tokio::test]
async fn a_reused_code_is_refused_and_revokes_what_it_gave_out() {
    let offline = Harness::new();
    let code = offline.log_in("ana@example.com", &[]).await.parameter("code").unwrap();
    let tokens = offline.token(&code_grant(&code)).await.json();
    offline.token(&code_grant(&code)).await.refused(403, "invalid_grant");
    offline.token(&refresh(&text(&tokens, "refresh_token"))).await.refused(403, "invalid_grant");
}

#[tokio::test]
async fn a_code_needs_its_verifier_redirect_uri_client_and_time() {
    let offline = Harness::new();
    for (name, value, status, error) in [
        ("code_verifier", "another-verifier-of-at-least-43-characters-000", 403, "invalid_grant"),
        ("code_verifier", "", 400, "invalid_request"),
        ("redirect_uri", "http://localhost:3000/", 403, "invalid_grant"),
        ("redirect_uri", "", 400, "invalid_request"),
        ("client_secret", "wrong", 401, "invalid_client"),
        ("client_secret", "", 401, "invalid_client"),
        ("client_id", "nobody", 401, "invalid_client"),
        ("client_id", "", 401, "invalid_client"),
        ("grant_type", "password", 400, "unsupported_grant_type"),
        ("grant_type", "", 400, "invalid_request"),
        ("grant_type", "client_credentials", 403, "unauthorized_client"),
        ("code", "guessed", 403, "invalid_grant"),
    ] {
        let code = offline.log_in("ana@example.com", &[]).await.parameter("code").unwrap();
        offline.token(&with(&code_grant(&code), name, value)).await.refused(status, error);
    }
    let code = offline.log_in("ana@example.com", &[]).await.parameter("code").unwrap();
    let other = [
        ("grant_type", "authorization_code"),
        ("client_id", "deputy-offline-third-party"),
        ("client_secret", "offline-third-party-secret-not-a-real-one"),
        ("code", &code),
        ("redirect_uri", support::CALLBACK),
        ("code_verifier", support::VERIFIER),
    ];
    offline.token(&other).await.refused(403, "invalid_grant");
    offline.control("POST", "/clock", Some(json!({ "offset_ms": 601_000 }))).await;
    offline.token(&code_grant(&code)).await.refused(403, "invalid_grant");
}

#[tokio::test]
async fn json_bodies_and_basic_authentication_are_accepted_and_never_two_methods_at_once() {
    let offline = Harness::new();
    let refresh_token = text(&offline.tokens("ana@example.com").await, "refresh_token");
    let body = json!({ "grant_type": "refresh_token", "client_id": CLIENT, "client_secret": SECRET, "refresh_token": refresh_token });
    assert_eq!(offline.call("POST", "/oauth/token", "", Some(body)).await.status, 200);
    let basic = |credentials: &str, body: String| {
        Request::post("/oauth/token")
            .header("authorization", format!("Basic {}", STANDARD.encode(credentials)))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap()
    };
    let form = format!("grant_type=refresh_token&refresh_token={refresh_token}");
    let good = format!("{CLIENT}:{SECRET}");
    assert_eq!(offline.send(basic(&good, form.clone())).await.status, 200);
    let wrong = offline.send(basic(&format!("{CLIENT}:wrong"), form.clone())).await;
    wrong.refused(401, "invalid_client");
    assert!(wrong.headers.contains_key("www-authenticate"));
    offline.send(basic(&good, format!("{form}&client_secret={SECRET}"))).await.refused(400, "invalid_request");
    offline.send(basic(&good, format!("{form}&client_id=other"))).await.refused(400, "invalid_request");
    offline.send(basic(&good, format!("{form}&grant_type=refresh_token"))).await.refused(400, "invalid_request");
    let text_body = Request::post("/oauth/token").header("content-type", "text/plain").body(Body::from(form)).unwrap();
    offline.send(text_body).await.refused(400, "invalid_request");
}

#[tokio::test]
async fn ua_12_a_refresh_token_renews_without_rotation_and_never_widens_the_scope() {
    let offline = Harness::new();
    let first = offline.tokens("ben@example.com").await;
    let token = text(&first, "refresh_token");
    let renewed = offline.token(&refresh(&token)).await.json();
    assert_eq!(renewed["scope"], first["scope"]);
    assert!(renewed.get("refresh_token").is_none());
    assert_ne!(renewed["access_token"], first["access_token"]);
    assert_eq!(claims(&text(&renewed, "id_token"))["sid"], claims(&text(&first, "id_token"))["sid"]);
    let narrowed = offline.token(&with(&refresh(&token), "scope", "openid stock:trade")).await.json();
    assert_eq!(narrowed["scope"], "openid");
    for bad in ["", "guessed", text(&first, "access_token").as_str()] {
        let answer = offline.token(&with(&refresh(&token), "refresh_token", bad)).await;
        if bad.is_empty() { answer.refused(400, "invalid_request") } else { answer.refused(403, "invalid_grant") }
    }
    let stolen = vec![
        ("grant_type", "refresh_token"),
        ("client_id", "deputy-offline-third-party"),
        ("client_secret", "offline-third-party-secret-not-a-real-one"),
        ("refresh_token", token.as_str()),
    ];
    offline.token(&stolen).await.refused(403, "invalid_grant");
    offline.control("POST", "/tokens/expire", Some(json!({ "token": token }))).await;
    offline.token(&refresh(&token)).await.refused(403, "invalid_grant");
}

#[tokio::test]
async fn a_rotating_client_gets_a_new_refresh_token_and_a_reuse_ends_the_family() {
    let offline = Harness::new();
    let change = json!({ "refresh_token": { "rotation_type": "rotating" } });
    assert_eq!(offline.control("PATCH", "/clients/deputy-offline", Some(change)).await.status, 200);
    let first = text(&offline.tokens("ana@example.com").await, "refresh_token");
    let second = text(&offline.token(&refresh(&first)).await.json(), "refresh_token");
    assert_ne!(first, second);
    let third = text(&offline.token(&refresh(&second)).await.json(), "refresh_token");
    offline.token(&refresh(&first)).await.refused(403, "invalid_grant");
    offline.token(&refresh(&third)).await.refused(403, "invalid_grant");
}

#[tokio::test]
async fn a_multi_resource_refresh_needs_a_policy_and_gives_its_scopes_only() {
    let offline = Harness::new();
    let token = text(&offline.tokens("ana@example.com").await, "refresh_token");
    let audience = format!("{ISSUER}me/");
    let fields = with(&refresh(&token), "audience", &audience);
    let scope = format!("{ME_SCOPES} stock:trade");
    let answer = offline.token(&with(&fields, "scope", &scope)).await.json();
    assert_eq!(
        answer["scope"],
        "openid profile offline_access create:me:connected_accounts read:me:connected_accounts delete:me:connected_accounts"
    );
    assert!(answer.get("refresh_token").is_none());
    let access = claims(&text(&answer, "access_token"));
    assert_eq!(access["aud"][0], audience);
    assert!(access.get("permissions").is_none());
    let narrow = offline.token(&with(&fields, "scope", "read:me:connected_accounts")).await.json();
    assert_eq!(narrow["scope"], "read:me:connected_accounts");
    assert!(narrow.get("id_token").is_none());
    offline.token(&with(&refresh(&token), "audience", "https://unknown.example")).await.refused(403, "access_denied");
    offline.control("PATCH", "/clients/deputy-offline", Some(json!({ "refresh_token": {} }))).await;
    offline.token(&fields).await.refused(400, "invalid_target");
}

#[tokio::test]
async fn client_credentials_need_a_client_grant_and_never_reach_my_account() {
    let offline = Harness::new();
    let base = vec![
        ("grant_type", "client_credentials"),
        ("client_id", "deputy-offline-machine"),
        ("client_secret", "offline-machine-secret-not-a-real-one"),
        ("audience", API),
    ];
    let answer = offline.token(&base).await.json();
    let access = claims(&text(&answer, "access_token"));
    assert_eq!(access["sub"], "deputy-offline-machine@clients");
    assert_eq!((&access["gty"], &access["scope"]), (&"client-credentials".into(), &"agent:chat".into()));
    assert!(answer.get("refresh_token").is_none());
    let my_account = format!("{ISSUER}me/");
    for audience in ["", "https://unknown.example", my_account.as_str()] {
        offline.token(&with(&base, "audience", audience)).await.refused(403, "access_denied");
    }
    let grants = json!({ "client_grants": [{ "audience": my_account, "scope": ["read:me:connected_accounts"] }] });
    offline.control("PATCH", "/clients/deputy-offline-machine", Some(grants)).await;
    offline.token(&with(&base, "audience", &my_account)).await.refused(403, "access_denied");
}

#[tokio::test]
async fn userinfo_takes_good_access_tokens_of_this_tenant_only() {
    let offline = Harness::new();
    let tokens = offline.tokens("ana@example.com").await;
    let access = text(&tokens, "access_token");
    let tampered = format!("{}x", access);
    for bad in
        ["", "garbage", tampered.as_str(), text(&tokens, "id_token").as_str(), text(&tokens, "refresh_token").as_str()]
    {
        let answer = offline.call("GET", "/userinfo", bad, None).await;
        assert_eq!(answer.status, 401);
        assert!(answer.headers.contains_key("www-authenticate"));
    }
    assert_eq!(offline.call("POST", "/userinfo", &access, None).await.json()["nickname"], "ana");
    offline.control("POST", "/tokens/revoke", Some(json!({ "token": access }))).await;
    assert_eq!(offline.call("GET", "/userinfo", &access, None).await.status, 401);
    // Without an API the access token is opaque and good for userinfo alone.
    let code = offline
        .log_in("ana@example.com", &[("audience", ""), ("scope", "openid email")])
        .await
        .parameter("code")
        .unwrap();
    let opaque = offline.token(&code_grant(&code)).await.json();
    assert!(opaque.get("refresh_token").is_none());
    let token = text(&opaque, "access_token");
    assert!(!token.contains('.'));
    let claims = offline.call("GET", "/userinfo", &token, None).await.json();
    assert!(claims["email"] == "ana@example.com" && claims.get("name").is_none());
}

#[tokio::test]
async fn revocation_ends_refresh_tokens_and_asks_for_client_authentication() {
    let offline = Harness::new();
    let tokens = offline.tokens("ana@example.com").await;
    let token = text(&tokens, "refresh_token");
    let base = vec![("client_id", CLIENT), ("client_secret", SECRET), ("token", token.as_str())];
    offline
        .post_form("/oauth/revoke", &with(&base, "client_secret", "wrong"), None)
        .await
        .refused(401, "invalid_client");
    offline.post_form("/oauth/revoke", &with(&base, "token", ""), None).await.refused(400, "invalid_request");
    let access = text(&tokens, "access_token");
    offline
        .post_form("/oauth/revoke", &with(&base, "token", &access), None)
        .await
        .refused(400, "unsupported_token_type");
    let stranger = [
        ("client_id", "deputy-offline-machine"),
        ("client_secret", "offline-machine-secret-not-a-real-one"),
        ("token", token.as_str()),
    ];
    offline.post_form("/oauth/revoke", &stranger, None).await.refused(400, "invalid_request");
    assert_eq!(offline.post_form("/oauth/revoke", &with(&base, "token", "unknown"), None).await.status, 200);
    assert_eq!(offline.token(&refresh(&token)).await.status, 200);
    assert_eq!(offline.post_form("/oauth/revoke", &base, None).await.status, 200);
    offline.token(&refresh(&token)).await.refused(403, "invalid_grant");
}

#[tokio::test]
async fn a_rotated_signing_key_still_verifies_old_tokens() {
    let offline = Harness::new();
    let access = text(&offline.tokens("ana@example.com").await, "access_token");
    let keys = offline.control("POST", "/keys/rotate", None).await.json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    assert_eq!(offline.call("GET", "/userinfo", &access, None).await.status, 200);
    offline.control("POST", "/keys/rotate", None).await;
    assert_eq!(offline.call("GET", "/userinfo", &access, None).await.status, 401);
}
