//! The Durable Object class `Chat`: events of the platform, handed to the parts that know what they mean.

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use deputy_agent::{Driver, Ports};
use deputy_wire::{Generation, outbound};
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::WebSocket;
use worker::Env;

use super::call::{ChatCall, IDENTITY_HEADER, Identity};
use super::world::World;
use super::{alarm, calls, frames, post, resume, store};
use crate::account::call::Refusal;
use crate::config::Settings;
use crate::platform::answer::Answer;
use crate::platform::bindings::RawState;
use crate::platform::boxed::boxed;
use crate::platform::inbound::Inbound;
use crate::platform::later::later;
use crate::platform::log::{Level, Line};
use crate::platform::outgoing::outgoing;
use crate::platform::promise::promise;
use crate::platform::state::State;
use crate::platform::{clock, object};
use crate::tools;

/// One chat.
#[wasm_bindgen]
pub struct Chat {
    inner: AssertUnwindSafe<Rc<Inner>>,
}

struct Inner {
    state: State,
    env: Env,
    driver: RefCell<Option<Rc<Driver<World>>>>,
}

impl Inner {
    /// The chat at work. Its log is read when it is first needed, and what was left unfinished goes on.
    fn driver(self: &Rc<Self>) -> Result<Rc<Driver<World>>, Refusal> {
        if let Some(driver) = self.driver.borrow().as_ref() {
            return Ok(Rc::clone(driver));
        }
        let settings = Settings::of(&self.env).map_err(|error| refusal(503, "settings", &error.to_string()))?;
        let unreadable = |error: deputy_agent::StoreError| {
            Line { code: Some("chat_unreadable"), detail: Some(&error.0), ..Line::new(Level::Error, "chat") }.write();
            refusal(500, "chat_unreadable", "This chat cannot be read at the moment.")
        };
        let world = World::open(self.state.clone(), self.env.clone(), settings).map_err(unreadable)?;
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
        later(&self.state, async move { calls::drive(&driver).await });
    }

    /// The caller, as the edge verified it. The first one is the owner; nobody else ever gets in (CF-08).
    fn owner(&self, driver: &Driver<World>, request: &Inbound) -> Result<Identity, Refusal> {
        let header = request.header(IDENTITY_HEADER);
        let identity: Option<Identity> = header.and_then(|text| deputy_http::read_json(text.as_bytes()).ok());
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
                    store::set_meta(world.log.sql(), key, value)
                        .map_err(|_| refusal(500, "chat_store", "This chat could not be opened."))?;
                }
                *world.owner.borrow_mut() = Some(identity.sub.clone());
                identity.chat.clone_into(&mut world.chat.borrow_mut());
                driver.set_account(&identity.sub);
                Ok(identity)
            }
        }
    }

    async fn handle(self: &Rc<Self>, request: &Inbound) -> Result<Answer, Refusal> {
        let driver = self.driver()?;
        let failed = || refusal(500, "chat_failed", "This chat could not answer.");
        match (request.method(), request.path().as_str()) {
            ("GET", "/socket") => {
                let identity = self.owner(&driver, request)?;
                self.open_socket(&driver, &identity, request).map_err(|_| failed())
            }
            ("GET", "/messages") => {
                self.owner(&driver, request)?;
                resume::history_read(&driver);
                let body = outbound::ui_messages(&driver.state().transcript(), Generation::Agents2);
                Ok(Answer::text(200, &body, "application/json"))
            }
            ("POST", "/turn") => {
                let identity = self.owner(&driver, request)?;
                let body = request.text().await.ok_or_else(failed)?;
                let post::Begun { body, request, first } = post::begin(&driver, &identity, &body)?;
                later(&self.state, async move { frames::run(&driver, &request, first).await });
                Ok(Answer::stream(Some(outgoing(body).map_err(|_| failed())?)))
            }
            ("POST", "/call") => {
                let body = request.text().await.ok_or_else(failed)?;
                let call: ChatCall = deputy_http::read_json(body.as_bytes())
                    .map_err(|_| refusal(400, "call_unreadable", "Unknown call."))?;
                let answer = boxed(calls::handle(&driver, call)).await;
                if answer.goes_on {
                    self.drive_later(&driver);
                }
                Ok(object::answer(Ok(answer.reply.to_string())))
            }
            _ => Err(refusal(404, "not_found", "Not found.")),
        }
    }

    #[inline(never)]
    fn open_socket(
        &self,
        driver: &Rc<Driver<World>>,
        identity: &Identity,
        request: &Inbound,
    ) -> Result<Answer, JsValue> {
        let world = driver.ports();
        let url = request.url();
        let query = url.split_once('?').map(|(_, query)| deputy_http::parse_query(query)).unwrap_or_default();
        let connection = query.into_iter().find(|(name, _)| name == "_pk").map(|(_, value)| value);
        let connection = connection.filter(|id| !id.is_empty() && id.len() <= 128).unwrap_or_else(|| world.id());
        let (answer, socket) = world.sockets.accept(identity, connection, world.id())?;
        resume::hold(driver, &socket);
        resume::tell_silent_pages(driver);
        socket.send(&outbound::identity(&world.chat_id()));
        socket.send(&outbound::mcp_servers());
        Ok(answer)
    }

    async fn take(self: &Rc<Self>, ws: &WebSocket, text: Option<String>) {
        let Ok(driver) = self.driver() else { return };
        let world = driver.ports();
        let Some(socket) = world.sockets.find(ws) else { return };
        if socket.attachment().exp <= world.now() {
            world.sockets.close_where("Unauthorized", &|open| open.exp <= world.now());
            return;
        }
        if let Some(text) = text {
            frames::handle(&driver, &socket, &text).await;
        }
    }

    fn forget(self: &Rc<Self>, ws: &WebSocket) {
        if let Ok(driver) = self.driver() {
            driver.ports().sockets.forget(ws);
        }
    }
}

