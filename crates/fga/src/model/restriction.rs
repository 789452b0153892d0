//! Who may have a relation directly: `[user, user:*, group#member with non_expired]`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::names::{ConditionName, RelationName, TypeName};

/// One of the types that may be related directly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    /// The user's type.
    pub type_name: TypeName,
    /// Which users of it.
    pub form: RestrictionForm,
    /// The condition that a tuple must carry.
    pub condition: Option<ConditionName>,
}

/// Which users of a type a restriction admits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestrictionForm {
    /// An object: `user`.
    Object,
    /// A userset: `group#member`.
    Userset(RelationName),
    /// Everybody: `user:*`.
    Wildcard,
}

impl fmt::Display for Restriction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.type_name)?;
        match &self.form {
            RestrictionForm::Object => {}
            RestrictionForm::Userset(relation) => write!(f, "#{relation}")?,
            RestrictionForm::Wildcard => f.write_str(":*")?,
        }
        match &self.condition {
            Some(condition) => write!(f, " with {condition}"),
            None => Ok(()),
        }
    }
}

/// OpenFGA's JSON of it. An empty relation or condition is none.
#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(rename = "type")]
    type_name: TypeName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    relation: Option<RelationName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wildcard: Option<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    condition: Option<ConditionName>,
}

impl Serialize for Restriction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (relation, wildcard) = match &self.form {
            RestrictionForm::Object => (None, None),
            RestrictionForm::Userset(relation) => (Some(relation.clone()), None),
            RestrictionForm::Wildcard => (None, Some(Map::new())),
        };
        Wire { type_name: self.type_name.clone(), relation, wildcard, condition: self.condition.clone() }
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Restriction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let relation = wire.relation.filter(|relation| !relation.is_empty());
        let form = match (relation, wire.wildcard) {
            (None, None) => RestrictionForm::Object,
            (Some(relation), None) => RestrictionForm::Userset(relation),
            (None, Some(_)) => RestrictionForm::Wildcard,
            (Some(_), Some(_)) => {
                return Err(serde::de::Error::custom("a related type has a relation or a wildcard, not both"));
            }
        };
        Ok(Self { type_name: wire.type_name, form, condition: wire.condition.filter(|name| !name.is_empty()) })
    }
}
