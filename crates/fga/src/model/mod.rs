//! An authorization model as OpenFGA's JSON has it. It is read as it is written, valid or not.

mod condition;
mod restriction;
mod rewrite;
mod source;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use condition::{Condition, ConditionMetadata, ParameterKind, ParameterType};
pub use restriction::{Restriction, RestrictionForm};
pub use rewrite::Rewrite;
pub use source::SourceInfo;

use source::null_as_default;

use crate::names::{ConditionName, RelationName, TypeName};

/// The model of documents and folders that Deputy's library, its offline world and its documentation have, in OpenFGA's language. `doc` is what
/// `FGA_OBJECT_TYPE` calls documents.
pub const DOCUMENTS: &str = include_str!("../../documents.fga");

/// A model: types with their relations, and conditions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AuthorizationModel {
    /// The id under which a store keeps it; empty before it is written.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// `1.1` or `1.2`.
    #[serde(default, alias = "schemaVersion")]
    pub schema_version: String,
    /// The types, in the order they are written.
    #[serde(default, alias = "typeDefinitions", deserialize_with = "null_as_default")]
    pub type_definitions: Vec<TypeDefinition>,
    /// The conditions by name.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub conditions: BTreeMap<ConditionName, Condition>,
}

/// A type and its relations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeDefinition {
    /// Its name.
    #[serde(rename = "type")]
    pub type_name: TypeName,
    /// How each relation comes about.
    #[serde(default, deserialize_with = "null_as_default")]
    pub relations: BTreeMap<RelationName, Rewrite>,
    /// Who may be related directly, and where it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<TypeMetadata>,
}

impl TypeDefinition {
    /// Who may have this relation directly.
    pub fn restrictions(&self, relation: &str) -> &[Restriction] {
        self.metadata
            .as_ref()
            .and_then(|metadata| metadata.relations.get(relation))
            .map_or(&[], |metadata| metadata.directly_related_user_types.as_slice())
    }
}

/// What a type says beside its rewrites.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TypeMetadata {
    /// By relation.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub relations: BTreeMap<RelationName, RelationMetadata>,
    /// The module that defines the type (schema 1.2).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub module: String,
    /// The file that defines it.
    #[serde(default, alias = "sourceInfo", skip_serializing_if = "Option::is_none")]
    pub source_info: Option<SourceInfo>,
}

/// What a relation says beside its rewrite.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RelationMetadata {
    /// Who may have it directly.
    #[serde(default, alias = "directlyRelatedUserTypes", deserialize_with = "null_as_default")]
    pub directly_related_user_types: Vec<Restriction>,
    /// The module that defines the relation, where another than the type's (schema 1.2).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub module: String,
    /// The file that defines it.
    #[serde(default, alias = "sourceInfo", skip_serializing_if = "Option::is_none")]
    pub source_info: Option<SourceInfo>,
}
