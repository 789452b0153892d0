//! Custom token exchange, on-behalf-of, the privileged worker, device code, registration, rate limit.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers outside of the test functions

mod support;

use serde_json::{Value, json};
use support::{
    API, API_CLIENT, API_SECRET, Answer, CLIENT, Harness, ISSUER, SECRET, VAULT_GRANT, changed, claims,
    keys::{Key, merged},
    text,
};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn post(offline: &Harness, base: &[(&str, &str)], changes: &[(&str, &str)]) -> Answer {
    let fields = changed(base, changes);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    offline.token(&fields).await
}

#[tokio::test]
async fn a_custom_exchange_needs_its_profile_the_clients_switch_and_a_good_token() {
    let offline = Harness::new();
    let token = text(&offline.tokens("ana@example.com").await, "access_token");
    let base = [
        ("grant_type", EXCHANGE),
        ("client_id", API_CLIENT),
        ("client_secret", API_SECRET),
        ("subject_token", token.as_str()),
        ("subject_token_type", "urn:deputy:agent"),
        ("audience", "sample-stock-api"),
        ("scope", "stock:trade"),
    ];
    let good = post(&offline, &base, &[]).await.json();
    assert_eq!((&good["scope"], &good["issued_token_type"]), (&json!("stock:trade"), &json!(ACCESS_TOKEN)));
    assert_eq!(claims(&text(&good, "access_token"))["sub"], offline.user("ana").user_id.as_str());
    for (changes, status, error) in [
        ([("subject_token_type", "urn:nobody:knows")], 400, "invalid_request"),
        ([("subject_token_type", "urn:auth0:mine")], 400, "invalid_request"),
        ([("subject_token_type", "mine")], 400, "invalid_request"),
        ([("subject_token", "garbage")], 400, "invalid_request"),
        ([("subject_token", "")], 400, "invalid_request"),
        ([("requested_token_type", "urn:other")], 400, "invalid_request"),
        ([("audience", "https://unknown.example")], 403, "access_denied"),
    ] {
        post(&offline, &base, &changes).await.refused(status, error);
    }
    offline.patch(&format!("/clients/{API_CLIENT}"), json!({ "token_exchange": false })).await;
    post(&offline, &base, &[]).await.refused(403, "unauthorized_client");
    post(&offline, &base, &[("client_id", CLIENT), ("client_secret", SECRET)])
        .await
        .refused(403, "unauthorized_client");
}

#[tokio::test]
async fn on_behalf_of_names_the_actors_five_at_most() {
    let offline = Harness::new();
    let mut token = text(&offline.tokens("ana@example.com").await, "access_token");
    let exchange = async |token: &str, changes: &[(&str, &str)]| {
        let base = [
            ("grant_type", EXCHANGE),
            ("client_id", API_CLIENT),
            ("client_secret", API_SECRET),
            ("subject_token", token),
            ("subject_token_type", ACCESS_TOKEN),
            ("requested_token_type", ACCESS_TOKEN),
            ("audience", API),
            ("scope", "agent:chat"),
        ];
        post(&offline, &base, changes).await
    };
    exchange(&token, &[]).await.refused(403, "unauthorized_client");
    offline.patch(&format!("/clients/{API_CLIENT}"), json!({ "on_behalf_of_token_exchange": true })).await;
    exchange(&token, &[("requested_token_type", "")]).await.refused(400, "invalid_request");
    exchange(&token, &[("audience", "")]).await.refused(400, "invalid_request");
    exchange("garbage", &[]).await.refused(400, "invalid_request");
    let shop = text(
        &exchange(&token, &[("audience", "sample-shop-api"), ("scope", "product:buy")]).await.json(),
        "access_token",
    );
    exchange(&shop, &[]).await.refused(403, "unauthorized_client");
    for level in 1..=4 {
        token = text(&exchange(&token, &[]).await.json(), "access_token");
        let mut act = &claims(&token)["act"];
        for _ in 0..level {
            assert_eq!(act["sub"], API_CLIENT);
            act = &act["act"];
        }
        assert!(act.is_null());
    }
    exchange(&token, &[]).await.refused(400, "invalid_request");
}

