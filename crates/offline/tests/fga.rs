//! The FGA service: OpenFGA's API with the token check of Auth0 FGA or of a server of one's own, and its faults. What the API itself
//! answers is tested where it is (`crates/fga/tests/api`).

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use axum::{Router, body::Body, http::Request};
use deputy_offline::{server, world::Service};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use support::{Harness, text};
use tower::ServiceExt;

const STORE: &str = "/stores/01JZ0000000000000000000001";

struct Fga(Router);

impl Fga {
    fn of(offline: &Harness) -> Self {
        Self(server::router(Service::Fga, &offline.world))
    }

    /// Status, body and `Retry-After`.
    async fn call(&self, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value, Option<String>) {
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let response = self.0.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or_default(), retry_after)
    }

    async fn check(&self, token: &str) -> (u16, Value) {
        let key = json!({ "user": "user:ana", "relation": "can_view", "object": "doc:1" });
        let (status, body, _) = self.call("POST", &format!("{STORE}/check"), token, &json!({ "tuple_key": key })).await;
        (status, body)
    }
}

async fn machine_token(offline: &Harness, audience: &str) -> support::Answer {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", "deputy-offline-fga"),
        ("client_secret", "offline-fga-secret-not-a-real-one"),
        ("audience", audience),
    ];
    offline.token(&fields).await
}

/// The seeded store takes tuples and answers; a reset takes them back.
#[tokio::test]
async fn the_seeded_store_answers_and_forgets() {
    let offline = Harness::new();
    let fga = Fga::of(&offline);
    let tuples = json!([{ "user": "user:ana", "relation": "owner", "object": "doc:1" }]);
    let write = json!({ "writes": { "tuple_keys": tuples } });
    assert_eq!(fga.check("").await.1["allowed"], false);
    assert_eq!(fga.call("POST", &format!("{STORE}/write"), "", &write).await.0, 200);
    assert_eq!(fga.check("whatever").await.1["allowed"], true);
    offline.control("POST", "/reset", None).await;
    assert_eq!(fga.check("").await.1["allowed"], false);
    let other = json!({ "tuple_key": { "user": "user:ana", "relation": "can_view", "object": "doc:1" } });
    let (status, body, _) = fga.call("POST", "/stores/01JZ0000000000000000000009/check", "", &other).await;
    assert_eq!((status, text(&body, "code").as_str()), (400, "latest_authorization_model_not_found"));
}

/// RG-02: a token of the tenant's for the API, whose audience ends with a slash; and a preshared key.
#[tokio::test]
async fn rg_02_callers_show_a_token_for_the_api_or_the_preshared_key() {
    let offline = Harness::new();
    let fga = Fga::of(&offline);
    let code = |(status, body): (u16, Value)| (status, body["code"].as_str().unwrap_or_default().to_owned());
    let refused = |code: &str| (401, code.to_owned());
    let passes = (200, String::new());

    offline.control("PATCH", "/fga", Some(json!({ "access": "preshared_key" }))).await;
    assert_eq!(code(fga.check("").await), refused("bearer_token_missing"));
    assert_eq!(code(fga.check("another").await), refused("unauthenticated"));
    assert_eq!(code(fga.check("offline-preshared-key-not-a-real-one").await), passes);
    assert_eq!(fga.call("GET", "/healthz", "", &Value::Null).await.0, 200);

    offline.control("PATCH", "/fga", Some(json!({ "access": "client_credentials" }))).await;
    assert_eq!(code(fga.check("").await), refused("bearer_token_missing"));
    assert_eq!(code(fga.check("offline-preshared-key-not-a-real-one").await), refused("invalid_claims"));
    assert_eq!(machine_token(&offline, "http://localhost:4404").await.status, 403);
    let token = text(&machine_token(&offline, "http://localhost:4404/").await.json(), "access_token");
    assert_eq!(code(fga.check(&token).await), passes);
    let of_a_user = text(&offline.tokens("ana@example.com").await, "access_token");
    assert_eq!(code(fga.check(&of_a_user).await), refused("invalid_claims"));
    offline.clock(86_400_001).await;
    assert_eq!(code(fga.check(&token).await), refused("invalid_claims"));

    let bad = offline.control("PATCH", "/fga", Some(json!({ "access": "everybody" }))).await;
    assert_eq!(bad.status, 400);
}

/// What tests switch on: down, slow, limited.
#[tokio::test]
async fn faults_strike_the_service() {
    let offline = Harness::new();
    let fga = Fga::of(&offline);
    let limited =
        json!({ "service": "fga", "path_prefix": STORE, "status": 429, "headers": { "retry-after": "2" }, "times": 1 });
    offline.control("POST", "/faults", Some(limited)).await;
    let question = json!({});
    let (status, _, retry_after) = fga.call("POST", &format!("{STORE}/check"), "", &question).await;
    assert_eq!((status, retry_after.as_deref()), (429, Some("2")));
    offline.control("POST", "/faults", Some(json!({ "service": "fga", "status": 500, "times": 1 }))).await;
    assert_eq!(fga.check("").await.0, 500);
    assert_eq!(fga.check("").await.0, 200);
    let seen = offline.control("GET", "/requests", None).await.json();
    assert!(seen.as_array().unwrap().iter().all(|request| request["service"] == "fga"));
}

#[tokio::test]
async fn no_request_is_too_much_for_it() {
    let offline = Harness::new();
    let fga = Fga::of(&offline);
    let long = json!({ "name": "a".repeat(600 * 1024) });
    let (status, body, _) = fga.call("POST", "/stores", "", &long).await;
    assert_eq!((status, text(&body, "code").as_str()), (500, "resource_exhausted"));
    let (status, body, _) = fga.call("GET", "/nothing", "", &Value::Null).await;
    assert_eq!((status, text(&body, "code").as_str()), (404, "undefined_endpoint"));
}
