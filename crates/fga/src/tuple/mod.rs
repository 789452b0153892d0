//! Relationship tuples: as they cross the wire ([`TupleKey`], plain text) and as they are once read ([`Tuple`]).

mod object;
mod user;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use object::{Object, ObjectError};
pub use user::{User, UserError};

use crate::names::{ConditionName, RelationName};

/// The values that conditions read: parameter to value.
pub type Context = Map<String, Value>;

/// The condition a tuple carries, with the values it brings along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TupleCondition {
    /// The model's name of it.
    pub name: ConditionName,
    /// Values that are fixed with the tuple. They win over the request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
}

/// A tuple as OpenFGA's JSON has it: nothing of it is checked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TupleKey {
    /// `user:anne`, `group:eng#member`, `user:*`.
    #[serde(default)]
    pub user: String,
    /// `viewer`.
    #[serde(default)]
    pub relation: String,
    /// `document:roadmap`.
    #[serde(default)]
    pub object: String,
    /// The condition under which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<TupleCondition>,
}

impl TupleKey {
    /// A tuple without a condition.
    pub fn new(user: impl Into<String>, relation: impl Into<String>, object: impl Into<String>) -> Self {
        Self { user: user.into(), relation: relation.into(), object: object.into(), condition: None }
    }

    /// The same with a condition.
    #[must_use]
    pub fn with_condition(self, name: impl Into<ConditionName>, context: Option<Context>) -> Self {
        Self { condition: Some(TupleCondition { name: name.into(), context }), ..self }
    }
}

/// A tuple whose parts have been read. Whether a model allows it is another question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tuple {
    /// What the relation is of.
    pub object: Object,
    /// Which relation.
    pub relation: RelationName,
    /// Who has it.
    pub user: User,
    /// The condition under which it holds.
    pub condition: Option<TupleCondition>,
}

impl From<&Tuple> for TupleKey {
    fn from(tuple: &Tuple) -> Self {
        Self {
            user: tuple.user.to_string(),
            relation: tuple.relation.to_string(),
            object: tuple.object.to_string(),
            condition: tuple.condition.clone(),
        }
    }
}
