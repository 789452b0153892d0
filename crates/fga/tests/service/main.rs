//! The asking side: requests as OpenFGA's API takes them, answers as it gives them, and what follows from none.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "all of it is test code")]

mod errors;
mod filter;
mod remote;
mod requests;
mod settings;

use deputy_fga::client::{Access, Authentication, Connection};
use deputy_http::{Request, Response, response};
use serde_json::Value;

const STORE: &str = "01JZ0000000000000000000001";
const MODEL: &str = "01JZ0000000000000000000002";
const NOW: u64 = 1_800_000_000_000;

fn connection(authentication: Authentication) -> Connection {
    Connection {
        api_url: "https://api.eu1.fga.dev".to_owned(),
        store_id: STORE.to_owned(),
        model_id: Some(MODEL.to_owned()),
        authentication,
    }
}

/// A call without credentials.
fn plain() -> Connection {
    connection(Authentication::None)
}

fn access(connection: &Connection) -> Access<'_> {
    Access::new(connection, None)
}

fn json_of(request: &Request) -> Value {
    assert_eq!(request.headers()["content-type"], "application/json");
    serde_json::from_slice(request.body()).unwrap()
}

fn answer(status: u16, body: &Value) -> Response {
    response(status, body.to_string())
}
