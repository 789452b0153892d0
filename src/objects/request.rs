//! How one object is asked by another part of the Worker: `POST /call/NAME`, a typed request as JSON in, a typed reply or a
//! [`Refusal`] out. Nothing is proxied: what is not in an object's list of requests cannot be asked of it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Env, Request, Response, Stub};

use super::Refusal;
use crate::platform::object;

/// A class of Durable Objects.
pub trait ObjectClass {
    /// Name of its binding in `wrangler.toml`.
    const BINDING: &'static str;
}

/// A request that objects of the class `C` answer.
pub trait ObjectRequest<C: ObjectClass>: Serialize + DeserializeOwned {
    /// What it is called on the way.
    const NAME: &'static str;
    /// What it is answered with.
    type Reply: Serialize + DeserializeOwned;
}

/// Asks the object of that name.
///
/// Errors: the object's own refusal, or 503 when it cannot be reached or does not answer as agreed.
pub async fn ask<C: ObjectClass, R: ObjectRequest<C>>(env: &Env, name: &str, request: &R) -> Result<R::Reply, Refusal> {
    let body = serde_json::to_string(request).map_err(|_| unavailable("call_unwritable"))?;
    let stub = stub::<C>(env, name)?;
    let (status, text) = object::post(&stub, &format!("{PATH}{}", R::NAME), &body)
        .await
        .map_err(|_| unavailable("object_unreachable"))?;
    if status == 200 {
        serde_json::from_str(&text).map_err(|_| unavailable("object_reply_unreadable"))
    } else {
        Err(refused(&text))
    }
}

/// Passes a request of a client on to the object of that name: a socket's upgrade, a streamed answer.
///
/// Errors: 503 when the object cannot be reached.
pub async fn forward<C: ObjectClass>(env: &Env, name: &str, request: Request) -> Result<Response, Refusal> {
    let stub = stub::<C>(env, name)?;
    stub.fetch_with_request(request).await.map_err(|_| unavailable("object_unreachable"))
}

fn stub<C: ObjectClass>(env: &Env, name: &str) -> Result<Stub, Refusal> {
    object::stub(env, C::BINDING, name).map_err(|_| unavailable("binding_unavailable"))
}

/// An object's own refusal, out of an answer that is not 200.
pub fn refused(text: &str) -> Refusal {
    serde_json::from_str(text).unwrap_or_else(|_| unavailable("object_failed"))
}

/// Takes a request to an object apart: its name and its JSON.
pub async fn read_call(mut request: Request) -> Result<(String, String), Refusal> {
    let name = request.path().strip_prefix(PATH).map(str::to_owned).ok_or_else(unreadable)?;
    let body = request.text().await.map_err(|_| unreadable())?;
    Ok((name, body))
}

/// Reads the JSON of a request to an object.
pub fn read_request<R: DeserializeOwned>(body: &str) -> Result<R, Refusal> {
    serde_json::from_str(body).map_err(|_| unreadable())
}

/// Writes an object's reply.
pub fn write_reply(reply: &impl Serialize) -> Result<String, Refusal> {
    serde_json::to_string(reply).map_err(|_| Refusal::internal("reply_unwritable"))
}

/// The refusal of a request that the object does not know.
pub fn unreadable() -> Refusal {
    Refusal::new(400, "call_unreadable", "This object does not know such a request.")
}

/// An object's answer: a reply that was written, or a refusal.
pub fn respond(result: Result<String, Refusal>) -> worker::Result<Response> {
    match result {
        Ok(reply) => Response::ok(reply),
        Err(refusal) => {
            // A status that is no error, or that forbids a body, would be misread or panic in `worker`.
            let status = if (400..=599).contains(&refusal.status) { refusal.status } else { 500 };
            Ok(Response::ok(serde_json::to_string(&refusal)?)?.with_status(status))
        }
    }
}

/// Carries out the request `$name` with the JSON `$body`: reads it, has it answered for `$object`, writes the reply. `$requests`
/// is the list of all that the object answers, each an `$answers`.
macro_rules! dispatch {
    ($name:expr, $body:expr, $object:expr, $answers:path: [$($request:ty),* $(,)?]) => {
        match $name {
            $(<$request as $answers>::NAME => {
                let request: $request = $crate::objects::read_request($body)?;
                $crate::objects::write_reply(&request.answer($object).await?)
            })*
            _ => Err($crate::objects::unreadable()),
        }
    };
}
pub(crate) use dispatch;

const PATH: &str = "/call/";

fn unavailable(code: &str) -> Refusal {
    Refusal::new(503, code, "This does not work at the moment. Please try again.")
}
