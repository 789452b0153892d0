//! Cloudflare, as a chat sees it.

use std::rc::Rc;

use deputy_agent::{Marks, StoreError, VerifiedUser};
use deputy_http::{Request, Response, TransportError};
use deputy_models::{ModelError, ModelRequest};
use futures::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use worker::{Env, State, WebSocket};

use super::account::AccountObject;
use super::core::ports::{ModelStream, Owner, Platform, Socket};
use super::library::LibraryObject;
use super::model;
use crate::account::account_name;
use crate::config::Settings;
use crate::library::library_of;
use crate::platform::fetch::{self, Limits};
use crate::platform::later::later;
use crate::platform::ports::{Bind, Clock, Network, Random, Sql, SqlError};
use crate::platform::random::{self, NoRandomness};
use crate::platform::sql::Database;
use crate::platform::{clock, intl};

/// The platform of one chat object.
pub struct WorkerPlatform {
    state: Rc<State>,
    env: Env,
    settings: Rc<Settings>,
    database: Database,
}

impl WorkerPlatform {
    /// The platform of this object.
    pub fn new(state: Rc<State>, env: Env, settings: Rc<Settings>) -> Self {
        Self { database: Database::of(&state), state, env, settings }
    }
}

impl Platform for WorkerPlatform {
    type Socket = WebSocket;
    type Account = AccountObject;
    type Library = LibraryObject;

    fn sockets(&self) -> Vec<WebSocket> {
        self.state.get_websockets()
    }

    fn account(&self, owner: &Owner) -> AccountObject {
        let name = account_name(self.settings.tenant.issuer.as_str(), &owner.subject);
        AccountObject { env: self.env.clone(), name, chat: owner.chat.clone(), subject: owner.subject.clone() }
    }

    fn library(&self, user: &VerifiedUser) -> LibraryObject {
        LibraryObject { env: self.env.clone(), name: library_of(user) }
    }

    fn marks(&self) -> Marks {
        if self.settings.model.config.profile.marks { Marks::Member } else { Marks::Bare }
    }

    fn is_small(&self) -> bool {
        self.settings.model.config.profile.small
    }

    async fn open_model(&self, request: &ModelRequest) -> Result<ModelStream, ModelError> {
        model::open(&self.env, &self.settings.model, request).await
    }

    fn zone_offset(&self, time_zone: &str, at: u64) -> Option<i32> {
        let plausible = intl::zone_name_is_plausible(time_zone);
        let minutes = plausible.then(|| intl::zone_offset_minutes(time_zone, at).ok()).flatten()?;
        Some(minutes.saturating_mul(60))
    }

    async fn set_alarm(&self, at: Option<u64>) -> bool {
        let storage = self.state.storage();
        let done = match at {
            Some(at) => {
                let from_now = at.saturating_sub(clock::now_ms());
                storage.set_alarm(i64::try_from(from_now).unwrap_or(i64::MAX)).await
            }
            None => storage.delete_alarm().await,
        };
        done.is_ok()
    }

    fn transaction(&self, work: &dyn Fn() -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.database.transaction(&self.state, |error| StoreError(error.0), work)
    }

    fn later(&self, work: LocalBoxFuture<'static, ()>) {
        later(&self.state, work);
    }
}

impl Socket for WebSocket {
    fn send(&self, frame: &str) {
        let _ = self.send_with_str(frame);
    }

    fn close(&self, code: u16, reason: &str) {
        let _ = WebSocket::close(self, Some(code), Some(reason));
    }

    fn keep(&self, attachment: &str) -> bool {
        // Text: the bridge that turns values into JavaScript ones would be compiled for this alone.
        self.serialize_attachment(attachment).is_ok()
    }

    fn kept(&self) -> Option<String> {
        self.deserialize_attachment::<String>().ok().flatten()
    }
}

impl Sql for WorkerPlatform {
    fn rows<T: DeserializeOwned>(&self, query: &str, binds: &[Bind<'_>]) -> Result<Vec<T>, SqlError> {
        self.database.rows(query, binds)
    }

    fn exec(&self, query: &str, binds: &[Bind<'_>]) -> Result<(), SqlError> {
        self.database.exec(query, binds)
    }
}

impl Clock for WorkerPlatform {
    fn now(&self) -> u64 {
        clock::now_ms()
    }

    async fn sleep(&self, ms: u64) {
        clock::sleep(ms).await;
    }
}

impl Random for WorkerPlatform {
    fn random<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        random::bytes()
    }
}

impl Network for WorkerPlatform {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        fetch::send(request, Limits::default()).await
    }
}
