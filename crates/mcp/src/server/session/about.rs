use std::collections::BTreeMap;

use deputy_http::json::{read, write};
use serde::{Deserialize, Serialize};

use super::store::{SessionStore, StoreFailed};
use crate::protocol::{
    ClientCapabilities, Id, Implementation, InputResponse, LoggingLevel, Object, Request, Revision, ServerCapabilities,
};
use crate::server::offer::{Client, Inputs};

/// What a session remembers of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct About {
    /// Whose it is, as the shell names callers.
    pub owner: String,
    pub revision: Revision,
    pub capabilities: ClientCapabilities,
    pub implementation: Option<Implementation>,
    /// What was offered when it began.
    pub offered: ServerCapabilities,
    pub level: Option<LoggingLevel>,
    /// Addresses of resources whose changes are told.
    pub subscriptions: Vec<String>,
    /// The last number that a stream, or a request to the client, was given.
    pub last: u64,
}

const ABOUT: &str = "session";

impl About {
    pub fn load(store: &impl SessionStore) -> Result<Option<Self>, StoreFailed> {
        let text = store.document(ABOUT)?;
        text.map(|text| read(text.as_bytes()).map_err(|_| StoreFailed)).transpose()
    }

    pub fn keep(&self, store: &impl SessionStore) -> Result<(), StoreFailed> {
        store.keep(ABOUT, &write(self))
    }

    pub fn client(&self) -> Client {
        Client {
            revision: self.revision,
            capabilities: self.capabilities.clone(),
            implementation: self.implementation.clone(),
        }
    }
}

/// A request of the client that is not answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Call {
    pub id: Id,
    pub method: String,
    pub params: Object,
    /// What was asked of the client; none while the call runs.
    pub waits: Option<Waits>,
}

/// What a call waits for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Waits {
    pub state: Option<String>,
    /// By [`Id::key`] of the request to the client.
    pub asked: BTreeMap<String, Asked>,
    /// By the name that the offer gave.
    pub given: BTreeMap<String, InputResponse>,
}

/// A request to the client.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    pub name: String,
    pub method: String,
}

const CALLS: &str = "call/";

impl Call {
    pub fn of(request: Request) -> Self {
        Self { id: request.id, method: request.method, params: request.params, waits: None }
    }

    pub fn request(&self) -> Request {
        Request { id: self.id.clone(), method: self.method.clone(), params: self.params.clone() }
    }

    pub fn inputs(&self) -> Inputs {
        let Some(waits) = &self.waits else { return Inputs::default() };
        Inputs { responses: waits.given.clone(), state: waits.state.clone() }
    }

    pub fn load(store: &impl SessionStore, stream: u64) -> Result<Option<Self>, StoreFailed> {
        let text = store.document(&format!("{CALLS}{stream}"))?;
        text.map(|text| read(text.as_bytes()).map_err(|_| StoreFailed)).transpose()
    }

    /// How many there are.
    pub fn count(store: &impl SessionStore) -> Result<u64, StoreFailed> {
        store.count(CALLS)
    }

    /// Every one, with its stream.
    pub fn all(store: &impl SessionStore) -> Result<Vec<(u64, Self)>, StoreFailed> {
        let call = |(name, text): (String, String)| -> Result<(u64, Self), StoreFailed> {
            let stream = name.strip_prefix(CALLS).and_then(|stream| stream.parse().ok()).ok_or(StoreFailed)?;
            Ok((stream, read(text.as_bytes()).map_err(|_| StoreFailed)?))
        };
        store.documents(CALLS)?.into_iter().map(call).collect()
    }

    pub fn keep(&self, store: &impl SessionStore, stream: u64) -> Result<(), StoreFailed> {
        store.keep(&format!("{CALLS}{stream}"), &write(self))
    }

    pub fn forget(store: &impl SessionStore, stream: u64) -> Result<(), StoreFailed> {
        store.forget(&format!("{CALLS}{stream}"))
    }
}
