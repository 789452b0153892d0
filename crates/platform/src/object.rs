//! Calls of Durable Objects.

use worker::{Env, Stub};

use super::request;

/// An object could not be asked: no such binding, or nobody answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the object does not answer")]
pub struct NoAnswer;

/// The object of that name behind a binding.
pub fn stub(env: &Env, binding: &str, name: &str) -> Result<Stub, NoAnswer> {
    env.durable_object(binding).and_then(|namespace| namespace.get_by_name(name)).map_err(|_| NoAnswer)
}

/// Posts a text to a path of an object; gives status and text of its answer.
pub async fn post(stub: &Stub, path: &str, body: &str) -> Result<(u16, String), NoAnswer> {
    let url = format!("https://object{path}");
    let request = request::build("POST", &url, &[], Some(body)).map_err(|_| NoAnswer)?;
    let mut answer = stub.fetch_with_request(request).await.map_err(|_| NoAnswer)?;
    let status = answer.status_code();
    Ok((status, answer.text().await.map_err(|_| NoAnswer)?))
}
