//! The ports on Cloudflare.

use std::rc::Rc;

use deputy_auth0::{Jwk, SignatureVerifier, VerifierError};
use deputy_http::{Request, Response, TransportError};
use serde::de::DeserializeOwned;
use worker::{Env, State};

use super::fetch::{self, Limits};
use super::kv::Vault;
use super::later::later;
use super::outside::Outside;
use super::ports::{Bind, Clock, KeyValue, Network, Random, Sql, SqlError};
use super::random::{self, NoRandomness};
use super::sql::Database;
use super::{clock, log};

/// The [ports](super::ports) on Cloudflare, for one Durable Object.
#[derive(Clone)]
pub struct WorkerPorts {
    /// The object.
    pub state: Rc<State>,
    /// Bindings.
    pub env: Env,
    database: Database,
    vault: Vault,
}

impl WorkerPorts {
    /// What this object runs on.
    pub fn new(state: Rc<State>, env: Env) -> Self {
        Self { database: Database::of(&state), vault: Vault::of(&env), state, env }
    }

    /// Works on after the answer.
    pub fn later(&self, work: impl Future<Output = ()> + 'static) {
        later(&self.state, work);
    }

    /// Sends a request whose answer nobody waits for; a failure is logged.
    pub async fn send_and_forget(&self, request: Request) {
        let host = fetch::host_of(request.uri());
        if !fetch::send(request, Limits::default()).await.is_ok_and(|answer| answer.status().is_success()) {
            log::note(log::Level::Warn, "later_request_failed", None, Some(&host));
        }
    }
}

impl Sql for WorkerPorts {
    fn rows<T: DeserializeOwned>(&self, query: &str, binds: &[Bind<'_>]) -> Result<Vec<T>, SqlError> {
        self.database.rows(query, binds)
    }

    fn exec(&self, query: &str, binds: &[Bind<'_>]) -> Result<(), SqlError> {
        self.database.exec(query, binds)
    }
}

impl SignatureVerifier for WorkerPorts {
    async fn verify(&self, key: &Jwk, signing_input: &[u8], signature: &[u8]) -> Result<bool, VerifierError> {
        Outside.verify(key, signing_input, signature).await
    }
}

impl Clock for WorkerPorts {
    fn now(&self) -> u64 {
        clock::now_ms()
    }

    async fn sleep(&self, ms: u64) {
        clock::sleep(ms).await;
    }
}

impl Random for WorkerPorts {
    fn random<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        random::bytes()
    }
}

impl Network for WorkerPorts {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        fetch::send(request, Limits::default()).await
    }
}

impl KeyValue for WorkerPorts {
    async fn get(&self, key: &str) -> Option<String> {
        self.vault.get(key).await
    }

    fn put_later(&self, key: String, value: String, ttl_seconds: u64) {
        let vault = self.vault.clone();
        self.later(async move { vault.put(&key, value, ttl_seconds).await });
    }
}
