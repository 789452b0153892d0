use serde_json::{Map, Value};

use crate::{FrameProblem, MAX_ID_CHARS};

/// A member that must be there and not null.
pub(crate) fn needed<'a>(member: Option<&'a Value>, field: &'static str) -> Result<&'a Value, FrameProblem> {
    member.filter(|value| !value.is_null()).ok_or(FrameProblem::FieldMissing { field })
}

/// An identifier that must be there and not empty.
pub(crate) fn required_id(object: &Map<String, Value>, field: &'static str) -> Result<String, FrameProblem> {
    optional_id(object, field)?.ok_or(FrameProblem::FieldMissing { field })
}

/// An identifier that may be absent or null.
pub(crate) fn optional_id(object: &Map<String, Value>, field: &'static str) -> Result<Option<String>, FrameProblem> {
    match object.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) if id.is_empty() => Err(FrameProblem::FieldInvalid { field }),
        Some(Value::String(id)) if id.chars().count() > MAX_ID_CHARS => Err(FrameProblem::IdTooLong { field }),
        Some(Value::String(id)) => Ok(Some(id.clone())),
        Some(_) => Err(FrameProblem::FieldInvalid { field }),
    }
}
