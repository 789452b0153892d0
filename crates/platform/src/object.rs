//! Calls of Durable Objects.

use wasm_bindgen_futures::JsFuture;
use worker::{Env, Stub};

use super::bindings::RawObject;

/// An object could not be asked: no such binding, or nobody answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the object does not answer")]
pub struct NoAnswer;

/// The object of that name behind a binding.
pub fn stub(env: &Env, binding: &str, name: &str) -> Result<Stub, NoAnswer> {
    env.durable_object(binding).and_then(|namespace| namespace.get_by_name(name)).map_err(|_| NoAnswer)
}

/// Calls the method `call` of an object of ours; gives the text that it answers. A remote procedure call: half of what a request and
/// its answer cost.
pub async fn call(stub: Stub, name: &str, body: &str, session: Option<&str>) -> Result<String, NoAnswer> {
    let promise = stub.into_rpc::<RawObject>().call(name, body, session).map_err(|_| NoAnswer)?;
    let answer = JsFuture::from(promise).await.map_err(|_| NoAnswer)?;
    answer.as_string().ok_or(NoAnswer)
}