#[tokio::test]
async fn tv_a_privileged_worker_signs_each_request_itself() {
    let offline = Harness::new();
    let key = Key::new(5);
    let user_id = offline.user("ana").user_id;
    let account = json!({ "user_id": user_id, "connection": "github", "account": "ana-ferreira", "scopes": ["repo"] });
    offline.control("POST", "/seed", Some(json!({ "connected_accounts": [account] }))).await;
    let worker = "/clients/deputy-offline-worker";
    let access = |ips: Value| json!({ "token_vault_privileged_access": { "credentials": [key.jwk()], "ip_allowlist": ips, "grants": [{ "connection": "github", "scopes": ["repo"] }] } });
    let now = offline.world.now_ms() / 1000;
    let subject = |header: Value, changes: Value| {
        let body = json!({ "sub": user_id, "aud": ISSUER, "iss": "deputy-offline-worker", "iat": now, "jti": format!("{header}{changes}"), "audit_context": "nightly" });
        key.sign(&merged(json!({ "typ": "token-vault-req+jwt", "alg": "ES256" }), &header), &merged(body, &changes))
    };
    let send = async |subject: &str, changes: &[(&str, &str)]| {
        let base = [
            ("grant_type", VAULT_GRANT),
            ("client_id", "deputy-offline-worker"),
            ("client_secret", "offline-worker-secret-not-a-real-one"),
            ("subject_token", subject),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
            ("requested_token_type", "http://auth0.com/oauth/token-type/token-vault-access-token"),
            ("connection", "github"),
        ];
        post(&offline, &base, changes).await
    };
    let plain = || json!({});
    send(&subject(plain(), plain()), &[]).await.refused(403, "unauthorized_client");
    offline.patch(worker, access(json!(["203.0.113.0/24"]))).await;
    send(&subject(plain(), plain()), &[]).await.refused(403, "access_denied");
    offline.patch(worker, access(json!(["127.0.0.0/8", "::1"]))).await;
    let good = subject(plain(), plain());
    let answer = send(&good, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["issued_token_type"], "http://auth0.com/oauth/token-type/token-vault-access-token");
    send(&good, &[]).await.refused(403, "invalid_grant");
    for (header, changes) in [
        (json!({ "typ": "JWT" }), plain()),
        (plain(), json!({ "iat": now - 61 })),
        (plain(), json!({ "iat": now + 60 })),
        (plain(), json!({ "iat": null })),
        (plain(), json!({ "exp": now - 1 })),
        (plain(), json!({ "iss": CLIENT })),
        (plain(), json!({ "aud": "https://elsewhere.example/" })),
        (plain(), json!({ "audit_context": null })),
        (plain(), json!({ "audit_context": "x".repeat(257) })),
        (plain(), json!({ "jti": null })),
        (plain(), json!({ "sub": "auth0|nobody" })),
    ] {
        send(&subject(header, changes), &[]).await.refused(403, "invalid_grant");
    }
    let fresh = |n: u32| subject(plain(), json!({ "jti": n.to_string() }));
    send(&fresh(1), &[("connection", "google-oauth2")]).await.refused(403, "access_denied");
    send(&fresh(2), &[("scope", "admin:org")]).await.refused(403, "access_denied");
    send(&fresh(3), &[("requested_token_type", support::VAULT_TYPE)]).await.refused(400, "invalid_request");
}

