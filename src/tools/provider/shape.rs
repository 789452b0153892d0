//! Small results out of a provider's large records.

use deputy_agent::ToolError;
use serde_json::{Map, Value};

pub use super::clip::clip;
use super::{Caller, ProviderProblem};

/// Characters of one text that go into a result; the rest is cut off with an ellipsis.
const MAX_TEXT: usize = 2_000;

/// The list at a JSON pointer. A list that is left out is empty, as Google does it.
///
/// Errors: the answer is no object (or, for the pointer "", no list), or the member is no list.
pub fn list<'v>(answer: &'v Value, pointer: &str, caller: &Caller<'_>) -> Result<&'v [Value], ToolError> {
    match answer.pointer(pointer) {
        Some(Value::Array(items)) => Ok(items),
        None if answer.is_object() => Ok(&[]),
        _ => Err(caller.error(ProviderProblem::Malformed).into()),
    }
}

/// What becomes of each record of the list at a JSON pointer; errors as of [`list`].
pub fn each(
    answer: &Value,
    pointer: &str,
    caller: &Caller<'_>,
    shown: fn(&Value) -> Value,
) -> Result<Vec<Value>, ToolError> {
    let mut records = Vec::new();
    for record in list(answer, pointer, caller)? {
        records.push(shown(record));
    }
    Ok(records)
}

/// A text of a record, at a JSON pointer; empty when there is none.
pub fn text<'v>(record: &'v Value, pointer: &str) -> &'v str {
    record.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A record with these members only: our name, and the JSON pointer of what it is there. The first pointer of a name that
/// leads to something counts; what is missing or null is left out; long text is cut.
pub fn pick(record: &Value, members: &[(&str, &str)]) -> Value {
    let mut picked = Map::new();
    for (name, pointer) in members {
        if let Some(value) = record.pointer(pointer).filter(|value| !value.is_null() && !picked.contains_key(*name)) {
            picked.insert((*name).to_owned(), short(value));
        }
    }
    Value::Object(picked)
}

/// The names of the records that have one; GitHub leaves the short one out of some.
pub fn names(records: &[Value]) -> Value {
    let name =
        |record: &Value| ["name", "full_name"].iter().find_map(|name| record.get(name)?.as_str().map(Value::from));
    records.iter().filter_map(name).map(|name| short(&name)).collect()
}

/// The same value with its long texts cut.
pub fn short(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(clip(text, MAX_TEXT)),
        Value::Array(items) => items.iter().map(short).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), short(value))).collect(),
        scalar => scalar.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_missing_is_left_out_and_what_is_long_is_cut() {
        let record = json!({"a": {"b": 1}, "n": null, "t": "ä".repeat(3_000)});
        let picked = pick(&record, &[("x", "/nothing"), ("x", "/a/b"), ("x", "/t"), ("n", "/n"), ("t", "/t")]);
        assert_eq!(picked["x"], 1);
        assert_eq!(picked.as_object().unwrap().len(), 2);
        assert_eq!(picked["t"].as_str().unwrap().chars().count(), MAX_TEXT + 1);
        assert_eq!(pick(&json!("no object"), &[("a", "/a")]), json!({}));
    }

    #[test]
    fn records_without_a_name_have_none() {
        assert_eq!(names(&[json!({"name": "a"}), json!({}), json!({"name": 1}), json!(null)]), json!(["a"]));
    }
}
