//! A model that has been validated, ready for questions.

mod entry;
mod paths;
mod tuples;
mod validate;

use std::collections::HashMap;

pub use tuples::TupleError;
pub use validate::{ModelError, ModelLimits, RelationProblem};

use crate::condition::CompiledCondition;
use crate::model::{AuthorizationModel, Restriction, RestrictionForm, Rewrite};
use crate::names::{ConditionName, RelationName, TypeName};
use paths::Reach;
pub(crate) use paths::UserSort;

/// A validated model: what OpenFGA calls a type system.
#[derive(Debug, Clone)]
pub struct TypeSystem {
    model: AuthorizationModel,
    types: HashMap<TypeName, HashMap<RelationName, Relation>>,
    conditions: HashMap<ConditionName, CompiledCondition>,
    reach: Reach,
}

/// A relation of a type.
#[derive(Debug, Clone)]
pub struct Relation {
    /// How it comes about.
    pub rewrite: Rewrite,
    /// Who may have it directly.
    pub restrictions: Vec<Restriction>,
    /// Whether another relation follows it to other objects (`… from this`).
    pub is_tupleset: bool,
    /// Its place among the relations of the model.
    pub(crate) index: usize,
}

impl Relation {
    /// Whether everybody of the type may have it.
    pub fn admits_everybody(&self, type_name: &str) -> bool {
        self.restrictions
            .iter()
            .any(|restriction| restriction.form == RestrictionForm::Wildcard && &*restriction.type_name == type_name)
    }

    /// Whether usersets may have it.
    pub fn admits_usersets(&self) -> bool {
        self.restrictions.iter().any(|restriction| matches!(restriction.form, RestrictionForm::Userset(_)))
    }
}

impl TypeSystem {
    /// Validates the model.
    pub fn new(model: AuthorizationModel) -> Result<Self, ModelError> {
        Self::with_limits(model, ModelLimits::default())
    }

    /// Validates the model with limits of one's own.
    pub fn with_limits(model: AuthorizationModel, limits: ModelLimits) -> Result<Self, ModelError> {
        validate::validate(model, limits)
    }

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
