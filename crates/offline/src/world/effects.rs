//! What was done in the world: drafts, tasks, orders, deployments, and logout tokens sent to applications.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// Something that an API call changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// Its number since the last reset, from 1.
    pub number: u64,
    /// When, in milliseconds since the epoch on the world's clock.
    pub at_ms: u64,
    /// `gmail.draft`, `tasks.task`, `github.deployment`, `shop.order` or `stock.order`.
    pub kind: &'static str,
    /// The user in whose name.
    pub user_id: String,
    /// The account at the provider, or the client.
    pub account: String,
    /// Idempotency key of the call.
    pub idempotency_key: Option<String>,
    /// What was made.
    pub resource: Value,
}

/// A logout token on its way to an application (OIDC Back-Channel Logout 1.0).
#[derive(Debug, Clone, Serialize)]
pub struct LogoutDelivery {
    /// When, in milliseconds since the epoch on the world's clock.
    pub at_ms: u64,
    /// The application.
    pub client_id: String,
    /// Where it was sent.
    pub url: String,
    /// The session that ended.
    pub sid: String,
    /// Its user.
    pub user_id: String,
    /// Status of the answer.
    pub status: Option<u16>,
    /// Why there is none.
    pub error: Option<String>,
}

/// What was done, and the answers that a repeated idempotency key gets again.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) done: Vec<Effect>,
    pub(crate) keys: BTreeMap<(String, String), (Value, Value)>,
    pub(crate) deliveries: Vec<LogoutDelivery>,
}
