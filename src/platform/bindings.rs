//! JavaScript that `worker` and `web-sys` do not bind, or bind without catching what it throws.
#![allow(unsafe_code, missing_docs)]

use wasm_bindgen::prelude::*;

use super::outgoing::Source;

#[wasm_bindgen]
unsafe extern "C" {
    /// The runtime's WebCrypto.
    #[wasm_bindgen(thread_local_v2, js_name = crypto)]
    pub static CRYPTO: web_sys::Crypto;

    /// `DurableObjectState`.
    #[wasm_bindgen(extends = js_sys::Object)]
    #[derive(Clone)]
    pub type RawState;
    #[wasm_bindgen(structural, method, getter)]
    pub fn id(this: &RawState) -> RawId;
    #[wasm_bindgen(structural, method, getter)]
    pub fn storage(this: &RawState) -> RawStorage;
    #[wasm_bindgen(structural, method, js_name = waitUntil)]
    pub fn wait_until(this: &RawState, work: &js_sys::Promise);
    #[wasm_bindgen(structural, method, js_name = acceptWebSocket)]
    pub fn accept_web_socket(this: &RawState, socket: &web_sys::WebSocket);
    #[wasm_bindgen(structural, method, js_name = getWebSockets)]
    pub fn get_web_sockets(this: &RawState) -> js_sys::Array;
    #[wasm_bindgen(structural, method, js_name = setWebSocketAutoResponse)]
    pub fn set_web_socket_auto_response(this: &RawState, pair: &RawAutoResponse);

    #[wasm_bindgen(extends = js_sys::Object)]
    pub type RawId;
    #[wasm_bindgen(structural, method, getter)]
    pub fn name(this: &RawId) -> Option<String>;

    #[wasm_bindgen(extends = js_sys::Object, js_name = WebSocketRequestResponsePair)]
    pub type RawAutoResponse;
    #[wasm_bindgen(constructor, catch, js_class = WebSocketRequestResponsePair)]
    pub fn new(request: &str, response: &str) -> Result<RawAutoResponse, JsValue>;

    /// `DurableObjectStorage`. What is written in the callback of `transactionSync` stays, unless it throws.
    #[wasm_bindgen(extends = js_sys::Object)]
    pub type RawStorage;
    #[wasm_bindgen(structural, method, getter)]
    pub fn sql(this: &RawStorage) -> RawSql;
    #[wasm_bindgen(structural, method, catch, js_name = transactionSync)]
    pub fn transaction_sync(
        this: &RawStorage,
        work: &mut dyn FnMut() -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(structural, method, catch, js_name = setAlarm)]
    pub fn set_alarm(this: &RawStorage, at_ms: f64) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(structural, method, catch, js_name = deleteAlarm)]
    pub fn delete_alarm(this: &RawStorage) -> Result<js_sys::Promise, JsValue>;

    /// `SqlStorage` of a Durable Object. Errors of `exec` *and* of stepping through the rows are caught.
    #[wasm_bindgen(extends = js_sys::Object)]
    #[derive(Clone)]
    pub type RawSql;
    #[wasm_bindgen(structural, method, catch, variadic)]
    pub fn exec(this: &RawSql, query: &str, binds: js_sys::Array) -> Result<RawCursor, JsValue>;

    #[wasm_bindgen(extends = js_sys::Object)]
    pub type RawCursor;
    #[wasm_bindgen(structural, method, catch, js_name = toArray)]
    pub fn to_array(this: &RawCursor) -> Result<js_sys::Array, JsValue>;

    /// `DurableObjectNamespace`.
    #[wasm_bindgen(extends = js_sys::Object)]
    pub type RawNamespace;
    #[wasm_bindgen(structural, method, catch, js_name = getByName)]
    pub fn get_by_name(this: &RawNamespace, name: &str) -> Result<RawFetcher, JsValue>;

    /// What answers requests: an object, the static files.
    #[wasm_bindgen(extends = js_sys::Object)]
    pub type RawFetcher;
    #[wasm_bindgen(structural, method, catch)]
    pub fn fetch(this: &RawFetcher, url: &str, init: &web_sys::RequestInit) -> Result<js_sys::Promise, JsValue>;

    /// `Response` with what Cloudflare adds to it.
    #[wasm_bindgen(extends = js_sys::Object, js_name = Response)]
    pub type RawResponse;
    #[wasm_bindgen(constructor, catch, js_class = Response)]
    pub fn new(body: &JsValue, init: &RawResponseInit) -> Result<RawResponse, JsValue>;
    #[wasm_bindgen(structural, method, getter, js_name = webSocket)]
    pub fn web_socket(this: &RawResponse) -> Option<web_sys::WebSocket>;

    #[wasm_bindgen(extends = js_sys::Object)]
    pub type RawResponseInit;
    #[wasm_bindgen(structural, method, setter)]
    pub fn set_status(this: &RawResponseInit, status: u16);
    #[wasm_bindgen(structural, method, setter)]
    pub fn set_headers(this: &RawResponseInit, headers: &web_sys::Headers);
    #[wasm_bindgen(structural, method, setter, js_name = webSocket)]
    pub fn set_web_socket(this: &RawResponseInit, socket: &web_sys::WebSocket);

    /// `ReadableStream` over a source, which is asked for no more than what is read.
    #[wasm_bindgen(extends = js_sys::Object)]
    pub type RawStrategy;
    #[wasm_bindgen(structural, method, setter, js_name = highWaterMark)]
    pub fn set_high_water_mark(this: &RawStrategy, pieces: f64);
    #[wasm_bindgen(extends = web_sys::ReadableStream, js_name = ReadableStream)]
    pub type RawStream;
    #[wasm_bindgen(constructor, catch, js_class = ReadableStream)]
    pub fn new(source: Source, strategy: &RawStrategy) -> Result<RawStream, JsValue>;

    /// Two ends of one socket, under the keys 0 and 1.
    #[wasm_bindgen(extends = js_sys::Object, js_name = WebSocketPair)]
    pub type RawPair;
    #[wasm_bindgen(constructor, catch, js_class = WebSocketPair)]
    pub fn new() -> Result<RawPair, JsValue>;

    /// `WebSocket` with what Cloudflare adds to it.
    #[wasm_bindgen(extends = js_sys::Object)]
    pub type RawSocket;
    #[wasm_bindgen(structural, method, catch)]
    pub fn accept(this: &RawSocket) -> Result<(), JsValue>;
    #[wasm_bindgen(structural, method, catch, js_name = serializeAttachment)]
    pub fn serialize_attachment(this: &RawSocket, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(structural, method, catch, js_name = deserializeAttachment)]
    pub fn deserialize_attachment(this: &RawSocket) -> Result<JsValue, JsValue>;

    /// A Workers KV namespace.
    #[wasm_bindgen(extends = js_sys::Object)]
    #[derive(Clone)]
    pub type RawKv;
    #[wasm_bindgen(structural, method, catch)]
    pub fn get(this: &RawKv, key: &str) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(structural, method, catch)]
    pub fn put(this: &RawKv, key: &str, value: &str, options: &js_sys::Object) -> Result<js_sys::Promise, JsValue>;

    /// `Intl.DateTimeFormat`, whose constructor throws for a zone it does not know.
    #[wasm_bindgen(js_namespace = Intl)]
    pub type DateTimeFormat;
    #[wasm_bindgen(constructor, catch, js_namespace = Intl)]
    pub fn new(locales: &str, options: &js_sys::Object) -> Result<DateTimeFormat, JsValue>;
    #[wasm_bindgen(structural, method, catch, js_name = formatToParts)]
    pub fn format_to_parts(this: &DateTimeFormat, instant_ms: f64) -> Result<js_sys::Array, JsValue>;
}
