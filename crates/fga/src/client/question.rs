use serde::{Deserialize, Serialize};

use super::error::ApiError;
use crate::tuple::{Context, Object, TupleKey, User};

/// Whether a user has a relation to an object. Two questions are the same only if their contexts are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Who, what, to which.
    pub tuple_key: TupleKey,
    /// Tuples that count for this question only.
    #[serde(default, skip_serializing_if = "TupleKeys::is_empty")]
    pub contextual_tuples: TupleKeys,
    /// Values for conditions.
    #[serde(default, skip_serializing_if = "Context::is_empty")]
    pub context: Context,
}

impl Question {
    /// Without context.
    pub fn new(user: impl Into<String>, relation: impl Into<String>, object: impl Into<String>) -> Self {
        let tuple_key = TupleKey::new(user, relation, object);
        Self { tuple_key, contextual_tuples: TupleKeys::default(), context: Context::new() }
    }

    /// The same, with values for conditions.
    #[must_use]
    pub fn with_context(self, context: Context) -> Self {
        Self { context, ..self }
    }

    /// The same, with tuples that count for it only.
    #[must_use]
    pub fn with_contextual_tuples(self, tuple_keys: Vec<TupleKey>) -> Self {
        Self { contextual_tuples: TupleKeys { tuple_keys }, ..self }
    }

    /// Whether the service can read it. One that it cannot is not sent: in a batch it would take the others down with it.
    pub fn validate(&self) -> Result<(), ApiError> {
        let TupleKey { user, relation, object, .. } = &self.tuple_key;
        let short = |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_whitespace);
        let relation_is_one = !relation.is_empty() && !relation.contains([':', '#', '@']) && short(relation, 50);
        if user.parse::<User>().is_err() || !short(user, 512) {
            return Err(ApiError::Question { field: "user" });
        }
        if !relation_is_one {
            return Err(ApiError::Question { field: "relation" });
        }
        if object.parse::<Object>().is_err() || !short(object, 256) {
            return Err(ApiError::Question { field: "object" });
        }
        Ok(())
    }
}

/// Tuples, as the API wraps them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TupleKeys {
    /// The tuples.
    #[serde(default)]
    pub tuple_keys: Vec<TupleKey>,
}

impl TupleKeys {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tuple_keys.is_empty()
    }
}
