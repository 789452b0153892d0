//! Server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).

/// Headers of a stream.
pub const HEADERS: [(&str, &str); 3] = [
    ("content-type", "text/event-stream"),
    ("cache-control", "no-cache, no-transform"),
    // Proxies that collect an answer before they pass it on would make one piece of it.
    ("x-accel-buffering", "no"),
];

/// What keeps a connection open on which nothing happens.
pub const COMMENT: &str = ":\n\n";

/// A message as an event; JSON has no line breaks.
pub fn event(id: Option<&str>, message: &str) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("{id}event: message\ndata: {message}\n\n")
}

/// An event without a message: its id is where a client goes on, `retry` when it may ask, milliseconds.
pub fn priming(id: &str, retry: u64) -> String {
    format!("id: {id}\nretry: {retry}\ndata: \n\n")
}
