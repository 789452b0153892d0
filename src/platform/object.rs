use deputy_http::FromJsonOwned;
use serde::Serialize;
use worker::Env;

use super::answer::{Answer, text_of};
use super::bindings::{RawFetcher, RawNamespace};
use super::{env, request};
use crate::account::call::Refusal;

/// The object of that name behind a binding (`CHAT`, `ACCOUNT`).
pub fn stub(env: &Env, binding: &str, name: &str) -> Result<RawFetcher, Refusal> {
    let namespace: Option<RawNamespace> = env::binding(env, binding);
    namespace.and_then(|namespace| namespace.get_by_name(name).ok()).ok_or_else(|| unavailable("binding_unavailable"))
}

/// Asks an object: one typed call as JSON, one typed reply.
///
/// Errors: the object's own [`Refusal`], or 503 when it cannot be reached or does not answer as agreed.
pub async fn call<Reply: FromJsonOwned>(stub: &RawFetcher, call: &impl Serialize) -> Result<Reply, Refusal> {
    read(&exchange(stub, deputy_http::write_json(call)).await?)
}

/// Sends a written call; gives the reply as JSON. Not generic: the compiler makes one of it, not one for every reply.
pub async fn exchange(stub: &RawFetcher, call: String) -> Result<String, Refusal> {
    let answered = async {
        let answer = request::ask(stub, "POST", "https://object/call", &[], Some(&call)).await.ok()?;
        Some((answer.status(), text_of(&answer).await?))
    };
    match answered.await {
        Some((200, text)) => Ok(text),
        Some((_, text)) => Err(refusal(&text)),
        None => Err(unavailable("object_unreachable")),
    }
}

/// An object's own refusal, out of an answer that is not 200.
pub fn refusal(text: &str) -> Refusal {
    deputy_http::read_json(text.as_bytes()).unwrap_or_else(|_| unavailable("object_failed"))
}

/// Reads a reply.
pub fn read<Reply: FromJsonOwned>(reply: &str) -> Result<Reply, Refusal> {
    deputy_http::read_json(reply.as_bytes()).map_err(|_| unavailable("object_reply_unreadable"))
}

/// The other side of [`call`]: a reply, written already, or a refusal.
pub fn answer(result: Result<String, Refusal>) -> Answer {
    match result {
        Ok(reply) => Answer::text(200, &reply, TEXT),
        // A status that is no error, or that forbids a body, would be misread.
        Err(refusal) => Answer::text(refusal.error_status(), &deputy_http::write_json(&refusal), TEXT),
    }
}

const TEXT: &str = "text/plain; charset=utf-8";

fn unavailable(code: &str) -> Refusal {
    Refusal::new(503, code, "This does not work at the moment. Please try again.")
}
