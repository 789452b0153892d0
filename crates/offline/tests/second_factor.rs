//! Multi-factor authentication in the middle of a login (UA-22), and pushed requests as a policy of the tenant.

mod support;

use serde_json::json;
use support::{Answer, CLIENT, Harness, ISSUER, SECRET, claims, code_grant, text};

const MFA: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
const PAGE: &str = "/u/mfa-otp-challenge";
const CODE: &str = "246810";

async fn enter(offline: &Harness, asked: &Answer, cookie: &str, code: &str) -> Answer {
    let state = asked.parameter("state").unwrap_or_default();
    offline.post_form(PAGE, &[("state", &state), ("code", code)], Some(cookie)).await
}

#[tokio::test]
async fn ua_22_a_second_factor_is_asked_for_once_and_stands_in_the_id_token() {
    let offline = Harness::new();
    let asked = offline.log_in("ana@example.com", &[("acr_values", MFA)]).await;
    assert_eq!(asked.location().path(), PAGE);
    let cookie = asked.cookie().unwrap();
    assert_eq!(offline.get(asked.location().as_str(), None).await.status, 400, "another browser's");
    let page = offline.get(asked.location().as_str(), Some(&cookie)).await;
    assert!(page.status == 200 && page.text.contains("One-time code"));
    for wrong in ["", "000000", "2468100"] {
        let again = enter(&offline, &asked, &cookie, wrong).await;
        assert!(again.status == 400 && again.headers.get("location").is_none(), "{wrong}");
    }
    let done = enter(&offline, &asked, &cookie, CODE).await;
    let code = done.parameter("code").unwrap();
    let id = claims(&text(&offline.token(&code_grant(&code)).await.json(), "id_token"));
    assert_eq!((&id["acr"], &id["amr"]), (&json!(MFA), &json!(["mfa"])));
    assert_eq!(enter(&offline, &asked, &cookie, CODE).await.status, 400, "the page works once");
    let silent = offline.authorize(&[("acr_values", MFA), ("prompt", "none")], Some(&cookie)).await;
    assert!(silent.parameter("code").is_some(), "the session has it now");
}

#[tokio::test]
async fn ua_22_a_session_without_it_is_asked_for_it_alone() {
    let offline = Harness::new();
    let done = offline.log_in("ana@example.com", &[]).await;
    let cookie = done.cookie().unwrap();
    let plain = claims(&text(&offline.token(&code_grant(&done.parameter("code").unwrap())).await.json(), "id_token"));
    assert!(plain.get("acr").is_none() && plain.get("amr").is_none());
    let silent = offline.authorize(&[("acr_values", MFA), ("prompt", "none")], Some(&cookie)).await;
    assert_eq!(silent.parameter("error").as_deref(), Some("interaction_required"));
    let asked = offline.authorize(&[("acr_values", MFA)], Some(&cookie)).await;
    assert_eq!(asked.location().path(), PAGE, "no password again");
    assert!(enter(&offline, &asked, &cookie, CODE).await.parameter("code").is_some());
    offline.patch("/policies", json!({ "mfa_always": true })).await;
    let asked = offline.log_in("ben@example.com", &[]).await;
    assert_eq!(asked.location().path(), PAGE, "the tenant's own policy");
}

#[tokio::test]
async fn pushed_requests_are_the_tenants_to_offer() {
    let offline = Harness::new();
    offline.patch("/policies", json!({ "pushed_authorization_requests": false })).await;
    let document = offline.get("/.well-known/openid-configuration", None).await.json();
    assert_eq!(document["issuer"], ISSUER);
    assert!(document.get("pushed_authorization_request_endpoint").is_none());
    let push = [("client_id", CLIENT), ("client_secret", SECRET)];
    assert_eq!(offline.post_form("/oauth/par", &push, None).await.status, 404);
}
