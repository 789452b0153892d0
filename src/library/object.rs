// The macros write methods without documentation.
#![allow(missing_docs)]

use std::cell::OnceCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use wasm_bindgen::prelude::wasm_bindgen;
use worker::{DurableObject, Env, State, durable_object};

use super::core::{Core, Ports};
use super::dispatch::dispatch;
use super::requests::LibraryRequest;
use crate::config::Settings;
use crate::objects::{self, ObjectClass, ObjectRequest, Refusal};
use crate::platform::clock;
use crate::platform::log::{Level, note};
use crate::platform::sql::Database;
use crate::platform::worker_ports::WorkerPorts;

/// The library object. What it answers is listed in [`requests`](super::requests).
#[durable_object(alarm)]
pub struct Library {
    inner: AssertUnwindSafe<Inner>,
}

struct Inner {
    state: Rc<State>,
    env: Env,
    core: OnceCell<Rc<Core<WorkerPorts>>>,
}

/// Asks the library of that name: [`library_of`](super::library_of).
///
/// Errors: the library's own refusal, or 503 when it cannot be reached.
pub async fn ask<R: LibraryRequest>(env: &Env, library: &str, request: &R) -> Result<R::Reply, Refusal> {
    objects::ask::<Library, R>(env, library, request).await
}

impl ObjectClass for Library {
    const BINDING: &'static str = "LIBRARY";
}

impl<R: LibraryRequest> ObjectRequest<Library> for R {
    const NAME: &'static str = R::NAME;
    type Reply = R::Reply;
}

#[wasm_bindgen]
impl Library {
    pub async fn call(&self, name: String, body: String) -> String {
        AssertUnwindSafe(async { objects::answered(self.inner.answer(&name, &body).await) }).await
    }
}

impl DurableObject for Library {
    fn new(state: State, env: Env) -> Self {
        Self { inner: AssertUnwindSafe(Inner { state: Rc::new(state), env, core: OnceCell::new() }) }
    }

    async fn fetch(&self, _: worker::Request) -> worker::Result<worker::Response> {
        objects::refusal_response(&objects::unreadable())
    }

    async fn alarm(&self) -> worker::Result<worker::Response> {
        // What could not be done is due again, at a time that is set.
        if let Ok(core) = self.inner.core() {
            let _ = core.tend().await;
        }
        worker::Response::empty()
    }
}

impl Inner {
    async fn answer(&self, name: &str, body: &str) -> Result<String, Refusal> {
        let core = self.core()?;
        dispatch(&core, name, body).await
    }

    fn core(&self) -> Result<Rc<Core<WorkerPorts>>, Refusal> {
        if let Some(core) = self.core.get() {
            return Ok(core.clone());
        }
        let settings = Settings::of(&self.env)?;
        let core = Rc::new(Core::open(WorkerPorts::new(self.state.clone(), self.env.clone()), settings)?);
        Ok(self.core.get_or_init(|| core).clone())
    }
}

impl Ports for WorkerPorts {
    fn transaction(&self, work: &dyn Fn() -> Result<(), Refusal>) -> Result<(), Refusal> {
        Database::of(&self.state).transaction(&self.state, Refusal::from, work)
    }

    fn wake_at(&self, at: u64) {
        let state = self.state.clone();
        self.later(async move {
            let from_now = i64::try_from(at.saturating_sub(clock::now_ms())).unwrap_or(i64::MAX);
            if state.storage().set_alarm(from_now).await.is_err() {
                note(Level::Warn, "alarm_not_set", None, None);
            }
        });
    }
}
