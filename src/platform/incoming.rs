use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

use super::promise::promise;

/// A body that comes in, piece by piece. Dropping it closes the connection.
pub struct Incoming(Option<ReadableStreamDefaultReader>);

impl Incoming {
    /// The body of a request or of an answer. Nothing comes of a body that somebody else reads.
    pub fn of(body: &ReadableStream) -> Self {
        Self(ReadableStreamDefaultReader::new(body).ok())
    }

    /// The next piece; none at the end.
    ///
    /// Errors: the connection broke off; there is nothing more.
    pub async fn next(&mut self) -> Option<Result<Vec<u8>, JsValue>> {
        let read = JsFuture::from(self.0.as_ref()?.read()).await;
        let piece = read.and_then(|read| {
            let done = Reflect::get(&read, &JsValue::from_str("done"))?.is_truthy();
            if done { Ok(None) } else { Reflect::get(&read, &JsValue::from_str("value")).map(Some) }
        });
        if !matches!(piece, Ok(Some(_))) {
            self.0 = None;
        }
        match piece {
            Ok(piece) => piece.map(|bytes| Ok(Uint8Array::new(&bytes).to_vec())),
            Err(thrown) if is_end(&thrown) => None,
            Err(thrown) => Some(Err(thrown)),
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Some(reader) = self.0.take() {
            // Waited for, so that what it may throw is not left to the runtime.
            let _ = promise(async move {
                let _ = JsFuture::from(reader.cancel()).await;
                Ok(JsValue::UNDEFINED)
            });
        }
    }
}

/// Some bodies of clients that went away end so.
fn is_end(thrown: &JsValue) -> bool {
    thrown.dyn_ref::<js_sys::Error>().is_some_and(|error| error.to_string() == "Error: aborted")
}
