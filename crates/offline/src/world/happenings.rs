//! What happens in the world: requests, effects, logout tokens, and the faults that strike.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Effect, Fault, LogoutDelivery, RequestSeen, Service, World};

impl World {
    /// Records a request without its parameters.
    pub fn log_request(&self, service: Service, method: &str, path: &str, status: u16) {
        let request = RequestSeen {
            at_ms: self.now_ms(),
            service,
            method: method.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            body: None,
            status,
        };
        self.record_request(0, request);
    }

    /// The requests seen, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestSeen> {
        self.state().log.seen.iter().map(|(_, request)| request.clone()).collect()
    }

    pub(crate) fn record_request(&self, bytes: usize, request: RequestSeen) {
        self.state().log.push(bytes, request);
    }

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

    /// Adds a fault behind those in force.
    pub fn add_fault(&self, mut fault: Fault) {
        if fault.probability.is_some() {
            let seed = *fault.seed.get_or_insert(self.options().fault_seed);
            fault.drawn = seed;
        }
        self.state().faults.push(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// The faults in force.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.state().faults.clone()
    }

    /// The first fault that strikes this request, counted down.
    pub(crate) fn strike(&self, service: Service, method: &str, path: &str, body: &[u8]) -> Option<Fault> {
        let has = |text: &String| String::from_utf8_lossy(body).contains(text.as_str());
        let mut state = self.state();
        let index = state.faults.iter_mut().position(|fault| {
            fault.service == service
                && fault.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && path.starts_with(&fault.path_prefix)
                && fault.body_contains.as_ref().is_none_or(has)
                && fault.draws()
        })?;
        let fault = state.faults.get_mut(index)?;
        let struck = fault.clone();
        let over = fault.times.as_mut().is_some_and(|times| {
            *times = times.saturating_sub(1);
            *times == 0
        });
        if over {
            state.faults.remove(index);
        }
        Some(struck)
    }
}
