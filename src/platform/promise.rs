use std::panic::AssertUnwindSafe;

use futures::future::LocalBoxFuture;
use js_sys::Promise;
use wasm_bindgen::JsValue;

/// What every entry of the Worker gives JavaScript. A panic inside rejects it, and ends nothing else.
pub fn promise(work: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    bridge(Box::pin(work))
}

/// The bridge is large, and would be compiled anew for each future.
fn bridge(work: LocalBoxFuture<'static, Result<JsValue, JsValue>>) -> Promise {
    wasm_bindgen_futures::future_to_promise(AssertUnwindSafe(work))
}
