//! Backchannel authentication (CIBA): every refusal of the request and of the polls, and the phone.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers outside of the test functions

mod support;

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use support::{Answer, CLIENT, Harness, ISSUER, SECRET, changed, claims, text};

const GRANT: &str = "urn:openid:params:grant-type:ciba";

fn hint(user_id: &str) -> String {
    json!({ "format": "iss_sub", "iss": ISSUER, "sub": user_id }).to_string()
}

async fn ask(offline: &Harness, changes: &[(&str, &str)]) -> Answer {
    let hint = hint(&offline.user("ana").user_id);
    let base = [
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("scope", "openid product:buy"),
        ("audience", "sample-shop-api"),
        ("binding_message", "Buy 2 lamps"),
        ("login_hint", hint.as_str()),
    ];
    let fields = changed(&base, changes);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    offline.post_form("/bc-authorize", &fields, None).await
}

async fn poll(offline: &Harness, id: &str) -> Answer {
    let fields = [("grant_type", GRANT), ("client_id", CLIENT), ("client_secret", SECRET), ("auth_req_id", id)];
    offline.token(&fields).await
}

async fn decide(offline: &Harness, decision: &str) -> Answer {
    let id = offline.world.approvals().last().unwrap().id.clone();
    offline.control("POST", &format!("/approvals/{id}"), Some(json!({ "decision": decision }))).await
}

#[tokio::test]
async fn aa_07_an_approved_request_gives_its_tokens_once() {
    let offline = Harness::new();
    let details = r#"[{"type":"purchase","product":"lamp","qty":2}]"#;
    let scope = ("scope", "openid product:buy offline_access");
    let asked = ask(&offline, &[("authorization_details", details), scope]).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    assert_eq!((&asked.json()["expires_in"], &asked.json()["interval"]), (&json!(300), &json!(5)));
    let id = text(&asked.json(), "auth_req_id");
    assert_eq!(decide(&offline, "approve").await.status, 200);
    let tokens = poll(&offline, &id).await.json();
    let access = claims(&text(&tokens, "access_token"));
    assert_eq!(access["aud"], json!(["sample-shop-api", format!("{ISSUER}userinfo")]));
    assert_eq!(access["authorization_details"], tokens["authorization_details"]);
    assert_eq!(tokens["authorization_details"], serde_json::from_str::<Value>(details).unwrap());
    assert!(tokens["refresh_token"].is_string() && tokens["id_token"].is_string());
    poll(&offline, &id).await.refused(403, "invalid_grant");
    assert_eq!(decide(&offline, "deny").await.status, 404);
}

/// MC-15: `resource` names the API of an approval where the profile is on and there is no `audience`.
#[tokio::test]
async fn mc_15_the_resource_parameter_counts_for_approvals_too() {
    let offline = Harness::new();
    for (on, audience, expected) in [
        (true, "", "sample-stock-api"),
        (true, "sample-shop-api", "sample-shop-api"),
        (false, "sample-shop-api", "sample-shop-api"),
    ] {
        offline.patch("/policies", json!({ "resource_parameter_compatibility": on })).await;
        let asked = ask(&offline, &[("audience", audience), ("resource", "sample-stock-api")]).await;
        let id = text(&asked.json(), "auth_req_id");
        assert_eq!(decide(&offline, "approve").await.status, 200);
        let access = claims(&text(&poll(&offline, &id).await.json(), "access_token"));
        assert_eq!(access["aud"][0], expected, "{on} {audience:?}");
    }
}

