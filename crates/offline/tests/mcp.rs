//! What the tenant does for an MCP server: roles, the resource parameter, client-id metadata documents, exchanges of its callers'
//! tokens.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers outside of the test functions

mod support;

use axum::{Router, http::StatusCode, routing::get};
use serde_json::{Value, json};
use support::{API, Answer, CALLBACK, CLIENT, Harness, SECRET, VERIFIER, claims, code_grant, text};

const MCP: &str = "http://localhost:3000/mcp";
const PRIVATE: &str = "http://localhost:8787/";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const TOOLS: &str = "openid tool:whoami tool:greet agent:tools";

/// An access token for the MCP server.
async fn mcp_token(offline: &Harness, email: &str) -> String {
    let login = offline.log_in(email, &[("audience", ""), ("resource", MCP), ("scope", TOOLS)]).await;
    let answer = offline.token(&code_grant(&login.parameter("code").unwrap())).await;
    text(&answer.json(), "access_token")
}

#[tokio::test]
async fn mc_07_mc_11_roles_decide_the_permissions_and_the_scopes() {
    let offline = Harness::new();
    for (email, permissions, scope) in [
        ("ana@example.com", json!(["tool:whoami", "tool:greet", "agent:tools"]), TOOLS),
        ("ben@example.com", json!(["tool:whoami"]), "openid tool:whoami"),
        ("chris@example.com", json!([]), "openid"),
    ] {
        let token = claims(&mcp_token(&offline, email).await);
        assert_eq!(token["permissions"], permissions, "{email}");
        assert_eq!(token["scope"], scope, "{email}");
        assert_eq!(token["aud"][0], MCP);
        assert_eq!(token["azp"], CLIENT);
    }
}

/// MC-15: the rules of the profile at `/authorize`, pushed requests, refresh and CIBA; no other flow knows `resource`.
#[tokio::test]
async fn mc_15_the_resource_parameter_compatibility_profile() {
    let offline = Harness::new();
    for (on, audience, resource, expected) in [
        (true, API, "", Some(API)),
        (true, "", MCP, Some(MCP)),
        (true, API, MCP, Some(API)),
        (true, "", "", None),
        (false, API, "", Some(API)),
        (false, "", MCP, None),
        (false, API, MCP, Some(API)),
        (false, "", "", None),
    ] {
        offline.patch("/policies", json!({ "resource_parameter_compatibility": on })).await;
        let case = format!("{on} {audience:?} {resource:?}");
        let query = [("audience", audience), ("resource", resource), ("scope", "openid offline_access")];
        let login = offline.log_in("ana@example.com", &query).await;
        let tokens = offline.token(&code_grant(&login.parameter("code").unwrap())).await.json();
        assert_eq!(first_audience(&tokens).as_deref(), expected, "authorize: {case}");
        // Pushed.
        let challenge = support::challenge(VERIFIER);
        let pushed = [
            ("client_id", CLIENT),
            ("client_secret", SECRET),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid"),
            ("audience", audience),
            ("resource", resource),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let request_uri = text(&offline.post_form("/oauth/par", &pushed, None).await.json(), "request_uri");
        let login = offline.log_in("ana@example.com", &[("request_uri", &request_uri)]).await;
        let by_push = offline.token(&code_grant(&login.parameter("code").unwrap())).await.json();
        assert_eq!(first_audience(&by_push).as_deref(), expected, "pushed: {case}");
        // A refresh, of a login for the same API.
        let refresh = [
            ("grant_type", "refresh_token"),
            ("client_id", CLIENT),
            ("client_secret", SECRET),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
            ("audience", audience),
            ("resource", resource),
        ];
        let refreshed = offline.token(&refresh).await.json();
        assert_eq!(first_audience(&refreshed).as_deref(), expected, "refresh: {case}");
    }
    // An unknown resource is refused as an unknown audience is.
    offline.patch("/policies", json!({ "resource_parameter_compatibility": true })).await;
    let unknown = offline.authorize(&[("audience", ""), ("resource", "https://nobody.example/mcp")], None).await;
    assert_eq!(unknown.parameter("error").as_deref(), Some("access_denied"));
    let machine = [
        ("grant_type", "client_credentials"),
        ("client_id", "deputy-offline-machine"),
        ("client_secret", "offline-machine-secret-not-a-real-one"),
        ("resource", API),
    ];
    offline.token(&machine).await.refused(403, "access_denied");
}

fn first_audience(tokens: &Value) -> Option<String> {
    let token = tokens["access_token"].as_str().unwrap();
    token.contains('.').then(|| {
        let audience = &claims(token)["aud"];
        audience.as_str().or_else(|| audience[0].as_str()).unwrap().to_owned()
    })
}

/// MC-18 to MC-24: the MCP server's client exchanges its callers' tokens, on their behalf or by its profile.
#[tokio::test]
async fn mc_18_mc_24_the_servers_client_calls_another_api_for_its_caller() {
    let offline = Harness::new();
    let exchange = async |token: &str, kind: &str| {
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("client_id", "deputy-offline-mcp"),
            ("client_secret", "offline-mcp-server-secret-not-a-real-one"),
            ("subject_token", token),
            ("subject_token_type", kind),
            ("requested_token_type", ACCESS_TOKEN),
            ("audience", PRIVATE),
            ("scope", "read:private"),
        ];
        offline.token(&fields).await
    };
    let ana = mcp_token(&offline, "ana@example.com").await;
    for kind in [ACCESS_TOKEN, "urn:fastmcp:mcp"] {
        let answer = exchange(&ana, kind).await;
        assert_eq!(answer.status, 200, "{kind}: {}", answer.text);
        let token = claims(&text(&answer.json(), "access_token"));
        assert_eq!((&token["aud"], &token["scope"]), (&json!(PRIVATE), &json!("read:private")), "{kind}");
        assert_eq!(token["sub"], offline.user("ana").user_id.as_str());
        let act = if kind == ACCESS_TOKEN { json!({ "sub": "deputy-offline-mcp" }) } else { Value::Null };
        assert_eq!(token["act"], act, "{kind}");
    }
    // Without the role there is a token, and nothing in it.
    let ben = mcp_token(&offline, "ben@example.com").await;
    assert_eq!(exchange(&ben, ACCESS_TOKEN).await.json()["scope"], "");
    // A token for another API is not this server's to exchange.
    let agent = text(&offline.tokens("ana@example.com").await, "access_token");
    exchange(&agent, ACCESS_TOKEN).await.refused(403, "unauthorized_client");
    exchange(&agent, "urn:fastmcp:mcp").await.refused(400, "invalid_request");
}

