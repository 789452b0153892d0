use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::bindings::RawFetcher;

/// Asks a binding: an object, the static files.
pub async fn ask(
    binding: &RawFetcher,
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: Option<&str>,
) -> Result<Response, JsValue> {
    let asked = binding.fetch(url, &init(method, headers, body)?)?;
    JsFuture::from(asked).await.map(JsCast::unchecked_into)
}

/// What `fetch` is told about a request. Redirects are answers like others.
pub(super) fn init(
    method: &str,
    headers: &[(String, String)],
    body: Option<&str>,
) -> Result<web_sys::RequestInit, JsValue> {
    let init = web_sys::RequestInit::new();
    init.set_method(method);
    init.set_redirect(web_sys::RequestRedirect::Manual);
    // A plain object: one crossing instead of one for each header.
    let object = Object::new();
    for (name, value) in headers {
        Reflect::set(&object, &name.into(), &value.into())?;
    }
    init.set_headers(&object);
    if let Some(text) = body {
        init.set_body(&JsValue::from_str(text));
    }
    Ok(init)
}
