//! A network without a network: whoever plays the server sees each request and says what comes back.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use deputy_http::{Request, TransportError};
use deputy_mcp::client::{Address, BodyStream, Client, ClientConfig, Host, Network, Reach};
use deputy_mcp::protocol::Implementation;
use futures::{FutureExt as _, StreamExt as _, stream};
use serde_json::{Value, json};

pub const SERVER: &str = "https://mcp.example/mcp";

/// A request as it was sent.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub url: String,
    pub headers: http::HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The method of JSON-RPC; `response` for a response.
    pub fn rpc(&self) -> &str {
        match (self.body["method"].as_str(), self.body["id"].is_null()) {
            (Some(method), _) => method,
            (None, false) => "response",
            (None, true) => "",
        }
    }

    /// A result for this request.
    pub fn result(&self, result: Value) -> Reply {
        Reply::json(200, json!({ "jsonrpc": "2.0", "id": self.body["id"], "result": result }))
    }

    /// An error for this request.
    pub fn error(&self, status: u16, code: i64, data: Value) -> Reply {
        let error = json!({ "code": code, "message": "no", "data": data });
        Reply::json(status, json!({ "jsonrpc": "2.0", "id": self.body["id"], "error": error }))
    }

    /// An event with a result for this request.
    pub fn event(&self, result: Value) -> String {
        format!("data: {}\n\n", json!({ "jsonrpc": "2.0", "id": self.body["id"], "result": result }))
    }
}

/// What comes back.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub parts: Vec<String>,
    /// What is after the parts.
    pub end: End,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    Closed,
    Open,
    Broken,
}

impl Reply {
    pub fn text(status: u16, kind: &str, text: impl Into<String>) -> Self {
        let headers = vec![("content-type", kind.to_owned())];
        Self { status, headers, parts: vec![text.into()], end: End::Closed }
    }

    pub fn json(status: u16, body: Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    pub fn events(parts: &[String]) -> Self {
        Self { parts: parts.to_vec(), ..Self::text(200, "text/event-stream; charset=utf-8", "") }
    }

    pub fn status(status: u16) -> Self {
        Self { headers: Vec::new(), parts: Vec::new(), ..Self::text(status, "", "") }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn ending(self, end: End) -> Self {
        Self { end, ..self }
    }
}

type Server = Box<dyn Fn(&Seen) -> Option<Reply>>;

#[derive(Clone)]
pub struct Fake {
    server: Rc<Server>,
    pub seen: Rc<RefCell<Vec<Seen>>>,
    pub slept: Rc<RefCell<Vec<u64>>>,
    pub now: Rc<Cell<u64>>,
    /// True: time stands still, so nothing is ever too late.
    pub timeless: Rc<Cell<bool>>,
}

impl Fake {
    /// `None`: the server says nothing.
    pub fn new(server: impl Fn(&Seen) -> Option<Reply> + 'static) -> Self {
        Self {
            server: Rc::new(Box::new(server)),
            seen: Rc::default(),
            slept: Rc::default(),
            now: Rc::new(Cell::new(1_000)),
            timeless: Rc::default(),
        }
    }

    pub fn rpc(&self) -> Vec<String> {
        self.seen.borrow().iter().map(|seen| seen.rpc().to_owned()).collect()
    }

    pub fn urls(&self) -> Vec<String> {
        self.seen.borrow().iter().map(|seen| seen.url.clone()).collect()
    }

    pub fn last(&self) -> Seen {
        self.seen.borrow().last().unwrap().clone()
    }
}

impl Network for Fake {
    async fn send(&self, request: Request) -> Result<http::Response<BodyStream>, TransportError> {
        let text = request.body().text();
        let seen = Seen {
            method: request.method().to_string(),
            url: request.uri().to_string(),
            headers: request.headers().clone(),
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
        };
        self.seen.borrow_mut().push(seen.clone());
        let Some(reply) = (self.server)(&seen) else { return futures::future::pending().await };
        let mut response = http::Response::builder().status(reply.status);
        for (name, value) in &reply.headers {
            response = response.header(*name, value);
        }
        let parts = stream::iter(reply.parts).map(|part| Ok(part.into_bytes()));
        let broken = TransportError::Unreachable { host: "mcp.example".to_owned() };
        let body = match reply.end {
            End::Closed => parts.boxed_local(),
            End::Open => parts.chain(stream::pending()).boxed_local(),
            End::Broken => parts.chain(stream::once(async { Err(broken) })).boxed_local(),
        };
        Ok(response.body(body).unwrap())
    }

    async fn sleep(&self, ms: u64) {
        self.slept.borrow_mut().push(ms);
        if self.timeless.get() {
            futures::future::pending::<()>().await;
        }
    }

    fn now_ms(&self) -> u64 {
        self.now.get()
    }
}

pub fn address(url: &str) -> Address {
    Address::parse(url, Reach::Public).unwrap()
}

pub fn client<H: Host>(network: &Fake, host: H) -> Client<Fake, H> {
    let config = ClientConfig::new(address(SERVER), Reach::Public, Implementation::new("test", "1"));
    Client::new(network.clone(), host, config)
}

/// Nothing here waits for anything but the fake network, which is always ready.
pub fn done<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("the future waits for nobody")
}

/// A server of 2026-07-28; `then` answers everything but `server/discover`.
pub fn stateless(then: impl Fn(&Seen) -> Option<Reply> + 'static) -> Fake {
    Fake::new(move |seen| match seen.rpc() {
        "server/discover" => Some(seen.result(json!({
            "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": { "tools": {} },
            "_meta": { "io.modelcontextprotocol/serverInfo": { "name": "new", "version": "2" } },
        }))),
        _ => then(seen),
    })
}

/// A server of 2025-11-25 with sessions; `then` answers everything after `initialize`.
pub fn with_sessions(then: impl Fn(&Seen) -> Option<Reply> + 'static) -> Fake {
    Fake::new(move |seen| match seen.rpc() {
        "server/discover" => Some(seen.error(400, -32600, Value::Null)),
        "initialize" => Some(
            seen.result(json!({
                "protocolVersion": "2025-11-25", "capabilities": { "tools": {} },
                "serverInfo": { "name": "old", "version": "1" }, "instructions": "be kind",
            }))
            .with("mcp-session-id", "s-1"),
        ),
        "notifications/initialized" | "notifications/cancelled" => Some(Reply::status(202)),
        _ => then(seen),
    })
}
