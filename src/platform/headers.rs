use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::Headers;

/// All headers, names in lower case as JavaScript gives them; only `set-cookie` may come several times.
pub fn all(headers: &Headers) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in Array::from(headers).iter() {
        let entry: Array = entry.unchecked_into();
        if let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string()) {
            all.push((name, value));
        }
    }
    all
}
