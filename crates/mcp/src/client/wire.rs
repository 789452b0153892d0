//! Messages as requests of HTTP.

use deputy_http::{BuildRequest as _, Request, Secret};
use http::HeaderMap;
use serde_json::{Value, json};

use crate::client::address::Address;
use crate::client::parameter_headers::header_value;
use crate::client::session::{Session, Transport};
use crate::protocol::{self, ClientCapabilities, Implementation, Message, Object, Revision, meta, method};

/// What every request to a server has.
pub(crate) struct Sender<'a> {
    pub endpoint: &'a Address,
    pub session: Option<&'a Session>,
    pub access_token: Option<&'a Secret>,
    pub headers: &'a HeaderMap,
}

impl Sender<'_> {
    /// A message, with headers of its own.
    pub(crate) fn post(&self, message: &Message, own: &[(String, String)]) -> Request {
        let mut request = self.headed(deputy_http::post(self.endpoint.as_str()).json(message));
        request = request.header("accept", "application/json, text/event-stream");
        if let (Message::Request(_) | Message::Notification(_), Some(revision)) = (message, self.stateless()) {
            request = request.header("mcp-protocol-version", revision.as_str());
            for (name, value) in standard_headers(message) {
                request = request.header(name, value);
            }
        }
        own.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    /// Opens a stream of the server, or goes on with one after an event.
    pub(crate) fn get(&self, last_event_id: Option<&str>) -> Request {
        let request = self.headed(deputy_http::get(self.endpoint.as_str())).header("accept", "text/event-stream");
        match last_event_id {
            Some(id) => request.header("last-event-id", id),
            None => request,
        }
    }

    /// Ends the session.
    pub(crate) fn delete(&self) -> Request {
        self.headed(deputy_http::request(deputy_http::Method::DELETE, self.endpoint.as_str()))
    }

    fn stateless(&self) -> Option<Revision> {
        self.session.map(|session| session.revision).filter(|revision| !revision.has_sessions())
    }

    fn headed(&self, mut request: Request) -> Request {
        request.headers_mut().extend(self.headers.clone());
        if let Some(token) = self.access_token {
            request = request.bearer(token);
        }
        let Some(session) = self.session.filter(|session| session.transport == Transport::Streamable) else {
            return request;
        };
        if session.revision.has_sessions() {
            request = request.header("mcp-protocol-version", &session.protocol_version);
        }
        match &session.session_id {
            Some(id) => request.header("mcp-session-id", id.as_str()),
            None => request,
        }
    }
}

/// MCP 2026-07-28, "Standard Request Headers"
fn standard_headers(message: &Message) -> Vec<(&'static str, String)> {
    let (name, params) = match message {
        Message::Request(request) => (&request.method, &request.params),
        Message::Notification(notification) => (&notification.method, &notification.params),
        Message::Response(_) => return Vec::new(),
    };
    let named = match name.as_str() {
        method::TOOLS_CALL | method::PROMPTS_GET => params.get("name"),
        method::RESOURCES_READ => params.get("uri"),
        _ => None,
    };
    let mut headers = vec![("mcp-method", name.clone())];
    headers.extend(named.and_then(Value::as_str).map(|named| ("mcp-name", header_value(named))));
    headers
}

/// A request with what 2026-07-28 wants in each: revision, who asks, what who asks can.
pub(crate) fn with_meta(
    request: protocol::Request,
    revision: Revision,
    implementation: &Implementation,
    capabilities: &ClientCapabilities,
) -> protocol::Request {
    let mut params = request.params;
    let entry = params.entry("_meta").or_insert_with(|| Value::Object(Object::new()));
    if let Value::Object(members) = entry {
        members.insert(meta::PROTOCOL_VERSION.to_owned(), json!(revision));
        members.insert(meta::CLIENT_INFO.to_owned(), json!(implementation));
        members.insert(meta::CLIENT_CAPABILITIES.to_owned(), json!(capabilities));
    }
    protocol::Request { params, ..request }
}
