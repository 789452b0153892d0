//! How client and server agree on a revision, and what each request has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use deputy_error::Explained as _;
use deputy_mcp::client::{ClientError, Host, Session, Transport};
use deputy_mcp::protocol::{ClientCapabilities, Revision};
use serde_json::{Value, json};
use support::{Fake, Reply, SERVER, Seen, client, done, stateless, with_sessions};

struct Nobody;
impl Host for Nobody {}

fn no_tools(seen: &Seen) -> Option<Reply> {
    Some(seen.result(json!({ "tools": [] })))
}

#[test]
fn the_newest_revision_first_and_its_marks_on_every_request() {
    let network = stateless(no_tools);
    let client = client(&network, Nobody);
    let session = done(client.connect()).unwrap();
    assert_eq!((session.revision, session.server.name.as_str()), (Revision::V2026_07_28, "new"));
    done(client.tools()).unwrap();
    assert_eq!(network.rpc(), ["server/discover", "tools/list"]);
    for seen in network.seen.borrow().iter() {
        assert_eq!((seen.method.as_str(), seen.url.as_str()), ("POST", SERVER));
        assert_eq!(seen.header("accept"), "application/json, text/event-stream");
        assert_eq!(seen.header("mcp-protocol-version"), "2026-07-28");
        assert_eq!(seen.header("mcp-method"), seen.rpc());
        let meta = &seen.body["params"]["_meta"];
        assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
        assert_eq!(meta["io.modelcontextprotocol/clientInfo"]["name"], "test");
        assert_eq!(meta["io.modelcontextprotocol/clientCapabilities"], json!(ClientCapabilities::default()));
        assert!(seen.headers.get("mcp-session-id").is_none());
    }
    let ids: Vec<Value> = network.seen.borrow().iter().map(|seen| seen.body["id"].clone()).collect();
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn a_server_with_sessions_is_initialised() {
    let network = with_sessions(no_tools);
    let client = client(&network, Nobody);
    done(client.tools()).unwrap();
    assert_eq!(network.rpc(), ["server/discover", "initialize", "notifications/initialized", "tools/list"]);
    let seen = network.seen.borrow();
    assert_eq!(seen[1].body["params"]["protocolVersion"], "2025-11-25");
    assert!(seen[1].headers.get("mcp-session-id").is_none() && seen[1].headers.get("mcp-method").is_none());
    for later in &seen[2..] {
        assert_eq!((later.header("mcp-session-id"), later.header("mcp-protocol-version")), ("s-1", "2025-11-25"));
        assert!(later.body["params"]["_meta"].is_null());
    }
    let session = client.session().unwrap();
    assert_eq!(session.instructions.as_deref(), Some("be kind"));
    assert!(!format!("{session:?}").contains("s-1"));
}

#[test]
fn older_revisions_are_spoken_and_unknown_ones_are_not() {
    let agree = |version: &'static str| {
        let network = Fake::new(move |seen| match seen.rpc() {
            "initialize" => Some(seen.result(json!({ "protocolVersion": version, "capabilities": {} }))),
            "notifications/initialized" => Some(Reply::status(202)),
            // A server that answers anything to a method it does not know.
            _ => Some(seen.result(json!({}))),
        });
        done(client(&network, Nobody).connect()).map(|session| (session.revision, session.protocol_version))
    };
    assert_eq!(agree("2025-06-18"), Ok((Revision::V2025_06_18, "2025-06-18".to_owned())));
    assert_eq!(agree("2025-03-26"), Ok((Revision::V2025_06_18, "2025-03-26".to_owned())));
    for unknown in ["2099-01-01", "1.0.0", ""] {
        assert_eq!(agree(unknown), Err(ClientError::UnsupportedRevision), "{unknown}");
    }
}

