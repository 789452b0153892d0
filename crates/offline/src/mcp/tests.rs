use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::options::Options;
use crate::server::router;
use crate::world::{Service, World};

async fn post(
    world: &std::sync::Arc<World>,
    name: &str,
    session: Option<&str>,
    message: Value,
) -> (StatusCode, Option<String>, Value) {
    let mut request = Request::post(format!("/mcp/{name}"))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    if let Some(session) = session {
        request = request.header("mcp-session-id", session);
    }
    let mut request = request.body(Body::from(message.to_string())).unwrap();
    request.extensions_mut().insert(axum::extract::ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 9))));
    let response = router(Service::Providers, world).oneshot(request).await.unwrap();
    let session = response.headers().get("mcp-session-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let challenge = response.headers().get("www-authenticate").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, session.or(challenge), serde_json::from_slice(&body).unwrap_or_default())
}

fn rpc(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

#[tokio::test]
async fn notes_are_listed_in_pages_and_called_in_a_session() {
    let world = World::new(Options::default()).unwrap();
    let (_, session, begun) =
        post(&world, "notes", None, rpc("initialize", json!({"protocolVersion": "2025-06-18"}))).await;
    assert_eq!(begun["result"]["protocolVersion"], "2025-06-18");
    let session = session.as_deref();
    let (_, _, page) = post(&world, "notes", session, rpc("tools/list", json!({}))).await;
    assert_eq!(page["result"]["tools"].as_array().unwrap().len(), 3);
    let (_, _, rest) =
        post(&world, "notes", session, rpc("tools/list", json!({"cursor": page["result"]["nextCursor"]}))).await;
    assert_eq!(rest["result"]["tools"][0]["name"], "count_notes");
    let call = rpc("tools/call", json!({"name": "add_note", "arguments": {"text": "milk"}}));
    let (_, _, added) = post(&world, "notes", session, call).await;
    assert_eq!(added["result"]["content"][0]["text"], "Added: milk");
    assert_eq!(world.state().mcp.notes, ["milk"]);
    assert_eq!(post(&world, "notes", Some("another"), rpc("ping", json!({}))).await.0, StatusCode::NOT_FOUND);
    assert_eq!(post(&world, "nothing", None, rpc("ping", json!({}))).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_vault_wants_a_token_for_its_own_address() {
    let world = World::new(Options::default()).unwrap();
    let (status, challenge, _) = post(&world, "vault", None, rpc("initialize", json!({}))).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let challenge = challenge.unwrap();
    assert!(
        challenge.contains("/.well-known/oauth-protected-resource/mcp/vault") && !challenge.contains("error="),
        "{challenge}"
    );
}

#[tokio::test]
async fn thirty_injections_are_offered() {
    let world = World::new(Options::default()).unwrap();
    let (_, session, _) = post(&world, "evil", None, rpc("initialize", json!({}))).await;
    let (_, _, page) = post(&world, "evil", session.as_deref(), rpc("tools/list", json!({"cursor": "30"}))).await;
    assert_eq!(page["result"]["tools"].as_array().unwrap().len(), 2, "and two that they want called");
    assert!(page["result"].get("nextCursor").is_none());
}
