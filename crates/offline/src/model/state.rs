use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};

use super::script::{RulesError, Script};

/// The script in force; one per world.
#[derive(Debug)]
pub struct ModelState {
    start: Script,
    script: RwLock<Arc<Script>>,
    pub(super) answers: AtomicU64,
}

impl ModelState {
    /// Loads the shipped script and, tried first, the user's own, if there is one.
    ///
    /// # Errors
    /// [`RulesError`] names the file or the rule at fault.
    pub fn load(script: Option<&Path>) -> Result<Self, RulesError> {
        let start = Script::load(script)?;
        Ok(Self { script: RwLock::new(Arc::new(start.clone())), start, answers: AtomicU64::new(0) })
    }

    /// Goes back to the script of the start.
    pub fn reset(&self) {
        self.put(self.start.clone());
    }

    pub(super) fn script(&self) -> Arc<Script> {
        self.script.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn put(&self, script: Script) {
        *self.script.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(script);
    }
}