/// AA-12, S-03: ID tokens that a client must not take, of an approval and of a refresh; a login's stay good.
#[tokio::test]
async fn aa_12_the_tenant_can_vouch_for_the_wrong_user() {
    for (policy, right_user, right_signature) in
        [("good", true, true), ("other_user", false, true), ("other_signature", true, false)]
    {
        let offline = Harness::new();
        offline.patch("/policies", json!({ "later_id_tokens": policy })).await;
        let id = text(&ask(&offline, &[]).await.json(), "auth_req_id");
        decide(&offline, "approve").await;
        let token = text(&poll(&offline, &id).await.json(), "id_token");
        assert_eq!(claims(&token)["sub"] == json!(offline.user("ana").user_id), right_user, "{policy}");
        assert_eq!(claims(&token)["aud"], json!(CLIENT));
        let hinted = offline.get(&format!("/oidc/logout?id_token_hint={token}"), None).await;
        assert_eq!(hinted.status != 400, right_signature, "{policy}: the tenant knows its own signature");
    }
    let offline = Harness::new();
    offline.patch("/policies", json!({ "later_id_tokens": "missing" })).await;
    let id = text(&ask(&offline, &[]).await.json(), "auth_req_id");
    decide(&offline, "approve").await;
    let tokens = poll(&offline, &id).await.json();
    assert!(tokens["access_token"].is_string() && tokens["id_token"].is_null());
}

#[tokio::test]
async fn s_09_each_wrong_request_is_refused_by_its_cause() {
    let offline = Harness::new();
    offline.patch("/policies", json!({ "approvals_per_minute": 100 })).await;
    let elsewhere = json!({ "format": "iss_sub", "iss": "https://elsewhere.example/", "sub": "auth0|1" }).to_string();
    let too_long = "x".repeat(65);
    for (changes, status, error) in [
        ([("client_secret", "wrong")], 401, "invalid_client"),
        ([("scope", "product:buy")], 400, "invalid_request"),
        ([("audience", "nobody-knows-it")], 400, "invalid_request"),
        ([("binding_message", "")], 400, "invalid_request"),
        ([("binding_message", "Really? Yes!")], 400, "invalid_request"),
        ([("binding_message", too_long.as_str())], 400, "invalid_request"),
        ([("login_hint", "")], 400, "invalid_request"),
        ([("login_hint", "ana@example.com")], 400, "invalid_request"),
        ([("login_hint", elsewhere.as_str())], 400, "invalid_request"),
        ([("login_hint", hint("auth0|nobody").as_str())], 400, "invalid_request"),
        ([("requested_expiry", "0")], 400, "invalid_request"),
        ([("requested_expiry", "259201")], 400, "invalid_request"),
        ([("requested_expiry", "soon")], 400, "invalid_request"),
        ([("authorization_details", "[{\"type\":\"unregistered\"}]")], 400, "invalid_authorization_details"),
        ([("authorization_details", "{}")], 400, "invalid_authorization_details"),
    ] {
        ask(&offline, &changes).await.refused(status, error);
    }
    let other = [("client_id", support::API_CLIENT), ("client_secret", support::API_SECRET)];
    ask(&offline, &other).await.refused(403, "unauthorized_client");
    let json =
        Request::post("/bc-authorize").header("content-type", "application/json").body(Body::from("{}")).unwrap();
    offline.send(json).await.refused(400, "invalid_request");
    assert!(offline.world.approvals().is_empty());
    // An empty audience is none, as Auth0's own library sends it.
    assert_eq!(ask(&offline, &[("audience", "")]).await.status, 200);
    offline.patch("/policies", json!({ "strict_binding_message": true })).await;
    ask(&offline, &[]).await.refused(400, "invalid_request");
    assert_eq!(ask(&offline, &[("binding_message", "Buy_2_lamps")]).await.status, 200);
}

