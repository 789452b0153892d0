//! What calls change: orders, drafts, tasks. Tokens are checked, keys honoured, effects counted.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers outside of the test functions

mod support;

use axum::{body::Body, http::Request};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use support::{Answer, CLIENT, Harness, ISSUER, SECRET, text};

const GMAIL: &str = "https://www.googleapis.com/auth/gmail.readonly";
const COMPOSE: &str = "https://www.googleapis.com/auth/gmail.compose";
const TASKS: &str = "https://www.googleapis.com/auth/tasks";
const ANA: &str = "ana.ferreira@gmail.example";

async fn call(offline: &Harness, method: &str, path: &str, token: &str, key: Option<&str>, body: Value) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    offline.provider(request.header("content-type", "application/json").body(body).unwrap()).await
}

/// A token that a phone approved.
async fn approved(offline: &Harness, audience: &str, scope: &str) -> String {
    let hint = json!({ "format": "iss_sub", "iss": ISSUER, "sub": offline.user("ana").user_id }).to_string();
    let fields = [
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("scope", scope),
        ("audience", audience),
        ("binding_message", "Buy"),
        ("login_hint", hint.as_str()),
    ];
    let asked = offline.post_form("/bc-authorize", &fields, None).await.json();
    let id = offline.world.approvals().last().unwrap().id.clone();
    offline.control("POST", &format!("/approvals/{id}"), Some(json!({ "decision": "approve" }))).await;
    let id = text(&asked, "auth_req_id");
    let grant = [
        ("grant_type", "urn:openid:params:grant-type:ciba"),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("auth_req_id", &id),
    ];
    text(&offline.token(&grant).await.json(), "access_token")
}

async fn counts(offline: &Harness) -> Value {
    offline.control("GET", "/effects", None).await.json()["counts"].clone()
}

#[tokio::test]
async fn aa_15_the_shop_checks_the_token_and_takes_an_order_once_a_key() {
    let offline = Harness::new();
    let token = approved(&offline, "sample-shop-api", "openid product:buy").await;
    let lamp = json!({ "product": "lamp", "qty": 2 });
    let order = async |token: &str, key: Option<&str>, body: Value| {
        call(&offline, "POST", "/shop/orders", token, key, body).await
    };
    let placed = order(&token, Some("k1"), lamp.clone()).await;
    assert_eq!((placed.status.as_u16(), placed.json()["status"].as_str()), (200, Some("placed")));
    let again = order(&token, Some("k1"), lamp.clone()).await;
    assert_eq!(again.json(), placed.json());
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(order(&token, Some("k1"), json!({ "product": "lamp", "qty": 3 })).await.status, 422);
    assert_eq!(counts(&offline).await, json!({ "shop.order": 1 }));
    assert_eq!(order(&token, Some("k2"), lamp.clone()).await.status, 200);
    assert_eq!(order(&token, None, lamp.clone()).await.status, 200);
    assert_eq!(counts(&offline).await, json!({ "shop.order": 3 }));
    let listed = call(&offline, "GET", "/shop/orders", &token, None, Value::Null).await.json();
    assert_eq!(listed["orders"].as_array().unwrap().len(), 3);
    let effect = &offline.control("GET", "/effects", None).await.json()["effects"][0];
    assert_eq!((&effect["idempotency_key"], &effect["user_id"]), (&json!("k1"), &json!(offline.user("ana").user_id)));
    for body in [
        json!({ "qty": 1 }),
        json!({ "product": "", "qty": 1 }),
        json!({ "product": "lamp", "qty": 0 }),
        json!({ "product": "lamp", "qty": 1.5 }),
        json!({ "product": "lamp", "qty": 1, "priceLimit": 0 }),
    ] {
        assert_eq!(order(&token, None, body.clone()).await.status, 400, "{body}");
    }
    assert_eq!(order(&token, None, json!({ "product": "lamp", "qty": 1, "priceLimit": 1 })).await.status, 409);
    assert_eq!(order(&token, Some(""), lamp.clone()).await.status, 400);
    let unscoped = approved(&offline, "sample-shop-api", "openid").await;
    let stock = approved(&offline, "sample-stock-api", "openid stock:trade").await;
    assert_eq!(order("", None, lamp.clone()).await.status, 401);
    assert_eq!(order(&stock, None, lamp.clone()).await.status, 401);
    let refused = order(&unscoped, None, lamp.clone()).await;
    assert_eq!(refused.status, 403);
    assert!(refused.headers["www-authenticate"].to_str().unwrap().contains("scope=\"product:buy\""));
    let shares = json!({ "ticker": "GOOGL", "qty": 3 });
    assert_eq!(call(&offline, "POST", "/stock/orders", &stock, None, shares).await.json()["ticker"], "GOOGL");
    // The answer is lost, the order is not.
    let before = counts(&offline).await["shop.order"].as_u64().unwrap();
    let lost = json!({ "service": "providers", "status": 502, "after": true, "times": 1 });
    offline.control("POST", "/faults", Some(lost)).await;
    assert_eq!(order(&token, Some("k3"), lamp.clone()).await.status, 502);
    assert_eq!(counts(&offline).await["shop.order"], before + 1);
    assert_eq!(order(&token, Some("k3"), lamp.clone()).await.headers["idempotent-replayed"], "true");
    offline.clock(3_601_000).await;
    assert_eq!(order(&token, None, lamp).await.status, 401);
    offline.control("POST", "/reset", None).await;
    assert_eq!(counts(&offline).await, json!({}));
}

