//! Requests of the runtime.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;

/// A request for a binding: an object, the static files. (`RequestInit` of `worker` brings all of Cloudflare's image options.)
pub fn build(
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: Option<&str>,
) -> Result<worker::Request, JsValue> {
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let init = init(method, headers, body.map(str::as_bytes));
    web_sys::Request::new_with_str_and_init(url, &init).map(worker::Request::from)
}

/// What `fetch` is told about a request. Redirects are answers like others.
pub(crate) fn init<'h>(
    method: &str,
    headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    body: Option<&[u8]>,
) -> web_sys::RequestInit {
    let init = web_sys::RequestInit::new();
    init.set_method(method);
    init.set_redirect(web_sys::RequestRedirect::Manual);
    // Pairs: of a plain object's members a header that is there twice would lose one.
    let pairs: Array = headers
        .into_iter()
        .map(|(name, value)| Array::of2(&JsValue::from_str(name), &JsValue::from_str(value)))
        .collect();
    init.set_headers(&pairs);
    if let Some(bytes) = body {
        init.set_body(&Uint8Array::from(bytes));
    }
    init
}
