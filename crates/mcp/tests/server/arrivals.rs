use deputy_http::{BuildRequest as _, ReadResponse as _, Request, Response};
use deputy_mcp::server::{Arrival, Endpoint, SessionVisit};
use serde_json::{Value, json};

const ORIGIN: &str = "https://desk.example";
const SESSION: &str = "AAAAAAAAAAAAAAAAAAAAAA";

/// A POST of that body as every client sends it.
pub fn post(body: &Value) -> Request {
    deputy_http::post("https://desk.example/mcp").json(body).header("accept", "application/json, text/event-stream")
}

/// A request of 2026-07-28 that is as it has to be.
pub fn stateless(method: &str, params: Value) -> Request {
    stateless_of(method, params, json!({}))
}

/// The same of a client with these capabilities.
pub fn stateless_of(method: &str, mut params: Value, capabilities: Value) -> Request {
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = capabilities;
    let name = params["name"].as_str().unwrap_or_default().to_owned();
    post(&json!({ "jsonrpc": "2.0", "id": 7.0, "method": method, "params": params }))
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", method)
        .header("mcp-name", name)
}

pub fn take(request: &Request) -> Arrival {
    Endpoint::default().take(request, ORIGIN)
}

fn answer(request: &Request) -> Response {
    match take(request) {
        Arrival::Answer(answer) => answer,
        other => panic!("no answer: {other:?}"),
    }
}

/// Status, code and id of the answer to a request that goes no further.
fn refused(request: &Request) -> (u16, Value, Value) {
    let answer = answer(request);
    let body: Value = answer.json().unwrap();
    (answer.status().as_u16(), body["error"]["code"].clone(), body["id"].clone())
}

fn ping() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })
}

#[test]
fn mc_17_a_post_without_a_session_is_400_and_has_its_id() {
    assert_eq!(refused(&post(&ping())), (400, json!(-32600), json!(1)));
    let notification = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(refused(&post(&notification)), (400, json!(-32600), Value::Null));
}

#[test]
fn mc_17_sessions_are_found_by_ids_that_they_may_have() {
    let request = post(&ping()).header("mcp-session-id", SESSION).header("mcp-protocol-version", "2025-11-25");
    assert!(matches!(take(&request), Arrival::Session { id, visit: SessionVisit::Post(..) } if id == SESSION));
    for id in ["", "short", "AAAAAAAAAAAAAAAAAAAAA/", "listeners everybody"] {
        assert_eq!(answer(&post(&ping()).header("mcp-session-id", id)).status(), 404, "{id}");
    }
    let mut twice = request;
    twice.headers_mut().append("mcp-session-id", SESSION.parse().unwrap());
    assert_eq!(answer(&twice).status(), 400);
}

#[test]
fn mc_17_an_unknown_revision_is_400_with_those_that_are_spoken() {
    for version in ["2024-11-05", "2099-01-01", "2026-07-28, 2026-07-28", "x"] {
        let request = post(&ping()).header("mcp-session-id", SESSION).header("mcp-protocol-version", version);
        assert_eq!(refused(&request), (400, json!(-32022), json!(1)), "{version}");
    }
    let mut named = stateless("tools/list", json!({})).header("mcp-protocol-version", "v9");
    let body = named.body().text().replace("2026-07-28", "v9");
    *named.body_mut() = body.into();
    assert_eq!(refused(&named), (400, json!(-32022), json!(7.0)));
    let body: Value = answer(&named).json().unwrap();
    assert_eq!(
        body["error"]["data"],
        json!({ "supported": ["2026-07-28", "2025-11-25", "2025-06-18"], "requested": "v9" })
    );
}

#[test]
fn mc_17_batches_and_what_is_no_message_are_400() {
    assert_eq!(refused(&post(&json!([ping()]))), (400, json!(-32600), Value::Null));
    assert_eq!(refused(&post(&json!([]))), (400, json!(-32600), Value::Null));
    let mut broken = post(&ping());
    *broken.body_mut() = "{".to_owned().into();
    assert_eq!(refused(&broken), (400, json!(-32700), Value::Null));
}