#[tokio::test]
async fn gmail_searches_reads_and_drafts() {
    let offline = Harness::new();
    let token = offline.provider_token("google-oauth2", ANA, &["openid", GMAIL, COMPOSE]).await;
    let get = async |path: &str| call(&offline, "GET", path, &token, None, Value::Null).await;
    let all = get("/google/gmail/v1/users/me/messages").await.json();
    assert_eq!(all["resultSizeEstimate"], 4);
    let found = get("/google/gmail/v1/users/me/messages?q=from:ben%20sketches&maxResults=10").await.json();
    assert_eq!(found["messages"].as_array().unwrap().len(), 1);
    let id = text(&found["messages"][0], "id");
    let message = get(&format!("/google/gmail/v1/users/me/messages/{id}")).await.json();
    assert_eq!(message["payload"]["headers"][2], json!({ "name": "Subject", "value": "Sketches for the fair" }));
    let thread = get(&format!("/google/gmail/v1/users/me/threads/{}", text(&message, "threadId"))).await.json();
    assert_eq!(thread["messages"].as_array().unwrap().len(), 2);
    assert_eq!(
        get("/google/gmail/v1/users/me/threads?q=is:unread").await.json()["threads"].as_array().unwrap().len(),
        2
    );
    assert_eq!(
        get("/google/gmail/v1/users/me/messages?q=nothing-like-it").await.json(),
        json!({ "resultSizeEstimate": 0 })
    );
    assert_eq!(get("/google/gmail/v1/users/me/messages?maxResults=0").await.status, 400);
    assert_eq!(get("/google/gmail/v1/users/me/messages/unknown").await.status, 404);
    assert_eq!(get("/google/gmail/v1/users/somebody/messages").await.status, 404);
    let raw = URL_SAFE_NO_PAD.encode("To: ben@example.com\r\nSubject: Hello\r\n\r\nHi Ben");
    let drafts = "/google/gmail/v1/users/me/drafts";
    let draft = call(&offline, "POST", drafts, &token, None, json!({ "message": { "raw": raw } })).await;
    assert_eq!(draft.status, 200, "{}", draft.text);
    assert_eq!(get(drafts).await.json()["drafts"][0]["id"], draft.json()["id"]);
    let effect = offline.control("GET", "/effects", None).await.json()["effects"][0]["resource"].clone();
    assert_eq!((&effect["to"], &effect["body"]), (&json!("ben@example.com"), &json!("Hi Ben")));
    for body in [json!({}), json!({ "message": { "raw": "*" } }), json!({ "message": { "raw": "aGVsbG8" } })] {
        assert_eq!(call(&offline, "POST", drafts, &token, None, body).await.status, 400);
    }
    let reader = offline.provider_token("google-oauth2", ANA, &["openid", GMAIL]).await;
    let refused = call(&offline, "POST", drafts, &reader, None, json!({ "message": { "raw": raw } })).await;
    assert_eq!((refused.status.as_u16(), refused.json()["error"]["status"].as_str()), (403, Some("PERMISSION_DENIED")));
    assert_eq!(counts(&offline).await, json!({ "gmail.draft": 1 }));
}

