//! The Token Vault exchange: both subjects, and every refusal of the reference's §3.4.

mod support;

use serde_json::{Value, json};
use support::{API_CLIENT, API_SECRET, FREEBUSY, Harness, ME_SCOPES, VAULT_TYPE, text};

/// A user's tokens with a connected Google account.
async fn connected(offline: &Harness, email: &str) -> Value {
    let tokens = offline.tokens(email).await;
    let me = offline.my_account_token(&text(&tokens, "refresh_token"), ME_SCOPES).await;
    offline.connect(&me, "google-oauth2", "ana@gmail.example", &["openid", FREEBUSY]).await;
    tokens
}

#[tokio::test]
async fn tv_02_tv_04_a_refresh_token_is_exchanged_for_the_providers_token() {
    let offline = Harness::new();
    let tokens = connected(&offline, "ana@example.com").await;
    let answer = offline.exchange(&text(&tokens, "refresh_token"), &[]).await.json();
    assert_eq!(answer["issued_token_type"], VAULT_TYPE);
    assert_eq!((&answer["token_type"], &answer["scope"]), (&"Bearer".into(), &format!("openid {FREEBUSY}").into()));
    assert!(answer.get("refresh_token").is_none() && answer.get("id_token").is_none());
    let grant = offline.world.provider_token(&text(&answer, "access_token")).unwrap();
    assert_eq!(
        (grant.connection.as_str(), grant.account.as_str(), grant.revoked),
        ("google-oauth2", "ana@gmail.example", false)
    );
    let seen = offline.world.requests();
    let body = seen.last().unwrap().body.clone().unwrap();
    assert_eq!(body["subject_token"], tokens["refresh_token"]);
    assert!(body.get("client_secret").is_none());
}

#[tokio::test]
async fn tv_20_the_stored_token_is_given_out_until_it_expires_then_a_new_one() {
    let offline = Harness::new();
    let refresh = text(&connected(&offline, "ana@example.com").await, "refresh_token");
    let first = offline.exchange(&refresh, &[]).await.json();
    offline.control("POST", "/clock", Some(json!({ "offset_ms": 3_000_000 }))).await;
    let second = offline.exchange(&refresh, &[]).await.json();
    assert_eq!(first["access_token"], second["access_token"]);
    assert!(second["expires_in"].as_u64().unwrap() <= 600);
    // The vault cannot know that the provider revoked it.
    let token = text(&first, "access_token");
    offline.control("POST", "/tokens/revoke", Some(json!({ "token": token }))).await;
    assert_eq!(offline.exchange(&refresh, &[]).await.json()["access_token"], token);
    assert!(offline.world.provider_token(&token).unwrap().revoked);
    offline.control("POST", "/clock", Some(json!({ "offset_ms": 3_700_000 }))).await;
    assert_ne!(offline.exchange(&refresh, &[]).await.json()["access_token"], token);
}

#[tokio::test]
async fn tv_05_an_access_token_is_exchanged_by_the_custom_api_client_of_its_audience_only() {
    let offline = Harness::new();
    let tokens = connected(&offline, "ana@example.com").await;
    let access = text(&tokens, "access_token");
    let subject = ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token");
    let custom = [("client_id", API_CLIENT), ("client_secret", API_SECRET), subject];
    assert_eq!(offline.exchange(&access, &custom).await.status, 200);
    offline.exchange(&access, &[subject]).await.refused(403, "unauthorized_client");
    offline.exchange("garbage", &custom).await.refused(403, "invalid_grant");
    let me = offline.my_account_token(&text(&tokens, "refresh_token"), ME_SCOPES).await;
    offline.exchange(&me, &custom).await.refused(403, "unauthorized_client");
    offline.control("POST", "/tokens/expire", Some(json!({ "token": access }))).await;
    offline.exchange(&access, &custom).await.refused(403, "invalid_grant");
}

#[tokio::test]
async fn tv_08_without_a_connected_account_the_refresh_token_of_the_connection_is_not_found() {
    let offline = Harness::new();
    let ben = text(&offline.tokens("ben@example.com").await, "refresh_token");
    let missing = "federated_connection_refresh_token_not_found";
    offline.exchange(&ben, &[]).await.refused(401, missing);
    let ana = text(&connected(&offline, "ana@example.com").await, "refresh_token");
    offline.exchange(&ben, &[]).await.refused(401, missing);
    offline.exchange(&ana, &[("connection", "github")]).await.refused(401, missing);
    offline.exchange(&ana, &[("login_hint", "other@gmail.example")]).await.refused(401, missing);
    assert_eq!(offline.exchange(&ana, &[("login_hint", "ana@gmail.example")]).await.status, 200);
    // The provider withdrew its refresh token: the access token lives out its time, then there is none.
    offline.control("POST", "/tokens/revoke", Some(json!({ "connection": "google-oauth2" }))).await;
    offline.control("POST", "/clock", Some(json!({ "offset_ms": 3_600_001 }))).await;
    offline.exchange(&ana, &[]).await.refused(401, missing);
}

