//! How a relation comes about (OpenFGA: userset rewrite).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::names::RelationName;

/// How a relation comes about. OpenFGA reads its keys in camel case and in snake case, and writes camel case; so does this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rewrite {
    /// By tuples of the relation itself: `[user]`.
    This,
    /// By another relation of the same object: `editor`.
    ComputedUserset(RelationName),
    /// By a relation of the objects that this one points to: `viewer from parent`.
    TupleToUserset {
        /// Where this object points to them: `parent`.
        tupleset: RelationName,
        /// Their relation: `viewer`.
        computed: RelationName,
    },
    /// By any of these.
    Union(Vec<Rewrite>),
    /// By all of these.
    Intersection(Vec<Rewrite>),
    /// By the one without the other: `viewer but not blocked`.
    Difference {
        /// Who has it.
        base: Box<Rewrite>,
        /// Who does not all the same.
        subtract: Box<Rewrite>,
    },
}

/// OpenFGA's JSON of it: an object with one of these keys.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Wire {
    This(Map<String, Value>),
    #[serde(alias = "computed_userset")]
    ComputedUserset(ObjectRelation),
    #[serde(alias = "tuple_to_userset")]
    TupleToUserset(TupleToUserset),
    Union(Children),
    Intersection(Children),
    Difference(Difference),
}

/// A relation; the object is always the one asked about, and written as empty if at all.
#[derive(Serialize, Deserialize)]
struct ObjectRelation {
    #[serde(default)]
    relation: Option<RelationName>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TupleToUserset {
    tupleset: ObjectRelation,
    #[serde(alias = "computed_userset")]
    computed_userset: ObjectRelation,
}

#[derive(Serialize, Deserialize)]
struct Children {
    #[serde(default)]
    child: Vec<Rewrite>,
}

#[derive(Serialize, Deserialize)]
struct Difference {
    base: Box<Rewrite>,
    subtract: Box<Rewrite>,
}

impl ObjectRelation {
    fn of(relation: &RelationName) -> Self {
        Self { relation: Some(relation.clone()) }
    }

    fn into_name(self) -> RelationName {
        self.relation.unwrap_or_else(|| RelationName::from(""))
    }
}

impl Serialize for Rewrite {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::This => Wire::This(Map::new()),
            Self::ComputedUserset(relation) => Wire::ComputedUserset(ObjectRelation::of(relation)),
            Self::TupleToUserset { tupleset, computed } => Wire::TupleToUserset(TupleToUserset {
                tupleset: ObjectRelation::of(tupleset),
                computed_userset: ObjectRelation::of(computed),
            }),
            Self::Union(child) => Wire::Union(Children { child: child.clone() }),
            Self::Intersection(child) => Wire::Intersection(Children { child: child.clone() }),
            Self::Difference { base, subtract } => {
                Wire::Difference(Difference { base: base.clone(), subtract: subtract.clone() })
            }
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Rewrite {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Wire::deserialize(deserializer)? {
            Wire::This(_) => Self::This,
            Wire::ComputedUserset(computed) => Self::ComputedUserset(computed.into_name()),
            Wire::TupleToUserset(wire) => Self::TupleToUserset {
                tupleset: wire.tupleset.into_name(),
                computed: wire.computed_userset.into_name(),
            },
            Wire::Union(children) => Self::Union(children.child),
            Wire::Intersection(children) => Self::Intersection(children.child),
            Wire::Difference(Difference { base, subtract }) => Self::Difference { base, subtract },
        })
    }
}
