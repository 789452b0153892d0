use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Env, Method, RequestInit, Response, Stub};

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
    let body = serde_json::to_string(call).map_err(|_| unavailable("call_unwritable"))?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(body.into()));
    let request =
        worker::Request::new_with_init("https://object/call", &init).map_err(|_| unavailable("call_unwritable"))?;
    let mut answer = stub.fetch_with_request(request).await.map_err(|_| unavailable("object_unreachable"))?;
    let status = answer.status_code();
    let bytes = answer.bytes().await.map_err(|_| unavailable("object_unreachable"))?;
    if status == 200 {
        return serde_json::from_slice(&bytes).map_err(|_| unavailable("object_reply_unreadable"));
    }
    Err(serde_json::from_slice(&bytes).unwrap_or_else(|_| unavailable("object_failed")))
}

/// The other side of [`call`]: a reply or a refusal as a response.
pub fn answer(result: Result<impl Serialize, Refusal>) -> worker::Result<Response> {
    match result {
        Ok(reply) => Response::from_json(&reply),
        Err(refusal) => {
            // A status that is no error, or that forbids a body, would be misread or panic in `worker`.
            let status = if (400..=599).contains(&refusal.status) { refusal.status } else { 500 };
            Ok(Response::from_json(&refusal)?.with_status(status))
        }
    }
}

fn unavailable(code: &str) -> Refusal {
    Refusal {
        status: 503,
        code: code.to_owned(),
        message: "This does not work at the moment. Please try again.".to_owned(),
    }
}
