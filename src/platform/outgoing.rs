use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;
use futures::future::{AbortHandle, abortable};
use js_sys::{Object, Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ReadableStream, ReadableStreamDefaultController};

use super::bindings::{RawStrategy, RawStream};
use super::promise::promise;

/// A body that goes out as it comes. The sender is told when nobody takes it any more.
pub fn outgoing(body: UnboundedReceiver<Vec<u8>>) -> Result<ReadableStream, JsValue> {
    let strategy: RawStrategy = Object::new().unchecked_into();
    strategy.set_high_water_mark(0.0);
    let pieces = Pieces { left: Rc::new(RefCell::new(Some(body))), pull: RefCell::default() };
    RawStream::new(Source(AssertUnwindSafe(pieces)), &strategy).map(JsCast::unchecked_into)
}

/// `UnderlyingSource` (Streams, 4.2.3): JavaScript calls it; only [`outgoing`] makes one.
#[wasm_bindgen(private)]
pub struct Source(AssertUnwindSafe<Pieces>);

struct Pieces {
    /// None while a piece is waited for, and at the end.
    left: Rc<RefCell<Option<UnboundedReceiver<Vec<u8>>>>>,
    pull: RefCell<Option<AbortHandle>>,
}

#[wasm_bindgen]
impl Source {
    /// Writes the next piece. It is called again when that is done.
    pub fn pull(&self, controller: ReadableStreamDefaultController) -> Promise {
        let left = Rc::clone(&self.0.left);
        let (next, handle) = abortable(async move {
            let Some(mut body) = left.take() else { return Ok(()) };
            match body.next().await {
                Some(piece) => {
                    left.replace(Some(body));
                    controller.enqueue_with_chunk(&Uint8Array::from(piece.as_slice()))
                }
                None => controller.close(),
            }
        });
        self.0.pull.replace(Some(handle));
        promise(async move {
            // An aborted one has nothing to say.
            next.await.unwrap_or(Ok(()))?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Nobody reads on.
    pub fn cancel(&self) {
        self.0.left.take();
        if let Some(pull) = self.0.pull.take() {
            pull.abort();
        }
    }
}
