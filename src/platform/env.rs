use wasm_bindgen::{JsCast, JsValue};
use worker::Env;

/// A binding by its name. None when there is no such object.
pub fn binding<T: JsCast>(env: &Env, name: &str) -> Option<T> {
    get(env, name).filter(JsValue::is_object).map(JsCast::unchecked_into)
}

/// A variable or a secret. None when there is no such text.
pub fn text(env: &Env, name: &str) -> Option<String> {
    get(env, name)?.as_string()
}

fn get(env: &Env, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(env, &JsValue::from_str(name)).ok()
}
