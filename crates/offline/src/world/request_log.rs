//! The requests seen, oldest first, bounded by size.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A part of the world with its own port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// The Auth0 tenant.
    Tenant,
    /// The provider APIs.
    Providers,
    /// The scripted model.
    Model,
    /// The control API.
    Control,
    /// The FGA service.
    Fga,
}

/// One request and its answer.
#[derive(Debug, Clone, Serialize)]
pub struct RequestSeen {
    /// When, in milliseconds since the epoch on the world's clock.
    pub at_ms: u64,
    /// Which service.
    pub service: Service,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query parameters.
    pub query: Vec<(String, String)>,
    /// The body if it was a form or JSON, passwords and client secrets left out.
    pub body: Option<Value>,
    /// Status of the answer; 0 when a fault dropped the connection.
    pub status: u16,
}

/// A ring of requests that never grows beyond a few megabytes.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    pub(super) seen: VecDeque<(usize, RequestSeen)>,
    bytes: usize,
}

const LIMIT_BYTES: usize = 6 * 1024 * 1024;
const ENTRY_OVERHEAD: usize = 512;

impl Service {
    /// Every service, in the order in which they start.
    pub const ALL: [Self; 5] = [Self::Tenant, Self::Providers, Self::Model, Self::Control, Self::Fga];

    /// The name in logs and in the control API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Providers => "providers",
            Self::Model => "model",
            Self::Control => "control",
            Self::Fga => "fga",
        }
    }
}

impl RequestLog {
    pub(super) fn push(&mut self, bytes: usize, request: RequestSeen) {
        let size = bytes.saturating_add(ENTRY_OVERHEAD);
        self.bytes = self.bytes.saturating_add(size);
        self.seen.push_back((size, request));
        while self.bytes > LIMIT_BYTES {
            let Some((size, _)) = self.seen.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(size);
        }
    }
}