#[test]
fn a_refused_version_is_tried_again_only_if_the_server_lists_it() {
    let agree = |supported: Value, refusals: usize| {
        let count = std::cell::Cell::new(0);
        let network = Fake::new(move |seen| match seen.rpc() {
            "server/discover" if count.get() < refusals => {
                count.set(count.get() + 1);
                Some(seen.error(400, -32022, json!({ "supported": supported })))
            }
            "server/discover" => Some(seen.result(json!({ "supportedVersions": ["2026-07-28"] }))),
            "initialize" => Some(seen.result(json!({ "protocolVersion": "2025-11-25" }))),
            _ => Some(Reply::status(202)),
        });
        done(client(&network, Nobody).connect()).map(|session| session.revision)
    };
    assert_eq!(agree(json!(["2026-07-28"]), 1), Ok(Revision::V2026_07_28));
    assert_eq!(agree(json!(["2026-07-28"]), 9), Err(ClientError::UnsupportedRevision));
    assert_eq!(agree(json!(["2025-11-25"]), 1), Ok(Revision::V2025_11_25));
    assert_eq!(agree(json!(["2030-01-01"]), 1), Err(ClientError::UnsupportedRevision));
    assert_eq!(agree(Value::Null, 1), Err(ClientError::UnsupportedRevision));
}

/// A session that the server forgot is made anew, once, and the request with it.
#[test]
fn a_forgotten_session_is_made_anew() {
    let forgets = |times: usize| {
        let count = std::cell::Cell::new(0);
        with_sessions(move |seen| {
            count.set(count.get() + 1);
            if count.get() <= times { Some(Reply::status(404)) } else { no_tools(seen) }
        })
    };
    let network = forgets(1);
    let client_of = client(&network, Nobody);
    assert!(done(client_of.tools()).is_ok());
    assert_eq!(network.rpc().iter().filter(|rpc| *rpc == "initialize").count(), 2);
    assert_eq!(done(client(&forgets(9), Nobody).tools()), Err(ClientError::SessionEnded));
}

/// Nothing has to stay alive: what was agreed on is kept as JSON.
#[test]
fn a_session_is_kept_and_taken_up_again() {
    let network = with_sessions(no_tools);
    let session = done(client(&network, Nobody).connect()).unwrap();
    let kept = serde_json::to_string(&session).unwrap();
    let session: Session = serde_json::from_str(&kept).unwrap();
    let before = network.seen.borrow().len();
    network.now.set(2_000);
    done(client(&network, Nobody).with_session(session).tools()).unwrap();
    assert_eq!(network.rpc()[before..], ["tools/list"]);
    assert_eq!(network.last().header("mcp-session-id"), "s-1");
    let ids: std::collections::BTreeSet<String> =
        network.seen.borrow().iter().map(|seen| seen.body["id"].to_string()).collect();
    assert!(ids.contains(&network.last().body["id"].to_string()) && ids.len() >= 4);
}

/// HTTP with SSE of 2024-11-05: a stream that names where messages go.
#[test]
fn a_server_that_is_older_still() {
    let initialized =
        json!({ "protocolVersion": "2024-11-05", "capabilities": {}, "serverInfo": { "name": "o", "version": "0" } });
    let endpoint = |reference: &str| format!("event: endpoint\ndata: {reference}\n\n");
    let opened = std::rc::Rc::new(std::cell::Cell::new(0));
    let count = opened.clone();
    let network = Fake::new(move |seen| {
        if seen.method == "GET" {
            count.set(count.get() + 1);
            // Ids are counted, and known to whoever plays the server.
            let first = if count.get() == 1 { 1_000_002 } else { 1_000_004 };
            let answer = |id: u64, result: &Value| {
                format!("data: {}\n\n", json!({ "jsonrpc": "2.0", "id": id, "result": result }))
            };
            let mut parts = vec![endpoint("/messages?s=1"), answer(first, &initialized)];
            if count.get() > 1 {
                parts.push(answer(1_000_003, &json!({ "tools": [{ "name": "t", "inputSchema": {} }] })));
            }
            return Some(Reply::events(&parts));
        }
        Some(Reply::status(if seen.url == SERVER { 405 } else { 202 }))
    });
    let client = client(&network, Nobody);
    let tools = done(client.tools()).unwrap().tools;
    assert_eq!((tools.len(), client.session().unwrap().transport), (1, Transport::EventStream));
    let posted: Vec<String> = network
        .seen
        .borrow()
        .iter()
        .filter(|seen| seen.url.ends_with("/messages?s=1"))
        .map(|seen| seen.rpc().to_owned())
        .collect();
    assert_eq!(posted, ["initialize", "initialize", "notifications/initialized", "tools/list"]);
    assert_eq!(opened.get(), 2);
}

