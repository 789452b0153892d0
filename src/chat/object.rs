//! The Durable Object class `Chat`: events of the platform, handed to the parts that know what they mean.
#![allow(missing_docs, reason = "the attribute macro makes methods without docs")]

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use deputy_agent::{Driver, Ports};
use deputy_wire::{Generation, outbound};
use futures::StreamExt;
use worker::{
    DurableObject, Env, Method, Request, Response, State, WebSocket, WebSocketIncomingMessage,
    WebSocketRequestResponsePair, durable_object,
};

use super::identity::{IDENTITY_HEADER, Identity};
use super::requests::dispatch;
use super::world::World;
use super::{alarm, frames, post, resume};
use crate::config::Settings;
use crate::objects::{self, Refusal};
use crate::platform::clock;
use crate::platform::later::later;
use crate::platform::log::{Level, Line};
use crate::tools;

/// One chat.
#[durable_object]
pub struct Chat {
    inner: AssertUnwindSafe<Rc<Inner>>,
}

struct Inner {
    state: Rc<State>,
    env: Env,
    driver: RefCell<Option<Rc<Driver<World>>>>,
}

impl Inner {
    /// The chat at work. Its log is read when it is first needed, and what was left unfinished goes on.
    fn driver(self: &Rc<Self>) -> Result<Rc<Driver<World>>, Refusal> {
        if let Some(driver) = self.driver.borrow().as_ref() {
            return Ok(Rc::clone(driver));
        }
        let settings = Settings::of(&self.env)?;
        let unreadable = |error: deputy_agent::StoreError| {
            Line { code: Some("chat_unreadable"), detail: Some(&error.0), ..Line::new(Level::Error, "chat") }.write();
            refusal(500, "chat_unreadable", "This chat cannot be read at the moment.")
        };
        let world = World::open(Rc::clone(&self.state), self.env.clone(), settings).map_err(unreadable)?;
        let log = world.log.load().map_err(unreadable)?;
        let account = world.owner.borrow().clone().unwrap_or_default();
        let tools = tools::registry_with(&world.settings.providers, &world.settings.connection_tools);
        let driver = Rc::new(Driver::new(world, tools, account, log).map_err(unreadable)?);
        *self.driver.borrow_mut() = Some(Rc::clone(&driver));
        if driver.has_work() {
            self.drive_later(&driver);
        }
        Ok(driver)
    }

    fn drive_later(&self, driver: &Rc<Driver<World>>) {
        let driver = Rc::clone(driver);
        later(&self.state, async move { frames::drive(&driver).await });
    }

    /// The caller, as the edge verified it. The first one is the owner; nobody else ever gets in (CF-08).
    fn owner(&self, driver: &Driver<World>, request: &Request) -> Result<Identity, Refusal> {
        let header = request.headers().get(IDENTITY_HEADER).ok().flatten();
        let identity: Option<Identity> = header.and_then(|text| serde_json::from_str(&text).ok());
        let Some(identity) = identity.filter(|identity| !identity.sub.is_empty() && identity.exp > clock::now_ms())
        else {
            return Err(refusal(401, "unauthenticated", "Unauthorized"));
        };
        let world = driver.ports();
        let owner = world.owner.borrow().clone();
        match owner {
            Some(owner) if owner == identity.sub => Ok(identity),
            Some(_) => Err(refusal(403, "not_yours", "This chat is not yours.")),
            None => {
                for (key, value) in [("owner", &identity.sub), ("chat", &identity.chat)] {
                    objects::set_meta(world.log.sql(), key, value)
                        .map_err(|_| refusal(500, "chat_store", "This chat could not be opened."))?;
                }
                *world.owner.borrow_mut() = Some(identity.sub.clone());
                identity.chat.clone_into(&mut world.chat.borrow_mut());
                driver.set_account(&identity.sub);
                Ok(identity)
            }
        }
    }