#[test]
fn mc_17_forms_that_nobody_speaks_are_refused() {
    assert_eq!(answer(&post(&ping()).header("content-type", "text/plain")).status(), 415);
    assert_eq!(answer(&post(&ping()).header("accept", "text/html")).status(), 406);
    let mut get = deputy_http::get("https://desk.example/mcp").header("accept", "text/event-stream");
    let refused = answer(&get);
    assert_eq!((refused.status().as_u16(), refused.header("allow")), (405, Some("POST")));
    get = get.header("mcp-session-id", SESSION);
    assert!(matches!(take(&get), Arrival::Session { visit: SessionVisit::Listen { after: None }, .. }));
    assert_eq!(answer(&get.clone().header("mcp-protocol-version", "2026-07-28")).status(), 405);
    assert_eq!(answer(&get.header("accept", "application/json")).status(), 406);
    let delete = deputy_http::request(http::Method::DELETE, "https://desk.example/mcp");
    assert_eq!(answer(&delete).status(), 405);
    let delete = delete.header("mcp-session-id", SESSION);
    assert!(matches!(take(&delete), Arrival::Session { visit: SessionVisit::Delete, .. }));
}

#[test]
fn mc_17_pages_of_others_are_refused() {
    let foreign = post(&ping()).header("origin", "https://evil.example");
    assert_eq!(answer(&foreign).status(), 403);
    let own = stateless("tools/list", json!({})).header("origin", ORIGIN);
    assert!(matches!(take(&own), Arrival::Stateless(_)));
    let allowed = Endpoint { origins: vec!["https://evil.example".to_owned()], ..Endpoint::default() };
    assert!(!matches!(allowed.take(&foreign, ORIGIN), Arrival::Answer(answer) if answer.status() == 403));
    let named = Endpoint { hosts: vec!["localhost:1".to_owned()], ..Endpoint::default() };
    for (host, status) in [("evil.example", 403), ("localhost:1", 400)] {
        let request = post(&ping()).header("host", host);
        assert!(matches!(named.take(&request, ORIGIN), Arrival::Answer(answer) if answer.status() == status), "{host}");
    }
    assert!(matches!(named.take(&post(&ping()), ORIGIN), Arrival::Answer(answer) if answer.status() == 403));
}

#[test]
fn mc_17_headers_say_what_the_body_says() {
    let call = || stateless("tools/call", json!({ "name": "echo" }));
    assert!(matches!(take(&call()), Arrival::Stateless(_)));
    assert!(matches!(take(&call().header("mcp-name", "=?base64?ZWNobw==?=")), Arrival::Stateless(_)));
    for (name, value) in [
        ("mcp-method", "tools/list"),
        ("mcp-method", "Tools/Call"),
        ("mcp-name", "other"),
        ("mcp-name", "=?base64?b3RoZXI=?="),
        ("mcp-name", "=?base64?!?="),
        ("mcp-protocol-version", "2025-11-25"),
    ] {
        assert_eq!(refused(&call().header(name, value)), (400, json!(-32020), json!(7.0)), "{name}: {value}");
    }
    for name in ["mcp-method", "mcp-name", "mcp-protocol-version"] {
        let mut request = call();
        request.headers_mut().remove(name);
        assert_eq!(refused(&request), (400, json!(-32020), json!(7.0)), "without {name}");
        let mut request = call();
        let value = request.headers()[name].clone();
        request.headers_mut().append(name, value);
        assert_eq!(answer(&request).status(), 400, "{name} twice");
    }
}

#[test]
fn mc_17_a_request_says_who_asks() {
    for missing in ["protocolVersion", "clientCapabilities"] {
        let mut request = stateless("tools/list", json!({}));
        let body = request.body().text().replace(missing, "other");
        *request.body_mut() = body.into();
        assert_eq!(refused(&request), (400, json!(-32602), json!(7.0)), "{missing}");
    }
    let without = post(&ping()).header("mcp-protocol-version", "2026-07-28").header("mcp-method", "ping");
    assert_eq!(refused(&without), (400, json!(-32602), json!(1)));
    let response =
        post(&json!({ "jsonrpc": "2.0", "id": 1, "result": {} })).header("mcp-protocol-version", "2026-07-28");
    assert_eq!(answer(&response).status(), 400);
}
