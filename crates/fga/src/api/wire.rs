//! Parts that several requests have.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::refusal::Refusal;
use super::rules::{Broken, Pattern, at_most, matching, refused, short, unless_empty};
use crate::tuple::{Context, Tuple, TupleCondition, TupleKey};

/// The most contextual tuples of a question.
pub(super) const MAX_CONTEXTUAL_TUPLES: usize = 100;

/// `{"tuple_keys": […]}`
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct TupleKeys {
    pub tuple_keys: Vec<TupleKey>,
}

impl TupleKeys {
    pub fn contextual(self) -> Result<Vec<TupleKey>, Refusal> {
        at_most("ContextualTupleKeys", "TupleKeys", MAX_CONTEXTUAL_TUPLES, &self.tuple_keys)?;
        self.tuple_keys.iter().try_for_each(|key| tuple_key("TupleKey", key))?;
        Ok(self.tuple_keys)
    }
}

/// The rules of a tuple that has a place for a condition, and of one that has not.
pub(super) fn tuple_key(message: &str, key: &TupleKey) -> Result<(), Refusal> {
    short(message, "User", 512, &key.user)?;
    unless_empty(message, "Relation", Pattern::Relation, &key.relation)?;
    unless_empty(message, "Object", Pattern::Object, &key.object)?;
    match &key.condition {
        Some(condition) => matching("RelationshipCondition", "Name", Pattern::Object, &condition.name),
        None => Ok(()),
    }
}

/// The tuple that is asked about.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct AskedKey {
    pub user: String,
    pub relation: String,
    pub object: String,
}

impl AskedKey {
    /// `of` is the message that must have it, `message` what it is.
    pub fn of(key: Option<Self>, of: &str, message: &str) -> Result<Self, Refusal> {
        let key = key.ok_or_else(|| refused(of, "TupleKey", Broken::Required))?;
        matching(message, "User", Pattern::CheckUser, &key.user)?;
        matching(message, "Relation", Pattern::Relation, &key.relation)?;
        matching(message, "Object", Pattern::Object, &key.object)?;
        Ok(key)
    }
}

/// A check that a model's author expects to come out so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assertion {
    /// What is asked.
    pub tuple_key: Option<AssertionKey>,
    /// The answer.
    #[serde(default)]
    pub expectation: bool,
    /// Tuples that hold for this question only.
    #[serde(default)]
    pub contextual_tuples: Vec<TupleKey>,
    /// What conditions are told.
    pub context: Option<Context>,
}

/// What an assertion asks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AssertionKey {
    /// `document:roadmap`.
    pub object: String,
    /// `viewer`.
    pub relation: String,
    /// `user:anne`.
    pub user: String,
}

/// Whether an answer may come from a cache. There is none here, so it is read and makes no difference.
#[derive(Default)]
pub(super) struct Consistency;

impl<'de> Deserialize<'de> for Consistency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Names that are not known are none, as everywhere; numbers that are not known are refused.
        match Value::deserialize(deserializer)? {
            Value::String(_) => Ok(Self),
            Value::Number(number) if matches!(number.as_u64(), Some(0 | 100 | 200)) => Ok(Self),
            _ => Err(serde::de::Error::custom("no consistency")),
        }
    }
}

/// A tuple as it is shown: OpenFGA says so where there is no condition.
#[derive(Serialize)]
pub(super) struct WrittenKey {
    user: String,
    relation: String,
    object: String,
    condition: Option<TupleCondition>,
}

impl WrittenKey {
    pub fn of(tuple: &Tuple) -> Self {
        let TupleKey { user, relation, object, condition } = tuple.into();
        Self { user, relation, object, condition }
    }
}
