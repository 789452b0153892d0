use wasm_bindgen::{JsCast, JsValue};
use web_sys::WebSocket;

use super::bindings::{RawPair, RawSocket};

/// A new socket: the client's end, for the answer, and ours.
pub fn pair() -> Result<(WebSocket, WebSocket), JsValue> {
    let pair = RawPair::new()?;
    let end = |index| js_sys::Reflect::get_u32(&pair, index).map(JsCast::unchecked_into);
    Ok((end(0)?, end(1)?))
}

/// Begins to take part, for as long as this memory lives.
pub fn accept(socket: &WebSocket) -> Result<(), JsValue> {
    raw(socket).accept()
}

/// Writes a text on a socket that the object finds again after its sleep.
pub fn attach(socket: &WebSocket, text: &str) -> Result<(), JsValue> {
    raw(socket).serialize_attachment(text)
}

/// The text that is written on a socket.
pub fn attached(socket: &WebSocket) -> Option<String> {
    raw(socket).deserialize_attachment().ok()?.as_string()
}

fn raw(socket: &WebSocket) -> &RawSocket {
    socket.unchecked_ref()
}
