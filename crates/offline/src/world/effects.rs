//! What was done in the world: drafts, tasks, orders, deployments, and logout tokens sent to applications.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::World;

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

impl World {
    /// Records an effect and gives its number.
    pub fn record_effect(
        &self,
        kind: &'static str,
        user_id: &str,
        account: &str,
        key: Option<&str>,
        resource: Value,
    ) -> u64 {
        let at_ms = self.now_ms();
        let mut state = self.state();
        let number = u64::try_from(state.effects.done.len()).unwrap_or_default().saturating_add(1);
        state.effects.done.push(Effect {
            number,
            at_ms,
            kind,
            user_id: user_id.to_owned(),
            account: account.to_owned(),
            idempotency_key: key.map(str::to_owned),
            resource,
        });
        number
    }

    /// Every effect since the last reset, oldest first.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.state().effects.done.clone()
    }

    /// The effects by kind, and the effects themselves.
    #[must_use]
    pub fn effects_summary(&self) -> Value {
        let effects = self.effects();
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for effect in &effects {
            let count = counts.entry(effect.kind).or_default();
            *count = count.saturating_add(1);
        }
        json!({ "counts": counts, "effects": effects })
    }

    /// The logout tokens sent since the last reset, oldest first.
    #[must_use]
    pub fn logout_deliveries(&self) -> Vec<LogoutDelivery> {
        self.state().effects.deliveries.clone()
    }
}