#[wasm_bindgen]
impl Chat {
    /// The object, as the platform makes it.
    #[wasm_bindgen(constructor)]
    pub fn new(state: RawState, env: Env) -> Self {
        let state = State::new(state);
        // Pings are answered without waking the object, so an idle chat costs nothing.
        state.answer_asleep("ping", "pong");
        Self { inner: AssertUnwindSafe(Rc::new(Inner { state, env, driver: RefCell::default() })) }
    }

    /// A request: an upgrade, a list of messages, a turn, a call.
    pub fn fetch(&self, request: web_sys::Request) -> Promise {
        let inner = Rc::clone(&self.inner);
        promise(async move {
            let answer = inner.handle(&Inbound::new(request)).await;
            answer.unwrap_or_else(|refusal| object::answer(Err(refusal))).response()
        })
    }

    /// The alarm.
    pub fn alarm(&self) -> Promise {
        let inner = Rc::clone(&self.inner);
        promise(async move {
            match inner.driver() {
                Ok(driver) => alarm::run(&driver).await,
                Err(refusal) => Line { code: Some(&refusal.code), ..Line::new(Level::Error, "chat_alarm") }.write(),
            }
            Ok(JsValue::UNDEFINED)
        })
    }

    /// A frame. Those that are no text are not understood.
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn web_socket_message(&self, ws: WebSocket, message: JsValue) -> Promise {
        let inner = Rc::clone(&self.inner);
        promise(async move {
            inner.take(&ws, message.as_string()).await;
            Ok(JsValue::NULL)
        })
    }

    /// A socket is closed.
    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn web_socket_close(&self, ws: WebSocket, code: u32, reason: String, _clean: bool) -> Promise {
        let inner = Rc::clone(&self.inner);
        promise(async move {
            inner.forget(&ws);
            // Echoed, or clients hang in CLOSING and report 1006; 1005, 1006 and 1015 must not be sent (RFC 6455, 7.4.1).
            let code = u16::try_from(code).ok().filter(|code| !matches!(code, 1005 | 1006 | 1015));
            let _ = match code {
                Some(code) => ws.close_with_code_and_reason(code, &reason),
                None => ws.close(),
            };
            Ok(JsValue::NULL)
        })
    }

    /// A socket has failed.
    #[wasm_bindgen(js_name = webSocketError)]
    pub fn web_socket_error(&self, ws: WebSocket, _error: JsValue) -> Promise {
        let inner = Rc::clone(&self.inner);
        promise(async move {
            inner.forget(&ws);
            Ok(JsValue::NULL)
        })
    }
}

fn refusal(status: u16, code: &str, message: &str) -> Refusal {
    Refusal::new(status, code, message)
}
