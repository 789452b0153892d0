//! Expand: how a relation of an object comes about, one level deep.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::resolve::unavailable;
use super::{Limits, contextual_for_list};
use crate::error::FgaError;
use crate::model::Rewrite;
use crate::names::RelationName;
use crate::store::{Overlay, TupleStore};
use crate::system::TypeSystem;
use crate::tuple::{Object, TupleKey, User};

/// The question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpandRequest {
    /// The object.
    pub object: String,
    /// The relation.
    pub relation: String,
    /// Tuples that hold for this question only.
    pub contextual_tuples: Vec<TupleKey>,
}

/// The answer, as OpenFGA's JSON has it (under `tree`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersetTree {
    /// The relation that was asked for.
    pub root: Node,
}

/// A part of a relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// `document:roadmap#viewer`.
    #[serde(default)]
    pub name: String,
    /// What it is made of.
    #[serde(flatten)]
    pub value: NodeValue,
}

/// What a part is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeValue {
    /// Users, or relations of other objects.
    Leaf(Leaf),
    /// Any of these.
    Union {
        /// The parts.
        nodes: Vec<Node>,
    },
    /// All of these.
    Intersection {
        /// The parts.
        nodes: Vec<Node>,
    },
    /// The one without the other.
    Difference {
        /// Who has it.
        base: Box<Node>,
        /// Who does not all the same.
        subtract: Box<Node>,
    },
}

/// A part that is not divided further.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Leaf {
    /// Whom tuples name.
    Users {
        /// In order.
        #[serde(default)]
        users: Vec<User>,
    },
    /// Another relation of the object.
    Computed {
        /// `document:roadmap#editor`.
        userset: String,
    },
    /// Relations of the objects that this one points to.
    TupleToUserset {
        /// `document:roadmap#parent`.
        tupleset: String,
        /// `folder:plans#viewer`, …
        #[serde(default)]
        computed: Vec<Computed>,
    },
}

/// A relation of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Computed {
    /// `folder:plans#viewer`.
    pub userset: String,
}

/// How the relation comes about. Conditions are not asked: their tuples are in it.
pub fn expand<S: TupleStore>(
    system: &TypeSystem,
    store: &S,
    request: &ExpandRequest,
    limits: &Limits,
) -> Result<UsersetTree, FgaError> {
    let contextual = contextual_for_list(system, &request.contextual_tuples, limits)?;
    // Any user of the object's own type does: it is the object and the relation that are read.
    let object: Object = request.object.parse().map_err(|problem| FgaError::Validation(format!("{problem}")))?;
    let user = format!("{}:*", object.type_name);
    let (_, relation, object) = system
        .read(&user, &request.relation, &request.object)
        .map_err(|problem| FgaError::Validation(problem.to_string()))?;
    let store = Overlay::new(store, contextual);
    let tree = Tree { system, store: &store, object: &object, relation: &relation };
    let rewrite = system.relation(&object.type_name, &relation).map(|found| &found.rewrite);
    Ok(UsersetTree { root: tree.node(rewrite.unwrap_or(&Rewrite::This))? })
}

struct Tree<'a, S> {
    system: &'a TypeSystem,
    store: &'a S,
    object: &'a Object,
    relation: &'a RelationName,
}

impl<S: TupleStore> Tree<'_, S> {
    fn node(&self, rewrite: &Rewrite) -> Result<Node, FgaError> {
        let nodes = |children: &[Rewrite]| -> Result<Vec<Node>, FgaError> {
            children.iter().map(|child| self.node(child)).collect()
        };
        let value = match rewrite {
            Rewrite::This => NodeValue::Leaf(Leaf::Users { users: self.users(self.relation)?.into_iter().collect() }),
            Rewrite::ComputedUserset(computed) => {
                NodeValue::Leaf(Leaf::Computed { userset: format!("{}#{computed}", self.object) })
            }
            Rewrite::TupleToUserset { tupleset, computed } => NodeValue::Leaf(Leaf::TupleToUserset {
                tupleset: format!("{}#{tupleset}", self.object),
                computed: self
                    .users(tupleset)?
                    .into_iter()
                    .map(|user| Computed { userset: format!("{user}#{computed}") })
                    .collect(),
            }),
            Rewrite::Union(children) => NodeValue::Union { nodes: nodes(children)? },
            Rewrite::Intersection(children) => NodeValue::Intersection { nodes: nodes(children)? },
            Rewrite::Difference { base, subtract } => {
                NodeValue::Difference { base: Box::new(self.node(base)?), subtract: Box::new(self.node(subtract)?) }
            }
        };
        Ok(Node { name: format!("{}#{}", self.object, self.relation), value })
    }

    fn users(&self, relation: &RelationName) -> Result<BTreeSet<User>, FgaError> {
        let tuples = self.store.tuples(self.object, relation).map_err(unavailable)?;
        Ok(tuples.into_iter().filter(|tuple| self.system.allows(tuple).is_ok()).map(|tuple| tuple.user).collect())
    }
}
