//! Request bodies: JSON objects with known members of the right types, and no others.

use axum::http::{HeaderMap, header::CONTENT_TYPE};
use serde_json::Value;

use super::error::ManagementError;
use crate::world::Members;

/// What a member may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Type {
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    Flag,
    Count,
    /// A list of texts.
    Texts,
    /// Any list, or null.
    List,
    /// Any object, or null.
    Object,
}

/// The members of a body and their types.
pub(crate) type Schema = [(&'static str, Type)];

/// Reads a body that must have the `required` members and may have those of the schema.
///
/// # Errors
/// 400 that names the first member that does not fit.
pub(crate) fn read(
    headers: &HeaderMap,
    body: &[u8],
    schema: &Schema,
    required: &[&str],
) -> Result<Members, ManagementError> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !content_type.starts_with("application/json") {
        return Err(ManagementError::body("Expected content type application/json"));
    }
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
        return Err(ManagementError::body("Expected type object"));
    };
    check(&members, schema)?;
    for name in required {
        if !members.contains_key(*name) {
            return Err(ManagementError::body(&format!("Missing required property: {name}")));
        }
    }
    Ok(members)
}

/// Whether an object has members of the schema alone.
///
/// # Errors
/// As [`read`].
pub(crate) fn check(members: &Members, schema: &Schema) -> Result<(), ManagementError> {
    for (name, value) in members {
        let Some((_, kind)) = schema.iter().find(|(known, _)| known == name) else {
            return Err(ManagementError::body(&format!("Additional properties not allowed: {name}")));
        };
        if !kind.fits(value) {
            let expected = kind.expected();
            return Err(ManagementError::body(&format!("{expected} on property {name}")));
        }
    }
    Ok(())
}

/// The texts of a list; empty where there is none.
pub(crate) fn texts(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A text, or the empty one.
pub(crate) fn text<'a>(members: &'a Members, name: &str) -> &'a str {
    members.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Type {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Word(words) => value.as_str().is_some_and(|text| words.contains(&text)),
            Self::Flag => value.is_boolean(),
            Self::Count => value.as_u64().is_some(),
            Self::Texts => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            Self::List => value.is_array() || value.is_null(),
            Self::Object => value.is_object() || value.is_null(),
        }
    }

    fn expected(self) -> String {
        match self {
            Self::Text => "Expected type string".to_owned(),
            Self::Word(words) => format!("No enum match, expected one of {}", words.join(", ")),
            Self::Flag => "Expected type boolean".to_owned(),
            Self::Count => "Expected type integer".to_owned(),
            Self::Texts => "Expected an array of strings".to_owned(),
            Self::List => "Expected type array".to_owned(),
            Self::Object => "Expected type object".to_owned(),
        }
    }
}
