//! What is handed to an object.

use deputy_mcp::protocol::Message;
use deputy_mcp::server::{Accepts, Change, Listener};
use deputy_platform::{object, request};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use worker::Env;

#[derive(Serialize, Deserialize)]
pub enum Handed {
    /// A session begins; `id` is its name.
    Begin { id: String, owner: String, caller: String, message: Value },
    /// A message in a session.
    Post { owner: String, caller: String, message: Value, accepts: Accepts },
    /// A stream of a session is read.
    Read { owner: String, after: Option<String> },
    /// A session ends.
    End { owner: String },
    /// Something changed that a session may have promised to tell.
    Tell { change: Change },
    /// A caller's session that is to be told.
    Register { session: String },
    /// Somebody listens, without a session.
    Listen { listener: Listener },
    /// Something changed.
    Changed { change: Change },
}

/// The object that tells a caller's clients of changes. Ids of sessions have no spaces.
pub fn listeners_of(owner: &str) -> String {
    format!("listeners {owner}")
}

impl Handed {
    /// A request in an object, as it was sent.
    pub fn request(message: Value) -> Option<deputy_mcp::protocol::Request> {
        match Message::of(message) {
            Ok(Message::Request(request)) => Some(request),
            _ => None,
        }
    }

    /// Hands this to an object.
    pub async fn to(&self, env: &Env, binding: &str, name: &str) -> worker::Result<worker::Response> {
        let stub = object::stub(env, binding, name).map_err(|error| worker::Error::RustError(error.to_string()))?;
        let body = deputy_http::json::write(self);
        stub.fetch_with_request(request::build("POST", "https://object/", &[], Some(&body))?).await
    }
}