#[tokio::test]
async fn polling_is_pending_then_slowed_down_and_ends_with_the_request() {
    let offline = Harness::new();
    let id = text(&ask(&offline, &[]).await.json(), "auth_req_id");
    poll(&offline, &id).await.refused(400, "authorization_pending");
    let fast = poll(&offline, &id).await;
    fast.refused(400, "slow_down");
    assert_eq!((fast.json()["interval"].clone(), fast.headers["retry-after"].to_str().unwrap()), (json!(10), "10"));
    offline.clock(11_000).await;
    poll(&offline, &id).await.refused(400, "authorization_pending");
    offline.clock(301_000).await;
    poll(&offline, &id).await.refused(400, "expired_token");
    assert_eq!(decide(&offline, "approve").await.status, 404);
    poll(&offline, "guessed").await.refused(403, "invalid_grant");
    let denied = text(&ask(&offline, &[]).await.json(), "auth_req_id");
    decide(&offline, "deny").await;
    poll(&offline, &denied).await.refused(400, "access_denied");
}

#[tokio::test]
async fn another_client_cannot_fetch_the_tokens() {
    let offline = Harness::new();
    let id = text(&ask(&offline, &[]).await.json(), "auth_req_id");
    decide(&offline, "approve").await;
    let id_of = |client: &str| format!("/clients/{client}");
    offline.patch(&id_of(support::API_CLIENT), json!({ "grant_types": [GRANT] })).await;
    let fields = [
        ("grant_type", GRANT),
        ("client_id", support::API_CLIENT),
        ("client_secret", support::API_SECRET),
        ("auth_req_id", id.as_str()),
    ];
    offline.token(&fields).await.refused(403, "invalid_grant");
    assert_eq!(poll(&offline, &id).await.status, 200);
}

#[tokio::test]
async fn aa_21_the_channel_follows_from_client_user_and_expiry() {
    let offline = Harness::new();
    ask(&offline, &[("requested_expiry", "301")]).await.refused(400, "invalid_request");
    let both = json!({ "async_approval_notification_channels": ["guardian-push", "email"] });
    offline.patch(&format!("/clients/{CLIENT}"), both).await;
    assert_eq!(ask(&offline, &[("requested_expiry", "301")]).await.json()["expires_in"], 301);
    assert_eq!(offline.control("GET", "/approvals", None).await.json()[0]["channel"], "email");
    let chris = hint(&offline.user("chris").user_id);
    let unverified = ask(&offline, &[("requested_expiry", "301"), ("login_hint", &chris)]).await;
    unverified.refused(400, "invalid_request");
    assert_eq!(ask(&offline, &[("login_hint", &chris)]).await.status, 200);
}

#[tokio::test]
async fn s_24_a_user_is_asked_five_times_a_minute_at_most() {
    let offline = Harness::new();
    for _ in 0..5 {
        assert_eq!(ask(&offline, &[]).await.status, 200);
    }
    let sixth = ask(&offline, &[]).await;
    sixth.refused(429, "too_many_requests");
    assert!(sixth.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() <= 60);
    offline.clock(61_000).await;
    assert_eq!(ask(&offline, &[]).await.status, 200);
}

