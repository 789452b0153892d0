use deputy_http::{Request, Response};
use serde::{Deserialize, Serialize};

use super::connection::{Access, Consistency, success};
use super::error::ApiError;
use super::question::TupleKeys;

/// What stands behind one relation of one object: "who can see this, and why".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpandQuestion {
    /// `viewer`
    pub relation: String,
    /// `document:roadmap`
    pub object: String,
    /// Tuples that count for this question only.
    pub contextual_tuples: TupleKeys,
}

#[derive(Serialize)]
struct ExpandBody<'a> {
    tuple_key: ExpandKey<'a>,
    #[serde(skip_serializing_if = "TupleKeys::is_empty")]
    contextual_tuples: &'a TupleKeys,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_model_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Consistency::is_default")]
    consistency: Consistency,
}

#[derive(Serialize)]
struct ExpandKey<'a> {
    relation: &'a str,
    object: &'a str,
}

/// `POST /stores/{id}/expand`. One step: usersets and relations are named, and asked for in turn.
pub fn expand_request(access: &Access<'_>, question: &ExpandQuestion) -> Request {
    let body = ExpandBody {
        tuple_key: ExpandKey { relation: &question.relation, object: &question.object },
        contextual_tuples: &question.contextual_tuples,
        authorization_model_id: access.model_id(),
        consistency: access.consistency,
    };
    access.post(access.in_store("expand"), &body)
}

/// What a relation of an object is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpandNode {
    /// `document:roadmap#viewer`
    #[serde(default)]
    pub name: String,
    /// What it is made of.
    #[serde(flatten)]
    pub made_of: MadeOf,
}

/// What a node is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MadeOf {
    /// Something that is not taken apart further here.
    Leaf(Leaf),
    /// The one without the other.
    Difference(Box<Exclusion>),
    /// Any of these.
    Union(Nodes),
    /// All of these.
    Intersection(Nodes),
}

/// Nodes, as the API wraps them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Nodes {
    /// In the order of the model.
    #[serde(default)]
    pub nodes: Vec<ExpandNode>,
}

/// `base but not subtract`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// Who has it.
    pub base: ExpandNode,
    /// Who does not all the same.
    pub subtract: ExpandNode,
}

/// What is not taken apart further.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Leaf {
    /// By tuples of the relation: who stands in them.
    Users(Users),
    /// Another relation of the object.
    Computed(Computed),
    /// A relation of the objects that a tupleset names.
    TupleToUserset(TupleToUserset),
}

/// Users of tuples.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Users {
    /// `user:anne`, `user:*`, `group:eng#member`
    #[serde(default)]
    pub users: Vec<String>,
}

/// A relation of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Computed {
    /// `document:roadmap#editor`
    #[serde(default)]
    pub userset: String,
}

/// A relation of other objects.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TupleToUserset {
    /// `document:roadmap#parent`
    #[serde(default)]
    pub tupleset: String,
    /// `folder:plans#viewer`, for each.
    #[serde(default)]
    pub computed: Vec<Computed>,
}

/// The answer to [`expand_request`].
pub fn expand_response(response: &Response, now_ms: u64) -> Result<ExpandNode, ApiError> {
    let Answer { tree } = success(response, now_ms)?;
    tree.and_then(|tree| tree.root).ok_or(ApiError::Malformed { field: "root" })
}

#[derive(Deserialize)]
struct Answer {
    tree: Option<Tree>,
}

#[derive(Deserialize)]
struct Tree {
    root: Option<ExpandNode>,
}
