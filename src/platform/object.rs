use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Env, Response, Stub};

use super::request;
use crate::account::call::Refusal;

/// The object of that name behind a binding (`CHAT`, `ACCOUNT`).
pub fn stub(env: &Env, binding: &str, name: &str) -> Result<Stub, Refusal> {
    env.durable_object(binding)
        .and_then(|namespace| namespace.get_by_name(name))
        .map_err(|_| unavailable("binding_unavailable"))
}

/// Asks an object: one typed call as JSON, one typed reply.
///
/// Errors: the object's own [`Refusal`], or 503 when it cannot be reached or does not answer as agreed.
pub async fn call<Reply: DeserializeOwned>(stub: &Stub, call: &impl Serialize) -> Result<Reply, Refusal> {
    read(&exchange(stub, deputy_http::json::write(call)).await?)
}

/// Sends a written call; gives the reply as JSON. Not generic: the compiler makes one of it, not one for every reply.
pub async fn exchange(stub: &Stub, call: String) -> Result<String, Refusal> {
    let request =
        request::build("POST", "https://object/call", &[], Some(&call)).map_err(|_| unavailable("call_unwritable"))?;
    let mut answer = stub.fetch_with_request(request).await.map_err(|_| unavailable("object_unreachable"))?;
    let status = answer.status_code();
    let text = answer.text().await.map_err(|_| unavailable("object_unreachable"))?;
    if status == 200 {
        return Ok(text);
    }
    Err(refusal(&text))
}

/// An object's own refusal, out of an answer that is not 200.
pub fn refusal(text: &str) -> Refusal {
    deputy_http::json::read(text.as_bytes()).unwrap_or_else(|_| unavailable("object_failed"))
}

/// Reads a reply.
pub fn read<Reply: DeserializeOwned>(reply: &str) -> Result<Reply, Refusal> {
    deputy_http::json::read(reply.as_bytes()).map_err(|_| unavailable("object_reply_unreadable"))
}

/// The other side of [`call`]: a reply or a refusal as a response.
pub fn answer(result: Result<impl Serialize, Refusal>) -> worker::Result<Response> {
    answer_text(result.map(|reply| deputy_http::json::write(&reply)))
}

/// [`answer`] for a reply that is JSON already.
pub fn answer_text(result: Result<String, Refusal>) -> worker::Result<Response> {
    match result {
        Ok(reply) => Response::ok(reply),
        Err(refusal) => {
            // A status that is no error, or that forbids a body, would be misread or panic in `worker`.
            let status = if (400..=599).contains(&refusal.status) { refusal.status } else { 500 };
            Ok(Response::ok(deputy_http::json::write(&refusal))?.with_status(status))
        }
    }
}

fn unavailable(code: &str) -> Refusal {
    Refusal::new(503, code, "This does not work at the moment. Please try again.")
}
