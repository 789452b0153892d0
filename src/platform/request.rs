use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

/// A request for a binding: an object, the static files. (`RequestInit` of `worker` brings all of Cloudflare's image options.)
pub fn build(
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: Option<&str>,
) -> Result<worker::Request, JsValue> {
    let init = init(method, headers, body)?;
    web_sys::Request::new_with_str_and_init(url, &init).map(worker::Request::from)
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