#[tokio::test]
async fn the_phone_shows_everything_and_answers_once() {
    let offline = Harness::new();
    let details = r#"[{"type":"urn:auth0:schemas:authorization-details:v1:tool-call","instruction":"<b>Buy</b>","properties":{
        "b":{"display":true,"name":"Second","display_order":2,"value":7},
        "a":{"display":true,"name":"First","display_order":"1","value":"lamp"},
        "d":{"display":false,"value":"hidden-digest"}}}]"#;
    let id = text(&ask(&offline, &[("authorization_details", details)]).await.json(), "auth_req_id");
    let user = offline.user("ana").user_id;
    let page = offline.get(&format!("/phone?user={}", user.replace('|', "%7C")), None).await;
    assert_eq!(page.status, 200);
    for shown in ["Deputy", "Buy 2 lamps", "sample-shop-api", "product:buy", "&lt;b&gt;Buy", ">lamp<", "--left:"] {
        assert!(page.text.contains(shown), "{shown} in {}", page.text);
    }
    assert!(page.text.find("First").unwrap() < page.text.find("Second").unwrap());
    assert!(
        !page.text.contains("hidden-digest")
            && !page.text.contains("urn:auth0")
            && !page.text.contains("<script")
            && page.text.contains("width=device-width")
    );
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    // Else browsers send `Origin: null` with the form, which is refused below.
    assert_eq!(page.headers["referrer-policy"], "same-origin");
    assert!(offline.get("/phone", None).await.text.contains("(ana@example.com)</a>: 1 pending"));
    let request = offline.world.approvals()[0].id.clone();
    let form = [("user", user.as_str()), ("id", request.as_str()), ("decision", "approve")];
    let ben = offline.user("ben").user_id;
    let foreign = [("user", ben.as_str()), ("id", request.as_str()), ("decision", "approve")];
    assert_eq!(offline.post_form("/phone", &foreign, None).await.status, 410);
    let forged = Request::post("/phone")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("host", "localhost:4400")
        .header("origin", "https://evil.example")
        .body(Body::from(format!("user=x&id={request}&decision=approve")))
        .unwrap();
    assert_eq!(offline.send(forged).await.status, 403);
    let opaque = Request::post("/phone")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("host", "localhost:4400")
        .header("origin", "null")
        .body(Body::from(format!("user=x&id={request}&decision=approve")))
        .unwrap();
    assert_eq!(offline.send(opaque).await.status, 403);
    assert_eq!(offline.post_form("/phone", &form, None).await.status, 302);
    assert_eq!(offline.post_form("/phone", &form, None).await.status, 410);
    assert_eq!(poll(&offline, &id).await.status, 200);
}

/// AA-13, AA-14: what Guardian shows of each kind of details, and what a consent prompt shows after an e-mail.
#[tokio::test]
async fn aa_14_the_phone_shows_of_each_type_what_guardian_does() {
    let schema = "urn:auth0:schemas:authorization-details:v1:tool-call";
    let property = json!({ "display": true, "name": "Amount", "display_order": 1, "value": 12.5 });
    let guardian = json!({ "type": schema, "instruction": "Pay the gardener", "properties": { "amount": property } });
    let own = json!({ "type": "purchase", "instruction": "Pay the gardener", "amount": 12.5 });
    let page = async |details: Value, expiry: &str| {
        let offline = Harness::new();
        let channels = json!({ "async_approval_notification_channels": ["guardian-push", "email"] });
        offline.control("PATCH", &format!("/clients/{CLIENT}"), Some(channels)).await;
        let details = details.to_string();
        let asked = ask(&offline, &[("authorization_details", &details), ("requested_expiry", expiry)]).await;
        assert_eq!(asked.status, 200, "{}", asked.text);
        offline.get("/phone?user=auth0%7C6620a0000000000000000001", None).await.text
    };
    let shown = page(json!([guardian]), "300").await;
    assert!(shown.contains("Pay the gardener") && shown.contains("Amount") && shown.contains("12.5"), "{shown}");
    for hidden in [json!([own]), json!([guardian, guardian]), json!([])] {
        let shown = page(hidden.clone(), "300").await;
        assert!(shown.contains("Buy 2 lamps"), "{shown}");
        assert!(!shown.contains("gardener") && !shown.contains("12.5"), "{hidden}: {shown}");
    }
    let by_mail = page(json!([own]), "301").await;
    assert!(by_mail.contains("Pay the gardener") && by_mail.contains("12.5"), "{by_mail}");
}

#[tokio::test]
async fn an_ignored_request_stays_open_until_it_expires() {
    let offline = Harness::new();
    let id = text(&ask(&offline, &[]).await.json(), "auth_req_id");
    let user = offline.user("ana").user_id;
    let request = offline.world.approvals()[0].id.clone();
    let form = [("user", user.as_str()), ("id", request.as_str()), ("decision", "ignore")];
    assert_eq!(offline.post_form("/phone", &form, None).await.status, 302);
    assert!(offline.get("/phone?user=auth0%7C6620a0000000000000000001", None).await.text.contains("Nothing waits"));
    poll(&offline, &id).await.refused(400, "authorization_pending");
}