#[test]
fn an_old_server_cannot_send_messages_elsewhere() {
    for reference in ["https://evil.example/messages", "http://169.254.169.254/"] {
        let network = Fake::new(move |seen| match seen.method.as_str() {
            "GET" => Some(Reply::events(&[format!("event: endpoint\ndata: {reference}\n\n")])),
            _ => Some(Reply::status(404)),
        });
        assert!(done(client(&network, Nobody).connect()).is_err(), "{reference}");
        assert!(network.urls().iter().all(|url| url == SERVER), "{reference}");
    }
}

#[test]
fn what_is_no_server_is_said_so() {
    let connect = |reply: Reply| {
        let network = Fake::new(move |_| Some(reply.clone()));
        done(client(&network, Nobody).connect()).map(drop)
    };
    let page = Reply::text(200, "text/html", "<html>");
    assert!(matches!(connect(page), Err(ClientError::Malformed { .. })));
    assert_eq!(connect(Reply::status(500)), Err(ClientError::Status { status: 500 }));
    assert_eq!(connect(Reply::status(404)), Err(ClientError::Status { status: 404 }));
    // One that fails, or is asked too often, may be asked later, and is not called something else than a server.
    for (status, later) in [(400, false), (404, false), (429, true), (500, true), (503, true)] {
        let error = ClientError::Status { status };
        let said = error.user_message();
        assert_eq!((error.is_transient(), said.contains("at the moment")), (later, later), "{status} {said}");
    }
    assert_eq!(done(client(&Fake::new(|_| None), Nobody).connect()).map(drop), Err(ClientError::TimedOut));
    let huge = Reply::json(200, json!("x".repeat(5 << 20)));
    assert_eq!(connect(huge), Err(ClientError::TooLarge { limit: 4 << 20 }));
}

/// A token goes nowhere but to the server's own origin.
#[test]
fn redirects_are_followed_within_the_origin_only() {
    let redirect = |status: u16, location: &'static str| {
        let network = stateless(move |seen| {
            if seen.url == SERVER { Some(Reply::status(status).with("location", location)) } else { no_tools(seen) }
        });
        let client = client(&network, Nobody);
        client.set_access_token(Some(deputy_http::Secret::new("t")));
        (done(client.tools()).map(drop), network.last())
    };
    let (outcome, last) = redirect(307, "/mcp/");
    assert_eq!(
        (outcome, last.url.as_str(), last.header("authorization")),
        (Ok(()), "https://mcp.example/mcp/", "Bearer t")
    );
    for (status, location) in [
        (308, "https://evil.example/mcp"),
        (307, "http://mcp.example/mcp"),
        (307, "http://127.0.0.1/"),
        (302, "/mcp/"),
        (307, SERVER),
    ] {
        let (outcome, last) = redirect(status, location);
        assert_eq!((outcome, last.url.as_str()), (Err(ClientError::Redirected), SERVER), "{status} {location}");
    }
}

#[test]
fn a_challenge_reaches_the_host() {
    let refuse = |status: u16, challenge: &'static str| {
        // A body of JSON-RPC does not hide the status.
        let network =
            stateless(move |seen| Some(seen.error(status, -32001, Value::Null).with("www-authenticate", challenge)));
        done(client(&network, Nobody).tools()).unwrap_err()
    };
    let ClientError::Unauthorized(challenge) = refuse(401, r#"Bearer scope="a""#) else { panic!("no challenge") };
    assert_eq!(challenge.scope.to_string(), "a");
    let insufficient = r#"Bearer error="insufficient_scope", scope="a b""#;
    let ClientError::InsufficientScope(challenge) = refuse(403, insufficient) else { panic!("no challenge") };
    assert_eq!(challenge.scope.to_string(), "a b");
    assert!(matches!(refuse(403, "Bearer"), ClientError::Refused { code: -32001, .. }));
}
