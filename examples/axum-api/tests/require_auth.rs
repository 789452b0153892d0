//! UA-14 to UA-17, SD-01: the API behind tokens of the offline tenant, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64ct::{Base64UrlUnpadded, Encoding};
use deputy_auth0::{Issuer, ResourceServer};
use deputy_axum_api::{Auth, router};
use deputy_offline::options::Options;
use deputy_offline::server;
use deputy_offline::world::{ApprovalDecision, Service, World};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt;

const API: &str = "https://deputy.example/api";

struct Stage {
    world: Arc<World>,
    tenant: Router,
    issuer: String,
}

impl Stage {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
        let world = World::new(Options { quiet: true, issuer: issuer.clone(), ..Options::default() }).unwrap();
        let tenant = server::router(Service::Tenant, &world);
        let served = tenant.clone();
        tokio::spawn(async move { axum::serve(listener, served).await });
        Self { world, tenant, issuer }
    }

    fn api(&self, audience: &str, allowed: Option<&str>) -> Router {
        let resource_server = ResourceServer {
            issuer: Issuer::parse(&self.issuer, true).unwrap(),
            audience: audience.to_owned(),
            allowed_clients: allowed.map(|client| vec![client.to_owned()]),
        };
        router(Arc::new(Auth::new(resource_server)))
    }

    /// An access token of that user with that scope, by the device flow.
    async fn token(&self, email: &str, scope: &str) -> String {
        let form = format!("client_id=deputy-offline-device&audience={API}&scope=openid email {scope}");
        let begun = send(&self.tenant, posted("/oauth/device/code", &form.replace(' ', "+"))).await.1;
        let user = self.world.users().into_iter().find(|user| user.email == email).unwrap();
        let code = begun["user_code"].as_str().unwrap();
        self.world.decide_device(code, &user.user_id, "session", ApprovalDecision::Approve).unwrap();
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let form = format!(
            "client_id=deputy-offline-device&grant_type={grant}&device_code={}",
            begun["device_code"].as_str().unwrap()
        );
        let tokens = send(&self.tenant, posted("/oauth/token", &form)).await.1;
        tokens["access_token"].as_str().unwrap_or_else(|| panic!("{tokens}")).to_owned()
    }
}

fn posted(path: &str, form: &str) -> Request<Body> {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    request.body(Body::from(form.to_owned())).unwrap()
}

/// Status and JSON; the challenge stands in the JSON as `challenge`.
async fn send(router: &Router, request: Request<Body>) -> (StatusCode, Value) {
    let answer = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let mut json: Value = serde_json::from_slice(&bytes).unwrap();
    if let (Some(challenge), Some(object)) = (parts.headers.get("www-authenticate"), json.as_object_mut()) {
        object.insert("challenge".to_owned(), challenge.to_str().unwrap().into());
    }
    (parts.status, json)
}

