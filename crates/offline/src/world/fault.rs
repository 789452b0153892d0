//! Faults that tests inject into any service.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Service, World};

/// An answer given instead of, or a delay put before, the real one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The service it strikes.
    pub service: Service,
    /// The method; any when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// Start of the path.
    #[serde(default)]
    pub path_prefix: String,
    /// Status of the answer; absent means that the request is only delayed.
    #[serde(default)]
    pub status: Option<u16>,
    /// Body of the answer: a text as it is, anything else as JSON.
    #[serde(default)]
    pub body: serde_json::Value,
    /// Further headers of the answer.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Delay before the answer, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
    /// How many requests it strikes; absent means until the next reset.
    #[serde(default)]
    pub times: Option<u32>,
}

impl World {
    /// Adds a fault behind those in force.
    pub fn add_fault(&self, fault: Fault) {
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
    pub(crate) fn strike(&self, service: Service, method: &str, path: &str) -> Option<Fault> {
        let mut state = self.state();
        let index = state.faults.iter().position(|fault| {
            fault.service == service
                && fault.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && path.starts_with(&fault.path_prefix)
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