#[tokio::test]
async fn a_device_waits_for_its_user() {
    let offline = Harness::new();
    let ask = async |scope: &str| {
        let fields = [("client_id", "deputy-offline-device"), ("scope", scope), ("audience", API)];
        offline.post_form("/oauth/device/code", &fields, None).await
    };
    let poll = async |code: &str| {
        offline.token(&[("grant_type", DEVICE), ("client_id", "deputy-offline-device"), ("device_code", code)]).await
    };
    let denied_grant = [("client_id", CLIENT), ("client_secret", SECRET)];
    offline.post_form("/oauth/device/code", &denied_grant, None).await.refused(403, "unauthorized_client");
    let device = ask("openid agent:chat").await.json();
    let (code, user_code) = (text(&device, "device_code"), text(&device, "user_code"));
    assert_eq!((&device["expires_in"], &device["interval"]), (&json!(900), &json!(5)));
    poll(&code).await.refused(403, "authorization_pending");
    let fast = poll(&code).await;
    fast.refused(429, "slow_down");
    assert_eq!(fast.headers["retry-after"], "10");
    // The user types the code, logs in, and sees it again.
    let typed = format!("/activate?user_code={}", user_code.to_lowercase().replace('-', ""));
    let login = offline.get(&typed, None).await;
    let state = login.parameter("state").unwrap();
    let form = [
        ("state", state.as_str()),
        ("username", "ana@example.com"),
        ("password", "ana-offline"),
        ("action", "default"),
    ];
    let logged_in = offline.post_form("/u/login", &form, None).await;
    let cookie = logged_in.cookie().unwrap();
    let page = offline.get(&typed, Some(&cookie)).await;
    assert!(page.text.contains(&user_code) && page.text.contains("Deputy on the command line"));
    let page_state = page.text.split("name=\"state\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let confirm = [("user_code", user_code.as_str()), ("action", "confirm"), ("state", "forged")];
    assert_eq!(offline.post_form("/activate", &confirm, Some(&cookie)).await.status, 400);
    let confirm = [("user_code", user_code.as_str()), ("action", "confirm"), ("state", page_state)];
    assert!(offline.post_form("/activate", &confirm, Some(&cookie)).await.text.contains("all set"));
    offline.clock(20_000).await;
    let tokens = poll(&code).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    poll(&code).await.refused(403, "invalid_grant");
    assert_eq!(offline.get("/activate?user_code=WRONG", None).await.status, 400);
    // Denied, and expired.
    let device = ask("openid").await.json();
    let path = format!("/devices/{}", text(&device, "user_code"));
    let deny = json!({ "user_id": offline.user("ana").user_id, "decision": "deny" });
    assert_eq!(offline.control("POST", &path, Some(deny)).await.status, 200);
    poll(&text(&device, "device_code")).await.refused(403, "access_denied");
    let device = ask("openid").await.json();
    offline.clock(1_000_000).await;
    poll(&text(&device, "device_code")).await.refused(403, "expired_token");
}

#[tokio::test]
async fn registration_is_off_until_a_policy_allows_it() {
    let offline = Harness::new();
    let register = async |body: Value| offline.call("POST", "/oidc/register", "", Some(body)).await;
    let good = json!({ "redirect_uris": ["https://client.example/callback"], "client_name": "Third" });
    register(good.clone()).await.refused(404, "not_found");
    offline.patch("/policies", json!({ "dynamic_client_registration": true })).await;
    let client = register(good).await;
    assert_eq!(client.status, 201, "{}", client.text);
    assert!(client.json()["client_secret"].is_string());
    let public =
        register(json!({ "redirect_uris": ["http://localhost:6274/cb"], "token_endpoint_auth_method": "none" })).await;
    assert!(public.status == 201 && public.json().get("client_secret").is_none());
    for (body, error) in [
        (json!({}), "invalid_redirect_uri"),
        (json!({ "redirect_uris": [] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["http://client.example/"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["https://client.example/#f"] }), "invalid_redirect_uri"),
        (
            json!({ "redirect_uris": ["https://c.example/"], "token_endpoint_auth_method": "tls" }),
            "invalid_client_metadata",
        ),
    ] {
        register(body).await.refused(400, error);
    }
    // Its users are asked for consent: it is a third party.
    let id = text(&client.json(), "client_id");
    let login = offline
        .log_in("ana@example.com", &[("client_id", &id), ("redirect_uri", "https://client.example/callback")])
        .await;
    assert_eq!(login.location().path(), "/u/consent");
}

#[tokio::test]
async fn beyond_the_rate_limit_each_api_refuses_in_its_own_words() {
    let offline = Harness::new();
    offline.patch("/policies", json!({ "rate_limit": { "limit": 1, "window": 60 } })).await;
    let first = offline.get("/userinfo", None).await;
    assert_eq!((first.status.as_u16(), first.headers["x-ratelimit-remaining"].to_str().unwrap()), (401, "0"));
    let token = offline.token(&[("grant_type", "refresh_token")]).await;
    token.refused(429, "too_many_requests");
    for header in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"] {
        assert!(token.headers.contains_key(header), "{header}");
    }
    let account = offline.get("/me/v1/connected-accounts/accounts", None).await;
    assert_eq!((account.status.as_u16(), account.json()["title"].as_str()), (429, Some("Too Many Requests")));
    assert_eq!(offline.get("/.well-known/jwks.json", None).await.status, 200);
    offline.clock(61_000).await;
    assert_eq!(offline.get("/userinfo", None).await.status, 401);
}