async fn get(router: &Router, path: &str, headers: &[(&str, &str)]) -> (StatusCode, Value) {
    let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    send(router, request.body(Body::empty()).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn ua_15_ua_16_ua_17_a_good_token_is_let_in_by_either_header_and_nothing_else_is() {
    let stage = Stage::new().await;
    let api = stage.api(API, None);
    assert_eq!(get(&api, "/api/public", &[]).await.0, StatusCode::OK);
    let token = stage.token("ana@example.com", "agent:chat").await;
    let bearer = format!("Bearer {token}");
    let (status, who) = get(&api, "/api/private", &[("authorization", &bearer)]).await;
    assert_eq!((status, &who["auth_type"]), (StatusCode::OK, &"auth0".into()));
    assert!(who["identity"].as_str().unwrap().starts_with("auth0|"));
    assert_eq!(get(&api, "/api/private", &[("x-api-key", &token)]).await.0, StatusCode::OK);
    let (status, missing) = get(&api, "/api/private", &[]).await;
    assert_eq!(
        (status, &missing["error"], &missing["challenge"]),
        (StatusCode::UNAUTHORIZED, &"Invalid auth header provided.".into(), &"Bearer realm=\"api\"".into())
    );
    for bad in ["Bearer", "Bearer x", "Bearer a.b.c"] {
        let (status, said) = get(&api, "/api/private", &[("authorization", bad)]).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{bad}");
        assert!(said["challenge"].as_str().unwrap().contains("invalid_token"), "{said}");
    }
    for other in [stage.api("https://other.example", None), stage.api(API, Some("another-client"))] {
        assert_eq!(get(&other, "/api/private", &[("authorization", &bearer)]).await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(
        get(&stage.api(API, Some("deputy-offline-device")), "/api/private", &[("authorization", &bearer)]).await.0,
        200
    );
}

/// UA-16: other claims under the tenant's signature, its claims under another of the same length, under none, and as unsigned.
#[tokio::test(flavor = "multi_thread")]
async fn ua_16_nothing_but_what_the_tenant_signed_is_believed() {
    let stage = Stage::new().await;
    let api = stage.api(API, None);
    let token = stage.token("ana@example.com", "agent:chat").await;
    let [head, payload, signature] = <[&str; 3]>::try_from(token.split('.').collect::<Vec<_>>()).unwrap();
    let mut claims: Value = serde_json::from_slice(&Base64UrlUnpadded::decode_vec(payload).unwrap()).unwrap();
    claims["sub"] = "auth0|somebody-else".into();
    let claims = Base64UrlUnpadded::encode_string(claims.to_string().as_bytes());
    let mut changed = Base64UrlUnpadded::decode_vec(signature).unwrap();
    *changed.last_mut().unwrap() ^= 1;
    let changed = Base64UrlUnpadded::encode_string(&changed);
    let unsigned = Base64UrlUnpadded::encode_string(br#"{"alg":"none","typ":"at+jwt"}"#);
    for bad in [
        format!("{head}.{claims}.{signature}"),
        format!("{head}.{payload}.{changed}"),
        format!("{head}.{payload}."),
        format!("{unsigned}.{payload}."),
    ] {
        let (status, said) = get(&api, "/api/private", &[("x-api-key", &bad)]).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{said}: {bad}");
    }
    assert_eq!(get(&api, "/api/private", &[("x-api-key", &token)]).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_30_a_missing_scope_is_a_challenge_that_names_it() {
    let stage = Stage::new().await;
    let api = stage.api(API, None);
    let mut statuses = Vec::new();
    for email in ["ana@example.com", "ben@example.com"] {
        let bearer = format!("Bearer {}", stage.token(email, "agent:chat").await);
        let (status, said) = get(&api, "/api/private-scope", &[("authorization", &bearer)]).await;
        if status == StatusCode::FORBIDDEN {
            assert!(
                said["challenge"].as_str().unwrap().ends_with("error=\"insufficient_scope\", scope=\"stock:trade\"")
            );
        }
        statuses.push(status.as_u16());
    }
    assert_eq!(statuses, [200, 403], "ana has the permission, ben has neither it nor the scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_is_away_is_no_refusal() {
    let issuer = Issuer::parse("http://127.0.0.1:9/", true).unwrap();
    let resource_server = ResourceServer { issuer, audience: API.to_owned(), allowed_clients: None };
    let api = router(Arc::new(Auth::new(resource_server)));
    let (status, said) = get(&api, "/api/private", &[("authorization", "Bearer a.b.c")]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{said}");
    assert!(said.get("challenge").is_none());
}

/// A key that is none says nothing of the token: its bearer is not told to log in again.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_used_is_no_refusal() {
    let encode = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
    let keys = json!({ "keys": [{ "kty": "RSA", "kid": "k", "n": encode(&[0xff; 256]), "e": encode(&[0]) }] });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let tenant =
        Router::new().route("/.well-known/jwks.json", axum::routing::get(move || async move { axum::Json(keys) }));
    tokio::spawn(async move { axum::serve(listener, tenant).await });
    let issuer = Issuer::parse(&issuer, true).unwrap();
    let api = router(Arc::new(Auth::new(ResourceServer { issuer, audience: API.to_owned(), allowed_clients: None })));
    let token = [br#"{"alg":"RS256","kid":"k"}"#.as_slice(), b"{}", &[1; 256]].map(encode).join(".");
    let (status, said) = get(&api, "/api/private", &[("x-api-key", &token)]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{said}");
    assert!(said.get("challenge").is_none());
}
