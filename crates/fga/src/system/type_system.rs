//! A validated model, ready for questions.

use std::collections::HashMap;

use super::reach::Reach;
use super::relation::Relation;
use crate::condition::CompiledCondition;
use crate::model::AuthorizationModel;
use crate::names::{ConditionName, RelationName, TypeName};

/// A validated model: what OpenFGA calls a type system.
#[derive(Debug, Clone)]
pub struct TypeSystem {
    pub(super) model: AuthorizationModel,
    pub(super) types: HashMap<TypeName, HashMap<RelationName, Relation>>,
    pub(super) conditions: HashMap<ConditionName, CompiledCondition>,
    pub(super) reach: Reach,
}

impl TypeSystem {
    /// The model as it was written.
    pub fn model(&self) -> &AuthorizationModel {
        &self.model
    }

    /// Whether the model has this type.
    pub fn has_type(&self, type_name: &str) -> bool {
        self.types.contains_key(type_name)
    }

    /// A relation of a type.
    pub fn relation(&self, type_name: &str, relation: &str) -> Option<&Relation> {
        self.types.get(type_name)?.get(relation)
    }

    /// A condition.
    pub fn condition(&self, name: &str) -> Option<&CompiledCondition> {
        self.conditions.get(name)
    }
}
