//! A condition of a model, as it is written.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::source::{SourceInfo, null_as_default};
use crate::names::ConditionName;

/// A condition: an expression over parameters that says yes or no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Its name, the same as its key in the model.
    #[serde(default = "no_name")]
    pub name: ConditionName,
    /// The expression, in CEL.
    #[serde(default)]
    pub expression: String,
    /// The parameters and their types.
    #[serde(default, deserialize_with = "null_as_default")]
    pub parameters: BTreeMap<String, ParameterType>,
    /// Where it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<ConditionMetadata>,
}

fn no_name() -> ConditionName {
    ConditionName::from("")
}

/// Where a condition is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ConditionMetadata {
    /// The module that defines it (schema 1.2).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub module: String,
    /// The file that defines it.
    #[serde(default, alias = "sourceInfo", skip_serializing_if = "Option::is_none")]
    pub source_info: Option<SourceInfo>,
}

/// The type of a parameter, as it is written: a list without the type of its items can be written, and is refused with the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterType {
    /// Which type.
    #[serde(default, alias = "typeName")]
    pub type_name: ParameterKind,
    /// Of a list the type of its items, of a map the type of its values.
    #[serde(
        default,
        alias = "genericTypes",
        deserialize_with = "null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub generic_types: Vec<ParameterType>,
}

/// The types of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum ParameterKind {
    /// None given: refused with the model.
    #[default]
    #[serde(rename = "TYPE_NAME_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "TYPE_NAME_ANY")]
    Any,
    #[serde(rename = "TYPE_NAME_BOOL")]
    Bool,
    #[serde(rename = "TYPE_NAME_STRING")]
    String,
    #[serde(rename = "TYPE_NAME_INT")]
    Int,
    #[serde(rename = "TYPE_NAME_UINT")]
    Uint,
    #[serde(rename = "TYPE_NAME_DOUBLE")]
    Double,
    #[serde(rename = "TYPE_NAME_DURATION")]
    Duration,
    #[serde(rename = "TYPE_NAME_TIMESTAMP")]
    Timestamp,
    #[serde(rename = "TYPE_NAME_MAP")]
    Map,
    #[serde(rename = "TYPE_NAME_LIST")]
    List,
    #[serde(rename = "TYPE_NAME_IPADDRESS")]
    IpAddress,
}

impl ParameterKind {
    /// The keyword of the DSL.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Any => "any",
            Self::Bool => "bool",
            Self::String => "string",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::Duration => "duration",
            Self::Timestamp => "timestamp",
            Self::Map => "map",
            Self::List => "list",
            Self::IpAddress => "ipaddress",
        }
    }

    /// How many types it takes: one for lists and maps.
    pub fn generics(self) -> usize {
        usize::from(matches!(self, Self::Map | Self::List))
    }
}

impl From<ParameterKind> for ParameterType {
    fn from(type_name: ParameterKind) -> Self {
        Self { type_name, generic_types: Vec::new() }
    }
}

impl fmt::Display for ParameterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name.keyword())?;
        let Some((first, rest)) = self.generic_types.split_first() else { return Ok(()) };
        write!(f, "<{first}")?;
        for generic in rest {
            write!(f, ", {generic}")?;
        }
        f.write_str(">")
    }
}
