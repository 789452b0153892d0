//! How one object is asked by another part of the Worker: a remote procedure call of its method `call`, with the name of a typed
//! request and its JSON; a typed reply or a [`Refusal`] comes back. Nothing is proxied: what is not in an object's list of requests
//! cannot be asked of it.

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

/// A class whose objects hold sessions: their `call` takes one, and answers only if it is alive.
pub trait HoldsSessions: ObjectClass {}

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
    call::<C, R>(env, name, request, None).await
}

/// As [`ask`], for somebody who holds that session of the object.
pub async fn ask_in_session<C: HoldsSessions, R: ObjectRequest<C>>(
    env: &Env,
    name: &str,
    request: &R,
    session: &str,
) -> Result<R::Reply, Refusal> {
    call::<C, R>(env, name, request, Some(session)).await
}

async fn call<C: ObjectClass, R: ObjectRequest<C>>(
    env: &Env,
    name: &str,
    request: &R,
    session: Option<&str>,
) -> Result<R::Reply, Refusal> {
    let body = serde_json::to_string(request).map_err(|_| unavailable("call_unwritable"))?;
    let stub = stub::<C>(env, name)?;
    let answer = object::call(stub, R::NAME, &body, session).await.map_err(|_| unavailable("object_unreachable"))?;
    match answer.strip_prefix(REFUSED) {
        None => serde_json::from_str(&answer).map_err(|_| unavailable("object_reply_unreadable")),
        Some(refusal) => Err(refused(refusal)),
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

/// An object's own refusal, out of its text.
pub fn refused(text: &str) -> Refusal {
    serde_json::from_str(text).unwrap_or_else(|_| unavailable("object_failed"))
}

/// What an object's `call` gives back: the reply that was written, or the refusal.
pub fn answered(result: Result<String, Refusal>) -> String {
    result.unwrap_or_else(|refusal| format!("{REFUSED}{}", deputy_http::json::write(&refusal)))
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

/// A refusal as the response to what was passed on with [`forward`].
pub fn refusal_response(refusal: &Refusal) -> worker::Result<Response> {
    // A status that is no error, or that forbids a body, would be misread or panic in `worker`.
    let status = if (400..=599).contains(&refusal.status) { refusal.status } else { 500 };
    Ok(Response::ok(deputy_http::json::write(refusal))?.with_status(status))
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

/// What a refusal begins with; no JSON does.
const REFUSED: char = '!';

fn unavailable(code: &str) -> Refusal {
    Refusal::new(503, code, "This does not work at the moment. Please try again.")
}
