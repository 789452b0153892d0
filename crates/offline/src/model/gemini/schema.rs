//! Which schemas a function's parameters may have: a part of OpenAPI's, not JSON Schema.

use serde_json::Value;

use super::super::error::ModelError;
use super::error::{invalid, only};

const KEYWORDS: [&str; 22] = [
    "type",
    "format",
    "title",
    "description",
    "nullable",
    "enum",
    "maxItems",
    "minItems",
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "pattern",
    "example",
    "anyOf",
    "propertyOrdering",
    "default",
    "items",
    "minimum",
    "maximum",
];

/// Checks a schema and all within it. `at` names it as the API does.
///
/// # Errors
/// [`ModelError::Invalid`] with the API's sentence.
pub fn check(schema: &Value, at: &str) -> Result<(), ModelError> {
    only(schema, &KEYWORDS, at)?;
    let kind = check_type(schema, at)?;
    check_format(schema, &kind, at)?;
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let texts = values.iter().all(|value| value.as_str().is_some_and(|text| !text.is_empty()));
        if kind != "STRING" {
            return Err(refused(at, "enum: only allowed for STRING type"));
        }
        if !texts {
            return Err(refused(at, "enum[0]: cannot be empty"));
        }
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    if kind == "OBJECT" && properties.is_none_or(serde_json::Map::is_empty) {
        return Err(refused(at, "properties: should be non-empty for OBJECT type"));
    }
    for (number, (name, property)) in properties.into_iter().flatten().enumerate() {
        check(property, &format!("{at}.properties[{number}].value")).map_err(|error| named(error, name))?;
    }
    let required = schema.get("required").and_then(Value::as_array);
    for (number, name) in required.into_iter().flatten().enumerate() {
        let defined = properties.is_some_and(|properties| properties.contains_key(name.as_str().unwrap_or_default()));
        if !defined {
            return Err(refused(at, &format!("required[{number}]: property is not defined")));
        }
    }
    match (kind.as_str(), schema.get("items")) {
        ("ARRAY", None) => return Err(refused(at, "items: missing field.")),
        (_, Some(items)) => check(items, &format!("{at}.items"))?,
        _ => {}
    }
    for (number, choice) in schema.get("anyOf").and_then(Value::as_array).into_iter().flatten().enumerate() {
        check(choice, &format!("{at}.any_of[{number}]"))?;
    }
    Ok(())
}

/// The type in capitals; empty where a choice stands in its place.
fn check_type(schema: &Value, at: &str) -> Result<String, ModelError> {
    let kind = match schema.get("type") {
        Some(Value::String(kind)) => kind.to_ascii_uppercase(),
        None if schema.get("anyOf").is_some() => return Ok(String::new()),
        None => return Err(refused(at, "type: must be specified")),
        Some(_) => {
            let message = format!(
                "Invalid JSON payload received. Unknown name \"type\" at '{at}': Proto field is not repeating, cannot start list."
            );
            return Err(invalid(message));
        }
    };
    if ["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"].contains(&kind.as_str()) {
        return Ok(kind);
    }
    Err(invalid(format!(
        "Invalid value at '{at}.type' (type.googleapis.com/google.ai.generativelanguage.v1beta.Type), \"{kind}\""
    )))
}

fn check_format(schema: &Value, kind: &str, at: &str) -> Result<(), ModelError> {
    let Some(format) = schema.get("format").and_then(Value::as_str) else { return Ok(()) };
    match (kind, format) {
        ("STRING", "enum" | "date-time") | ("INTEGER", "int32" | "int64") | ("NUMBER", "float" | "double") => Ok(()),
        ("STRING", _) => Err(refused(at, "format: only 'enum' and 'date-time' are supported for STRING type")),
        ("INTEGER", _) => Err(refused(at, "format: only 'int32' and 'int64' are supported for INTEGER type")),
        _ => Err(refused(at, "format: only 'float' and 'double' are supported for NUMBER type")),
    }
}

fn refused(at: &str, what: &str) -> ModelError {
    invalid(format!("* GenerateContentRequest.{at}.{what}\n"))
}

/// The API numbers properties, which helps nobody: the name is ours.
fn named(error: ModelError, property: &str) -> ModelError {
    match error {
        ModelError::Invalid { message, .. } => ModelError::Invalid { message, param: Some(property.to_owned()) },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_of_the_dialect_passes_and_others_are_refused_by_name() {
        let object = |properties: Value| json!({"type": "object", "properties": properties, "required": ["a"]});
        let good = object(json!({
            "a": {"type": "string", "format": "date-time", "nullable": true},
            "b": {"type": "ARRAY", "items": {"type": "integer", "format": "int32", "minimum": 1}},
            "c": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        }));
        assert_eq!(check(&good, "tools[0].function_declarations[0].parameters"), Ok(()));
        let bad = [
            (object(json!({"a": {"type": ["string", "null"]}})), "Proto field is not repeating"),
            (object(json!({"a": {"$ref": "#/$defs/A"}})), "Unknown name \"$ref\""),
            (object(json!({"a": {"type": "integer", "format": "uint32"}})), "int32"),
            (object(json!({"a": {"type": "string", "format": "uri"}})), "date-time"),
            (object(json!({"a": {"type": "integer", "enum": [1]}})), "only allowed for STRING"),
            (object(json!({"a": {"type": "array"}})), "items: missing field"),
            (object(json!({"b": {"type": "string"}})), "property is not defined"),
            (json!({"type": "object", "properties": {}}), "should be non-empty"),
            (json!({"type": "object", "properties": {"a": {"const": 1}}}), "Unknown name \"const\""),
            (
                json!({"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string"}}}),
                "additionalProperties",
            ),
        ];
        for (schema, words) in bad {
            let error = check(&schema, "x").unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