/// A server of metadata documents on a loopback port; the address of one that names `client_id` (`{self}` for its own).
async fn serving(document: Value, status: StatusCode, kind: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://127.0.0.1:{}/client.json", listener.local_addr().unwrap().port());
    let body = document.to_string().replace("{self}", &url);
    let answer = move || {
        let body = body.clone();
        async move { (status, [("content-type", kind), ("location", "http://127.0.0.1:1/")], body) }
    };
    let router = Router::new().route("/client.json", get(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn document(changes: Value) -> Value {
    let mut document = json!({
        "client_id": "{self}", "client_name": "Third", "redirect_uris": ["https://client.example/callback"],
        "token_endpoint_auth_method": "none",
    });
    for (name, value) in changes.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

async fn began(offline: &Harness, client_id: &str) -> Answer {
    offline
        .log_in("ana@example.com", &[("client_id", client_id), ("redirect_uri", "https://client.example/callback")])
        .await
}

#[tokio::test]
async fn a_client_is_known_by_its_metadata_document() {
    let offline = Harness::new();
    let url = serving(document(json!({})), StatusCode::OK, "application/json; charset=utf-8").await;
    assert_eq!(
        offline.get("/.well-known/oauth-authorization-server", None).await.json()["client_id_metadata_document_supported"],
        true
    );
    // Third party: the user is asked; then a public client with PKCE.
    let asked = began(&offline, &url).await;
    assert_eq!(asked.location().path(), "/u/consent");
    let state = asked.parameter("state").unwrap();
    let cookie = asked.cookie().unwrap();
    let accept = [("state", state.as_str()), ("action", "accept")];
    let code = offline.post_form("/u/consent", &accept, Some(&cookie)).await.parameter("code").unwrap();
    let grant = [
        ("grant_type", "authorization_code"),
        ("client_id", &url),
        ("code", &code),
        ("redirect_uri", "https://client.example/callback"),
        ("code_verifier", VERIFIER),
    ];
    let tokens = offline.token(&grant).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    assert_eq!(claims(&text(&tokens.json(), "access_token"))["azp"], url.as_str());
    let elsewhere = offline.authorize(&[("client_id", &url), ("redirect_uri", "https://evil.example/")], None).await;
    assert_eq!(elsewhere.status, 403);
    offline.patch("/policies", json!({ "client_id_metadata_documents": false })).await;
    let other = serving(document(json!({})), StatusCode::OK, "application/json").await;
    assert_eq!(offline.authorize(&[("client_id", &other)], None).await.status, 400);
}

#[tokio::test]
async fn a_document_that_does_not_hold_is_refused_on_a_page_of_the_tenants() {
    let offline = Harness::new();
    let many = "x".repeat(6_000);
    for (changes, status, kind, named) in [
        (json!({ "client_id": "https://other.example/client.json" }), 200, "application/json", "not its address"),
        (json!({ "client_secret": "s" }), 200, "application/json", "no secret"),
        (json!({ "token_endpoint_auth_method": "client_secret_post" }), 200, "application/json", "no secret"),
        (json!({ "redirect_uris": [] }), 200, "application/json", "redirect_uris"),
        (json!({ "redirect_uris": ["https://a.example/#f"] }), 200, "application/json", "redirect URI"),
        (json!({ "client_name": many }), 200, "application/json", "too large"),
        (json!({}), 404, "application/json", "not there"),
        (json!({}), 302, "application/json", "not there"),
        (json!({}), 200, "text/html", "not there"),
    ] {
        let url = serving(document(changes.clone()), StatusCode::from_u16(status).unwrap(), kind).await;
        let page =
            offline.authorize(&[("client_id", &url), ("redirect_uri", "https://client.example/callback")], None).await;
        assert_eq!(page.status, 400, "{changes}");
        assert!(page.text.contains(named), "{changes}: {}", page.text);
    }
    // Nothing but this machine is called.
    for foreign in ["https://client.example/client.json", "http://192.0.2.1/client.json", "http://localhost:3000/"] {
        assert_eq!(offline.authorize(&[("client_id", foreign)], None).await.status, 400, "{foreign}");
    }
}
