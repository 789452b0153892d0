use js_sys::Object;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, ReadableStream, Response, WebSocket};

use super::bindings::{RawResponse, RawResponseInit};
use super::headers;

/// An answer while it is put together. It becomes JavaScript's once, at the end.
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Text, a stream, or null.
    body: JsValue,
    /// The client's end of a socket, with status 101.
    socket: Option<WebSocket>,
}

impl Answer {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: JsValue::NULL, socket: None }
    }

    /// A text of that media type.
    pub fn text(status: u16, body: &str, kind: &str) -> Self {
        Self { body: JsValue::from_str(body), ..Self::empty(status) }.with("content-type", kind)
    }

    /// A body that is still coming, with status 200.
    pub fn stream(body: Option<ReadableStream>) -> Self {
        Self { body: body.into(), ..Self::empty(200) }
    }

    /// The upgrade to a WebSocket.
    pub fn upgrade(socket: WebSocket) -> Self {
        Self { socket: Some(socket), ..Self::empty(101) }
    }

    /// An answer of somebody else's.
    pub fn passed_on(response: &Response) -> Self {
        let raw: &RawResponse = response.unchecked_ref();
        Self {
            status: response.status(),
            headers: headers::all(&response.headers()),
            body: response.body().into(),
            socket: raw.web_socket(),
        }
    }

    /// With another status.
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// With a header; of the same name only cookies may come several times.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a header; of the same name only cookies may come several times.
    pub fn set(&mut self, name: &str, value: &str) {
        if name != "set-cookie" {
            self.headers.retain(|(known, _)| known != name);
        }
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// True when there is such a header.
    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known == name)
    }

    /// The answer as the platform takes it.
    ///
    /// Errors: a header's value is none.
    pub fn response(&self) -> Result<JsValue, JsValue> {
        let headers = Headers::new()?;
        for (name, value) in &self.headers {
            headers.append(name, value)?;
        }
        let init = Object::new().unchecked_into::<RawResponseInit>();
        init.set_status(self.status);
        init.set_headers(&headers);
        if let Some(socket) = &self.socket {
            init.set_web_socket(socket);
        }
        // Null-body statuses refuse every body.
        let body = if matches!(self.status, 204 | 205 | 304) { &JsValue::NULL } else { &self.body };
        RawResponse::new(body, &init).map(JsValue::from)
    }
}

/// The body of an answer as text. None when it breaks off.
pub async fn text_of(response: &Response) -> Option<String> {
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}
