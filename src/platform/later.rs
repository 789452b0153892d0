use wasm_bindgen::JsValue;

use super::promise::promise;
use super::state::State;

/// Works on after the answer.
pub fn later(state: &State, work: impl Future<Output = ()> + 'static) {
    let work = async move {
        work.await;
        Ok(JsValue::UNDEFINED)
    };
    state.wait_until(&promise(work));
}
