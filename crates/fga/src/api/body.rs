//! Bodies as OpenFGA reads them: members it does not know are left out, `null` is no value, an empty body is an empty object.

use deputy_http::json::{self, JsonError, JsonProblem};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::refusal::{DIFFERENCE_BASE_MISSING_VALUE, Refusal, SUBTRACT_BASE_MISSING_VALUE, VALIDATION_ERROR};

/// Reads a body.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let mut value = if body.trim_ascii().is_empty() {
        Value::Object(Map::new())
    } else {
        json::read(body).map_err(|error| unreadable(&error))?
    };
    if !value.is_object() {
        return Err(Refusal::new(VALIDATION_ERROR, "the body is no JSON object"));
    }
    leave_nulls_out(&mut value);
    json::read_value(&value).map_err(|error| unreadable(&error))
}

fn unreadable(error: &JsonError) -> Refusal {
    let missing = |member: &str| error.problem == JsonProblem::Missing && error.path.ends_with(member);
    if missing(".difference.base") {
        return Refusal::new(DIFFERENCE_BASE_MISSING_VALUE, "invalid Difference.Base: value is required");
    }
    if missing(".difference.subtract") {
        return Refusal::new(SUBTRACT_BASE_MISSING_VALUE, "invalid Difference.Subtract: value is required");
    }
    Refusal::new(VALIDATION_ERROR, format!("{error}"))
}

/// In a context `null` is a value.
fn leave_nulls_out(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.iter_mut().filter(|(name, _)| *name != "context").for_each(|(_, member)| leave_nulls_out(member));
        }
        Value::Array(items) => items.iter_mut().for_each(leave_nulls_out),
        _ => {}
    }
}
