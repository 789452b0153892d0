// The macros write methods without documentation.
#![allow(missing_docs)]

use std::borrow::Cow;
use std::cell::OnceCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use deputy_auth0::{Tenant, revoke_request};
use deputy_http::{Request, Secret, TransportError};
use deputy_mcp::client::BodyStream;
use futures::StreamExt as _;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{AbortController, DurableObject, Env, State, durable_object};

use super::core::{Core, Ports};
use super::events::{ChatEvent, Listeners};
use super::request::AccountRequest;
use super::requests::answer;
use crate::config::Settings;
use crate::objects::{self, HoldsSessions, ObjectClass, ObjectRequest, Refusal};
use crate::platform::client_proof;
use crate::platform::fetch;
use crate::platform::log::{Level, note};
use crate::platform::worker_ports::WorkerPorts;

/// The account object. What it answers is listed in [`requests`](super::requests).
#[durable_object(fetch)]
pub struct Account {
    inner: AssertUnwindSafe<Inner>,
}

struct Inner {
    state: Rc<State>,
    env: Env,
    core: OnceCell<Rc<Core<WorkerPorts>>>,
}

/// Asks the account of that name: [`account_name`](super::account_name), or as a session cookie carries it.
///
/// Errors: the account's own refusal, or 503 when it cannot be reached.
pub async fn ask<R: AccountRequest>(env: &Env, account: &str, request: &R) -> Result<R::Reply, Refusal> {
    objects::ask::<Account, R>(env, account, request).await
}

/// As [`ask`], for somebody who holds that session of the account: one visit for both.
///
/// Errors: also 401 when the session is not alive.
pub async fn ask_in_session<R: AccountRequest>(
    env: &Env,
    account: &str,
    request: &R,
    session: &str,
) -> Result<R::Reply, Refusal> {
    objects::ask_in_session::<Account, R>(env, account, request, session).await
}

impl ObjectClass for Account {
    const BINDING: &'static str = "ACCOUNT";
}

impl HoldsSessions for Account {}

impl<R: AccountRequest> ObjectRequest<Account> for R {
    const NAME: &'static str = R::NAME;
    type Reply = R::Reply;
}

#[wasm_bindgen]
impl Account {
    pub async fn call(&self, name: String, body: String, session: Option<String>) -> String {
        AssertUnwindSafe(async { objects::answered(self.inner.answer(&name, &body, session.as_deref()).await) }).await
    }
}

impl DurableObject for Account {
    fn new(state: State, env: Env) -> Self {
        Self { inner: AssertUnwindSafe(Inner { state: Rc::new(state), env, core: OnceCell::new() }) }
    }

    async fn fetch(&self, _: worker::Request) -> worker::Result<worker::Response> {
        objects::refusal_response(&objects::unreadable())
    }
}

impl Inner {
    async fn answer(&self, name: &str, body: &str, session: Option<&str>) -> Result<String, Refusal> {
        let core = self.core()?;
        answer(&core, name, body, session).await
    }

    fn core(&self) -> Result<Rc<Core<WorkerPorts>>, Refusal> {
        if let Some(core) = self.core.get() {
            return Ok(core.clone());
        }
        let settings = Settings::of(&self.env)?;
        let name = self.state.id().name().ok_or_else(|| Refusal::internal("account_without_name"))?;
        let core = Rc::new(Core::open(WorkerPorts::new(self.state.clone(), self.env.clone()), settings, name)?);
        Ok(self.core.get_or_init(|| core).clone())
    }
}

impl Ports for WorkerPorts {
    async fn send_to_server(&self, request: Request) -> Result<http::Response<BodyStream>, TransportError> {
        const HEAD_TIMEOUT_MS: u64 = 60_000;
        let abort = AbortController::default();
        let answer = fetch::send_streaming(request, &abort.signal(), HEAD_TIMEOUT_MS).await?;
        Ok(answer.map(|body| body.boxed_local()))
    }

    async fn prepared<'a>(&self, settings: &'a Settings) -> Result<Cow<'a, Tenant>, Refusal> {
        Ok(client_proof::prepared(&settings.tenant, settings.client_key.as_ref()).await?)
    }

    fn revoke_later(&self, settings: Rc<Settings>, refresh_token: Secret) {
        let ports = self.clone();
        self.later(async move {
            let Ok(tenant) = ports.prepared(&settings).await else { return };
            ports.send_and_forget(revoke_request(&tenant, &refresh_token)).await;
        });
    }

    fn tell_later(&self, chat: String, event: ChatEvent) {
        let env = self.env.clone();
        self.later(async move {
            // Once more after a failure: objects restart on deploys. After that the chat learns it when it asks next.
            for _ in 0..2 {
                match objects::ask::<Listeners, _>(&env, &chat, &event).await {
                    Ok(()) => return,
                    Err(refusal) => note(Level::Warn, "chat_not_told", Some(&refusal.code), None),
                }
            }
        });
    }
}
