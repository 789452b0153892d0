//! The Durable Object class `Chat`: events of the platform, handed to the parts that know what they mean.
#![allow(missing_docs, reason = "the attribute macro makes methods without docs")]

use std::cell::OnceCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use futures::StreamExt;
use worker::{
    DurableObject, Env, Method, Request, Response, ResponseBody, State, WebSocket, WebSocketIncomingMessage,
    WebSocketPair, WebSocketRequestResponsePair, durable_object,
};

use super::core::Core;
use super::identity::{IDENTITY_HEADER, Identity};
use super::requests::{ChatRequest, dispatch};
use super::worker_platform::WorkerPlatform;
use crate::config::Settings;
use crate::objects::{self, ObjectClass, ObjectRequest, Refusal};
use crate::platform::log::{Level, note};

/// A chat that cannot be opened is tried again after this time, milliseconds.
const LOOK_AGAIN_MS: i64 = 600_000;

/// One chat.
#[durable_object]
pub struct Chat {
    inner: AssertUnwindSafe<Inner>,
}

struct Inner {
    state: Rc<State>,
    env: Env,
    core: OnceCell<Rc<Core<WorkerPlatform>>>,
}

/// Asks the chat of that id.
///
/// Errors: the chat's own refusal, or 503 when it cannot be reached.
pub async fn ask<R: ChatRequest>(env: &Env, chat: &str, request: &R) -> Result<R::Reply, Refusal> {
    objects::ask::<Chat, R>(env, chat, request).await
}

impl ObjectClass for Chat {
    const BINDING: &'static str = "CHAT";
}

impl<R: ChatRequest> ObjectRequest<Chat> for R {
    const NAME: &'static str = R::NAME;
    type Reply = R::Reply;
}

impl Inner {
    /// The chat at work. Its log is read when it is first needed, and what was left unfinished goes on.
    fn core(&self) -> Result<Rc<Core<WorkerPlatform>>, Refusal> {
        if let Some(core) = self.core.get() {
            return Ok(Rc::clone(core));
        }
        let settings = Settings::of(&self.env)?;
        let platform = WorkerPlatform::new(Rc::clone(&self.state), self.env.clone(), Rc::clone(&settings));
        let core = Core::open(platform, &settings)?;
        let core = Rc::clone(self.core.get_or_init(|| core));
        core.resume_work();
        Ok(core)
    }

    async fn handle(&self, mut request: Request) -> Result<Response, Refusal> {
        let core = self.core()?;
        match (request.method(), request.path().as_str()) {
            (Method::Get, "/socket") => {
                let identity = core.admit(identity(&request))?;
                self.open_socket(&core, &identity, &request)
            }
            (Method::Get, "/messages") => {
                core.admit(identity(&request))?;
                let response = Response::from_body(ResponseBody::Body(core.history().into_bytes())).map_err(failed)?;
                response.headers().set("content-type", "application/json").map_err(failed)?;
                Ok(response)
            }
            (Method::Get, "/stream") => {
                core.admit(identity(&request))?;
                match core.running_answer() {
                    Some(body) => Response::from_stream(body.map(Ok::<_, worker::Error>)).map_err(failed),
                    None => Ok(Response::empty().map_err(failed)?.with_status(204)),
                }
            }
            (Method::Post, "/turn") => {
                let identity = core.admit(identity(&request))?;
                let body = request.text().await.map_err(failed)?;
                let body = core.post(&identity, &body)?;
                Response::from_stream(body.map(Ok::<_, worker::Error>)).map_err(failed)
            }
            _ => {
                let (name, body) = objects::read_call(request).await?;
                objects::respond(Ok(dispatch(&core, &name, &body).await?)).map_err(failed)
            }
        }
    }

    fn open_socket(
        &self,
        core: &Rc<Core<WorkerPlatform>>,
        identity: &Identity,
        request: &Request,
    ) -> Result<Response, Refusal> {
        let url = request.inner().url();
        let query = url.split_once('?').map(|(_, query)| deputy_http::parse_query(query)).unwrap_or_default();
        let connection = query.into_iter().find(|(name, _)| name == "_pk").map(|(_, value)| value);
        let WebSocketPair { client, server } = WebSocketPair::new().map_err(failed)?;
        self.state.accept_web_socket(&server);
        core.open_socket(server, identity, connection)?;
        Response::from_websocket(client).map_err(failed)
    }
}

impl DurableObject for Chat {
    fn new(state: State, env: Env) -> Self {
        // Pings are answered without waking the object, so an idle chat costs nothing.
        if let Ok(pair) = WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        Self { inner: AssertUnwindSafe(Inner { state: Rc::new(state), env, core: OnceCell::new() }) }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        match self.inner.handle(request).await {
            Ok(response) => Ok(response),
            Err(refusal) => objects::respond(Err(refusal)),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        match self.inner.core() {
            Ok(core) => core.alarm().await,
            Err(refusal) => {
                note(Level::Error, "chat_alarm", Some(&refusal.code), None);
                // What is due stays due until the chat can be opened.
                let _ = self.inner.state.storage().set_alarm(LOOK_AGAIN_MS).await;
            }
        }
        Response::empty()
    }

    async fn websocket_message(&self, ws: WebSocket, message: WebSocketIncomingMessage) -> worker::Result<()> {
        let Ok(core) = self.inner.core() else { return Ok(()) };
        match message {
            WebSocketIncomingMessage::String(text) => core.message(&ws, &text).await,
            // With newer compatibility dates the platform hands over a Blob, of which nothing is seen here but that it is no text.
            WebSocketIncomingMessage::Binary(_) => core.binary_message(&ws),
        }
        Ok(())
    }

    async fn websocket_close(&self, ws: WebSocket, code: usize, reason: String, _clean: bool) -> worker::Result<()> {
        if let Ok(core) = self.inner.core() {
            core.forget_socket(&ws);
        }
        // Echoed, or clients hang in CLOSING and report 1006; 1005, 1006 and 1015 must not be sent (RFC 6455, 7.4.1).
        let code = u16::try_from(code).ok().filter(|code| !matches!(code, 1005 | 1006 | 1015));
        let _ = match code {
            Some(code) => ws.close(Some(code), Some(reason)),
            None => ws.close::<String>(None, None),
        };
        Ok(())
    }

    async fn websocket_error(&self, ws: WebSocket, _error: worker::Error) -> worker::Result<()> {
        if let Ok(core) = self.inner.core() {
            core.forget_socket(&ws);
        }
        Ok(())
    }
}

/// The caller, as the edge verified it.
fn identity(request: &Request) -> Option<Identity> {
    let header = request.headers().get(IDENTITY_HEADER).ok().flatten()?;
    deputy_http::json::read(header.as_bytes()).ok()
}

fn failed(_: worker::Error) -> Refusal {
    Refusal::new(500, "chat_failed", "This chat could not answer.")
}