    async fn handle(self: &Rc<Self>, mut request: Request) -> Result<Response, Refusal> {
        let driver = self.driver()?;
        let failed = |_| refusal(500, "chat_failed", "This chat could not answer.");
        match (request.method(), request.path().as_str()) {
            (Method::Get, "/socket") => {
                let identity = self.owner(&driver, &request)?;
                self.open_socket(&driver, &identity, &request).map_err(failed)
            }
            (Method::Get, "/messages") => {
                self.owner(&driver, &request)?;
                resume::history_read(&driver);
                let body = outbound::ui_messages(&driver.state().transcript(), Generation::Agents2);
                let response = Response::from_body(worker::ResponseBody::Body(body.into_bytes())).map_err(failed)?;
                response.headers().set("content-type", "application/json").map_err(failed)?;
                Ok(response)
            }
            (Method::Post, "/turn") => {
                let identity = self.owner(&driver, &request)?;
                let body = request.text().await.map_err(failed)?;
                let post::Begun { body, request, first } = post::begin(&driver, &identity, &body)?;
                later(&self.state, async move { frames::run(&driver, &request, first).await });
                Response::from_stream(body.map(Ok::<_, worker::Error>)).map_err(failed)
            }
            _ => {
                let (name, body) = objects::read_call(request).await?;
                let reply = dispatch(&driver, &name, &body).await?;
                if driver.has_work() {
                    self.drive_later(&driver);
                }
                objects::respond(Ok(reply)).map_err(failed)
            }
        }
    }

    fn open_socket(
        &self,
        driver: &Rc<Driver<World>>,
        identity: &Identity,
        request: &Request,
    ) -> worker::Result<Response> {
        let world = driver.ports();
        let url = request.inner().url();
        let query = url.split_once('?').map(|(_, query)| deputy_http::parse_query(query)).unwrap_or_default();
        let connection = query.into_iter().find(|(name, _)| name == "_pk").map(|(_, value)| value);
        let connection = connection.filter(|id| !id.is_empty() && id.len() <= 128).unwrap_or_else(|| world.id());
        let (response, socket) = world.sockets.accept(identity, connection, world.id())?;
        resume::hold(driver, &socket);
        resume::tell_silent_pages(driver);
        socket.send(&outbound::identity(&world.chat_id()));
        socket.send(&outbound::mcp_servers());
        Ok(response)
    }
}

impl DurableObject for Chat {
    fn new(state: State, env: Env) -> Self {
        // Pings are answered without waking the object, so an idle chat costs nothing.
        if let Ok(pair) = WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        Self { inner: AssertUnwindSafe(Rc::new(Inner { state: Rc::new(state), env, driver: RefCell::default() })) }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        match self.inner.handle(request).await {
            Ok(response) => Ok(response),
            Err(refusal) => objects::respond(Err(refusal)),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        match self.inner.driver() {
            Ok(driver) => alarm::run(&driver).await,
            Err(refusal) => Line { code: Some(&refusal.code), ..Line::new(Level::Error, "chat_alarm") }.write(),
        }
        Response::empty()
    }

    async fn websocket_message(&self, ws: WebSocket, message: WebSocketIncomingMessage) -> worker::Result<()> {
        let Ok(driver) = self.inner.driver() else { return Ok(()) };
        let world = driver.ports();
        let Some(socket) = world.sockets.find(&ws) else { return Ok(()) };
        if socket.attachment().exp <= world.now() {
            world.sockets.close_where("Unauthorized", &|open| open.exp <= world.now());
            return Ok(());
        }
        if let WebSocketIncomingMessage::String(text) = message {
            frames::handle(&driver, &socket, &text).await;
        }
        Ok(())
    }

    async fn websocket_close(&self, ws: WebSocket, code: usize, reason: String, _clean: bool) -> worker::Result<()> {
        if let Ok(driver) = self.inner.driver() {
            driver.ports().sockets.forget(&ws);
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
        if let Ok(driver) = self.inner.driver() {
            driver.ports().sockets.forget(&ws);
        }
        Ok(())
    }
}

fn refusal(status: u16, code: &str, message: &str) -> Refusal {
    Refusal::new(status, code, message)
}