#[tokio::test]
async fn tasks_are_listed_and_made() {
    let offline = Harness::new();
    let token = offline.provider_token("google-oauth2", ANA, &[TASKS]).await;
    let path = "/google/tasks/v1/lists/@default/tasks";
    let titles = async |query: &str| -> Vec<String> {
        let answer = call(&offline, "GET", &format!("{path}{query}"), &token, None, Value::Null).await.json();
        answer["items"].as_array().unwrap().iter().map(|item| text(item, "title")).collect()
    };
    assert_eq!(titles("").await.len(), 2);
    assert_eq!(titles("?showCompleted=true&showHidden=true").await.len(), 3);
    assert_eq!(titles("?maxResults=1").await, ["Book the train to Hamburg"]);
    let body = json!({ "title": "Call Ben", "notes": "soon", "due": "2030-01-02T15:00:00Z" });
    let made = call(&offline, "POST", path, &token, None, body).await.json();
    assert_eq!((&made["due"], &made["status"]), (&json!("2030-01-02T00:00:00.000Z"), &json!("needsAction")));
    assert_eq!(titles("").await.last().unwrap(), "Call Ben");
    assert_eq!(call(&offline, "POST", path, &token, None, json!({ "title": "x", "due": "soon" })).await.status, 400);
    assert_eq!(call(&offline, "GET", &format!("{path}?maxResults=101"), &token, None, Value::Null).await.status, 400);
    assert_eq!(
        call(&offline, "GET", "/google/tasks/v1/lists/other/tasks", &token, None, Value::Null).await.status,
        404
    );
    assert_eq!(call(&offline, "GET", path, "", None, Value::Null).await.status, 401);
    assert_eq!(counts(&offline).await, json!({ "tasks.task": 1 }));
}

/// AA-26: deployments are made in one's own repositories, counted, and found by their payload.
#[tokio::test]
async fn deployments_are_made_and_found() {
    let offline = Harness::new();
    let token = offline.provider_token("github", "ana-ferreira", &[]).await;
    let path = "/github/repos/ana-ferreira/tile-server/deployments";
    let at = async |method: &str, path: &str, token: &str, body: Value| {
        let mut request = Request::builder().method(method).uri(path).header("user-agent", "test");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        offline.provider(request.body(body).unwrap()).await
    };
    let made =
        at("POST", path, &token, json!({"ref": "main", "auto_merge": false, "payload": {"call_id": "c1"}})).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text);
    let deployment = made.json();
    assert_eq!((&deployment["environment"], &deployment["ref"]), (&json!("production"), &json!("main")));
    assert_eq!(deployment["creator"]["login"], "ana-ferreira");
    let staged = json!({"ref": "v1.0.0", "environment": "staging"});
    assert_eq!(at("POST", path, &token, staged).await.status.as_u16(), 201);
    let ids = async |query: &str| -> Vec<u64> {
        let list = at("GET", &format!("{path}{query}"), &token, Value::Null).await.json();
        list.as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()).collect()
    };
    assert_eq!(ids("").await, [2, 1]);
    assert_eq!(ids("?ref=main&environment=production&per_page=100").await, [1]);
    assert_eq!(ids("?environment=production&ref=v1.0.0").await, [] as [u64; 0]);
    assert_eq!(ids("?per_page=1&page=2").await, [1]);
    for (path, status) in [
        ("/github/repos/ana-ferreira/unknown/deployments", 404),
        ("/github/repos/benokafor/sourdough/deployments", 404),
        ("/github/repos/benokafor/tile-server/deployments", 404),
    ] {
        assert_eq!(at("POST", path, &token, json!({"ref": "main"})).await.status, status);
        assert_eq!(at("GET", path, &token, Value::Null).await.status, status);
    }
    for (body, status) in [
        (json!({}), 422),
        (json!({"ref": 1}), 422),
        (json!({"ref": "unknown"}), 422),
        (json!({"ref": "main", "payload": 1}), 422),
        (json!({"ref": "main", "auto_merge": "no"}), 422),
        (json!([]), 400),
    ] {
        assert_eq!(at("POST", path, &token, body.clone()).await.status, status, "{body}");
    }
    assert_eq!(at("POST", path, "", json!({"ref": "main"})).await.status, 401);
    assert_eq!(counts(&offline).await, json!({ "github.deployment": 2 }));
}