#[tokio::test]
async fn every_malformed_or_unauthorized_exchange_is_refused() {
    let offline = Harness::new();
    let token = text(&connected(&offline, "ana@example.com").await, "refresh_token");
    for (changes, status, error) in [
        (vec![("connection", "")], 400, "invalid_request"),
        (vec![("subject_token", "")], 400, "invalid_request"),
        (vec![("subject_token_type", "")], 400, "invalid_request"),
        (vec![("subject_token_type", "urn:ietf:params:oauth:token-type:id_token")], 400, "invalid_request"),
        (vec![("requested_token_type", "")], 400, "invalid_request"),
        (vec![("requested_token_type", "urn:other")], 400, "invalid_request"),
        (vec![("connection", "unknown")], 400, "invalid_request"),
        (vec![("connection", "linkedin")], 400, "invalid_request"),
        (vec![("connection", "Username-Password-Authentication")], 400, "invalid_request"),
        (vec![("client_secret", "wrong")], 401, "invalid_client"),
        (vec![("subject_token", "unknown")], 403, "invalid_grant"),
        (
            vec![("client_id", "deputy-offline-machine"), ("client_secret", "offline-machine-secret-not-a-real-one")],
            403,
            "unauthorized_client",
        ),
    ] {
        offline.exchange(&token, &changes).await.refused(status, error);
    }
    let disabled = offline.exchange(&token, &[("connection", "linkedin")]).await.json();
    assert_eq!(disabled["error_description"], "Token Vault is not enabled for the provided connection");
}

#[tokio::test]
async fn a_rotating_client_an_mfa_policy_and_a_rate_limit_refuse_the_exchange() {
    let offline = Harness::new();
    let token = text(&connected(&offline, "ana@example.com").await, "refresh_token");
    offline.control("PATCH", "/policies", Some(json!({ "mfa_always": true }))).await;
    let mfa = offline.exchange(&token, &[]).await;
    mfa.refused(401, "mfa_required");
    assert!(mfa.json()["mfa_token"].is_string());
    offline.control("PATCH", "/policies", Some(json!({ "mfa_always": false }))).await;
    let limit = json!({
        "service": "tenant", "method": "POST", "path_prefix": "/oauth/token", "status": 429, "times": 1,
        "headers": { "retry-after": "7", "x-ratelimit-remaining": "0" },
        "body": { "error": "too_many_requests", "error_description": "Global limit has been reached" },
    });
    offline.control("POST", "/faults", Some(limit)).await;
    let limited = offline.exchange(&token, &[]).await;
    limited.refused(429, "too_many_requests");
    assert_eq!(limited.headers["retry-after"], "7");
    assert_eq!(offline.exchange(&token, &[]).await.status, 200);
    let rotating = json!({ "refresh_token": { "rotation_type": "rotating" } });
    offline.control("PATCH", "/clients/deputy-offline", Some(rotating)).await;
    offline.exchange(&token, &[]).await.refused(403, "unauthorized_client");
}

#[tokio::test]
async fn tv_35_scopes_may_be_separated_by_commas_or_be_none_at_all() {
    let offline = Harness::new();
    let refresh = text(&offline.tokens("ana@example.com").await, "refresh_token");
    let me = offline.my_account_token(&refresh, ME_SCOPES).await;
    offline.connect(&me, "sign-in-with-slack", "ana@acme", &["channels:read", "groups:read"]).await;
    let slack = offline.exchange(&refresh, &[("connection", "sign-in-with-slack")]).await.json();
    assert_eq!(slack["scope"], "channels:read,groups:read");
    let body = json!({ "connection": "github", "redirect_uri": support::CALLBACK, "state": "s" });
    let started = offline.call("POST", "/me/v1/connected-accounts/connect", &me, Some(body)).await.json();
    let ticket = started["connect_params"]["ticket"].as_str().unwrap();
    offline.get(&format!("/connected-accounts/connect?ticket={ticket}"), None).await;
    assert!(offline.world.consent_ticket(ticket).unwrap().scopes.is_empty());
    let allow = deputy_offline::world::Decision::Allow { account: "ana-dev".to_owned(), scopes: Vec::new() };
    let back = offline.world.decide_consent(ticket, allow).unwrap();
    let end = offline.get(back.strip_prefix("http://localhost:4400").unwrap(), None).await;
    let complete = json!({ "auth_session": started["auth_session"], "connect_code": end.parameter("connect_code"), "redirect_uri": support::CALLBACK });
    assert_eq!(offline.call("POST", "/me/v1/connected-accounts/complete", &me, Some(complete)).await.status, 201);
    assert_eq!(offline.exchange(&refresh, &[("connection", "github")]).await.json()["scope"], "");
}

#[tokio::test]
async fn tv_09_connecting_the_same_account_again_replaces_its_token_and_scopes() {
    let offline = Harness::new();
    let refresh = text(&connected(&offline, "ana@example.com").await, "refresh_token");
    let first = offline.exchange(&refresh, &[]).await.json();
    offline.control("POST", "/clock", Some(json!({ "offset_ms": 5 }))).await;
    let me = offline.my_account_token(&refresh, ME_SCOPES).await;
    let events = "https://www.googleapis.com/auth/calendar.events";
    offline.connect(&me, "google-oauth2", "ana@gmail.example", &["openid", FREEBUSY, events]).await;
    let second = offline.exchange(&refresh, &[]).await.json();
    assert_ne!(first["access_token"], second["access_token"]);
    assert_eq!(second["scope"], format!("openid {FREEBUSY} {events}"));
    assert_eq!(offline.world.connected_accounts(None).len(), 1);
}
