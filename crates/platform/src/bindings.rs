//! JavaScript that `worker` and `web-sys` do not bind, or bind without catching what it throws.
#![allow(unsafe_code, missing_docs)]

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
unsafe extern "C" {
    /// The runtime's WebCrypto.
    #[wasm_bindgen(thread_local_v2, js_name = crypto)]
    pub static CRYPTO: web_sys::Crypto;

    /// `SqlStorage` of a Durable Object. Errors of `exec` *and* of stepping through the rows are caught.
    #[wasm_bindgen(extends = js_sys::Object)]
    pub type RawSql;
    #[wasm_bindgen(structural, method, catch, variadic)]
    pub fn exec(this: &RawSql, query: &str, binds: js_sys::Array) -> Result<RawCursor, JsValue>;

    #[wasm_bindgen(extends = js_sys::Object)]
    pub type RawCursor;
    #[wasm_bindgen(structural, method, catch, js_name = toArray)]
    pub fn to_array(this: &RawCursor) -> Result<js_sys::Array, JsValue>;
    #[wasm_bindgen(structural, method, getter, js_name = rowsWritten)]
    pub fn rows_written(this: &RawCursor) -> f64;

    /// `DurableObjectStorage.transactionSync`: what is written in the callback stays, unless it throws.
    #[wasm_bindgen(extends = js_sys::Object)]
    pub type RawStorage;
    #[wasm_bindgen(structural, method, catch, js_name = transactionSync)]
    pub fn transaction_sync(
        this: &RawStorage,
        work: &mut dyn FnMut() -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue>;

    /// A Durable Object of ours, whose class has the method `call`.
    #[wasm_bindgen(extends = js_sys::Object)]
    pub type RawObject;
    #[wasm_bindgen(structural, method, catch)]
    pub fn call(this: &RawObject, name: &str, body: &str, session: Option<&str>) -> Result<js_sys::Promise, JsValue>;

    /// A Workers KV namespace.
    #[wasm_bindgen(extends = js_sys::Object)]
    #[derive(Clone)]
    pub type RawKv;
    #[wasm_bindgen(structural, method, catch)]
    pub fn get(this: &RawKv, key: &str) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(structural, method, catch)]
    pub fn put(this: &RawKv, key: &str, value: &str, options: &js_sys::Object) -> Result<js_sys::Promise, JsValue>;

    /// Workers AI.
    #[wasm_bindgen(extends = js_sys::Object)]
    pub type RawAi;
    #[wasm_bindgen(structural, method, catch)]
    pub fn run(this: &RawAi, model: &str, input: &JsValue) -> Result<js_sys::Promise, JsValue>;

    /// `Intl.DateTimeFormat`, whose constructor throws for a zone it does not know.
    #[wasm_bindgen(js_namespace = Intl)]
    pub type DateTimeFormat;
    #[wasm_bindgen(constructor, catch, js_namespace = Intl)]
    pub fn new(locales: &str, options: &js_sys::Object) -> Result<DateTimeFormat, JsValue>;
    #[wasm_bindgen(structural, method, catch, js_name = formatToParts)]
    pub fn format_to_parts(this: &DateTimeFormat, instant_ms: f64) -> Result<js_sys::Array, JsValue>;
}
