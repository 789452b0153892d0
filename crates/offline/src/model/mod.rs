//! The scripted model.

use std::{path::Path, sync::Arc};

use axum::Router;

use crate::world::World;

/// The rules in force.
#[derive(Debug, Default)]
pub struct ModelState {}

/// Rules that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {}

impl ModelState {
    /// Loads the default script and the user's own, if there is one.
    ///
    /// # Errors
    /// [`RulesError`] names the file and the rule.
    pub fn load(_script: Option<&Path>) -> Result<Self, RulesError> {
        Ok(Self::default())
    }

    /// Returns to the rules of the start.
    pub fn reset(&self) {}
}

/// The routes of the model port.
pub fn router(world: Arc<World>) -> Router {
    Router::new().with_state(world)
}

/// Puts rules in front of the loaded ones (`POST /model/rules` of the control API).
///
/// # Errors
/// [`RulesError`] when the value is not a list of rules.
pub fn set_rules(_world: &World, _rules: &serde_json::Value) -> Result<(), RulesError> {
    Ok(())
}
