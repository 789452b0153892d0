//! Workers AI.

use deputy_http::TransportError;
use futures::Stream;
use futures::future::{Either, select};
use js_sys::{JSON, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::{AbortSignal, Env};

use super::bindings::RawAi;
use super::clock::sleep;
use super::fetch;

/// Whom errors name: the binding has no host.
const NAME: &str = "Workers AI";

/// Why the binding gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AiError {
    /// No binding `AI` is declared.
    NotBound,
    /// It threw: the words, which begin with a code.
    Thrown(String),
    /// No answer in time.
    Transport(TransportError),
}

/// `env.AI.run(model, input)`, `input` as JSON. The answer's body is an event stream as it comes, or JSON; dropping it ends it, `abort`
/// too. The first of it must be there within `head_timeout_ms`.
///
/// A stand-in for the binding (a `WorkerEntrypoint` with the same method) does as well: its type is not asked.
pub async fn run(
    env: &Env,
    model: &str,
    input: &str,
    abort: &AbortSignal,
    head_timeout_ms: u64,
) -> Result<http::Response<impl Stream<Item = Result<Vec<u8>, TransportError>> + Unpin + use<>>, AiError> {
    let begun = begin(env, model, input)?;
    let deadline = Box::pin(sleep(head_timeout_ms));
    let output = match select(JsFuture::from(begun), deadline).await {
        Either::Left((output, _)) => output.map_err(thrown)?,
        Either::Right(_) => return Err(AiError::Transport(TransportError::TimedOut { host: NAME.to_owned() })),
    };
    let response = response(output)?;
    fetch::streaming(worker::Response::from(response), NAME, abort).map_err(AiError::Transport)
}

fn begin(env: &Env, model: &str, input: &str) -> Result<Promise, AiError> {
    let binding = Reflect::get(env, &JsValue::from_str("AI")).ok().filter(|binding| !binding.is_falsy());
    let binding: RawAi = binding.ok_or(AiError::NotBound)?.unchecked_into();
    binding.run(model, &JSON::parse(input).map_err(thrown)?).map_err(thrown)
}

/// What is there already is read like what is still to come.
fn response(output: JsValue) -> Result<web_sys::Response, AiError> {
    if let Some(stream) = output.dyn_ref::<web_sys::ReadableStream>() {
        return web_sys::Response::new_with_opt_readable_stream(Some(stream)).map_err(thrown);
    }
    if output.is_instance_of::<web_sys::Response>() {
        return Ok(output.unchecked_into());
    }
    let json = JSON::stringify(&output).map_err(thrown)?;
    web_sys::Response::new_with_opt_str(json.as_string().as_deref()).map_err(thrown)
}

fn thrown(error: JsValue) -> AiError {
    let message = Reflect::get(&error, &JsValue::from_str("message")).ok().and_then(|message| message.as_string());
    AiError::Thrown(message.or_else(|| error.as_string()).unwrap_or_default())
}
