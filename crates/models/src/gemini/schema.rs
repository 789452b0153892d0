//! The schema of a tool's input as Gemini reads it: a part of OpenAPI's. What it cannot say is left out or said in words; a request
//! with one word too many in one tool is refused whole.

use serde_json::{Map, Value, json};

use crate::SchemaDialect;
use crate::schema::in_dialect;

/// Values that Gemini's `enum` cannot list are listed in words, this many at most.
const MOST_WORDS: usize = 32;

/// The parameters of a function; none where it takes none, because an object without properties is refused.
pub(super) fn parameters(schema: &Value) -> Option<Value> {
    let inlined = in_dialect(schema, &SchemaDialect { inline: true, ..SchemaDialect::default() });
    let mut written = convert(&inlined);
    if let Some(members) = written.as_object_mut() {
        members.remove("nullable");
        // The description of the tool says it.
        members.remove("description");
    }
    written.get("properties").is_some().then_some(written)
}

fn convert(schema: &Value) -> Value {
    let Value::Object(schema) = schema else { return json!({ "type": "string" }) };
    let schema = merged(schema);
    let mut nullable = schema.get("nullable") == Some(&Value::Bool(true));
    let mut choices: Vec<Value> = Vec::new();
    for keyword in ["anyOf", "oneOf"] {
        choices.extend(schema.get(keyword).and_then(Value::as_array).into_iter().flatten().cloned());
    }
    let types = types(&schema);
    if types.len() > 1 && choices.is_empty() {
        // Each of the types with all the rest: what does not concern a type is left out there.
        choices = types
            .iter()
            .map(|kind| {
                let mut one = schema.clone();
                one.insert("type".to_owned(), Value::from(*kind));
                Value::Object(one)
            })
            .collect();
    }
    choices.retain(|choice| {
        let null =
            choice.get("type").and_then(Value::as_str) == Some("null") || choice.get("const") == Some(&Value::Null);
        nullable |= null;
        !null
    });
    let mut written = match choices.as_slice() {
        [] => plain(&schema, types.first().copied(), &mut nullable),
        [only] => with_description(convert(only), &schema),
        // A choice may have nothing beside it.
        _ => {
            json!({ "anyOf": choices.iter().map(|choice| with_description(convert(choice), &schema)).collect::<Vec<_>>() })
        }
    };
    if nullable {
        let listed = written.get_mut("anyOf").and_then(Value::as_array_mut);
        let places = match listed {
            Some(listed) => listed.iter_mut().collect(),
            None => vec![&mut written],
        };
        for place in places.into_iter().filter_map(Value::as_object_mut) {
            place.insert("nullable".to_owned(), Value::Bool(true));
        }
    }
    written
}

/// The schema with what `allOf` adds to it.
fn merged(schema: &Map<String, Value>) -> Map<String, Value> {
    let mut whole = schema.clone();
    let Some(Value::Array(parts)) = whole.remove("allOf") else { return whole };
    for part in parts.iter().filter_map(Value::as_object) {
        for (keyword, value) in merged(part) {
            match (whole.get_mut(&keyword), value) {
                (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
                (Some(Value::Array(known)), Value::Array(more)) if keyword == "required" => known.extend(more),
                (Some(_), _) => {}
                (None, value) => drop(whole.insert(keyword, value)),
            }
        }
    }
    whole
}

/// The types that are named, or follow from the other words.
fn types(schema: &Map<String, Value>) -> Vec<&str> {
    let has = |keyword: &str| schema.contains_key(keyword);
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind.as_str()],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ if has("properties") => vec!["object"],
        _ if has("items") || has("prefixItems") => vec!["array"],
        _ => match listed(schema).first() {
            Some(Value::Number(number)) if number.is_f64() => vec!["number"],
            Some(Value::Number(_)) => vec!["integer"],
            Some(Value::Bool(_)) => vec!["boolean"],
            _ => Vec::new(),
        },
    }
}

/// The only values there are.
fn listed(schema: &Map<String, Value>) -> Vec<&Value> {
    let values = schema.get("enum").and_then(Value::as_array);
    values.map_or_else(|| schema.get("const").into_iter().collect(), |values| values.iter().collect())
}

/// A schema of one type.
fn plain(schema: &Map<String, Value>, kind: Option<&str>, nullable: &mut bool) -> Value {
    let kind =
        kind.filter(|kind| matches!(*kind, "object" | "array" | "integer" | "number" | "boolean")).unwrap_or("string");
    let mut written = Map::new();
    let mut note = String::new();
    let mut copy = |names: &[&str]| {
        for name in names {
            if let Some(value) = schema.get(*name) {
                written.insert((*name).to_owned(), value.clone());
            }
        }
    };
    match kind {
        "string" => copy(&["minLength", "maxLength", "pattern"]),
        "array" => copy(&["minItems", "maxItems"]),
        "integer" | "number" => copy(&["minimum", "maximum"]),
        _ => {}
    }
    written.insert("type".to_owned(), Value::from(kind));
    if let Some(format) = schema.get("format").filter(|format| is_known_format(kind, format)) {
        written.insert("format".to_owned(), format.clone());
    }
    let values = listed(schema);
    *nullable |= values.contains(&&Value::Null);
    let words: Vec<&Value> =
        values.into_iter().filter(|value| !value.is_null() && value.as_str() != Some("")).collect();
    match kind {
        "string" if !words.is_empty() && words.iter().all(|word| word.is_string()) => {
            written.insert("enum".to_owned(), words.into_iter().cloned().collect());
        }
        _ if !words.is_empty() && words.len() <= MOST_WORDS => {
            let words: Vec<String> = words.iter().map(|word| word.to_string()).collect();
            note = format!("One of: {}.", words.join(", "));
        }
        _ => {}
    }
    match kind {
        "integer" | "number" => exclusive(schema, kind, &mut written),
        "array" => {
            let items = schema.get("items").filter(|items| items.is_object());
            let items = items.or_else(|| schema.get("prefixItems").and_then(|items| items.get(0)));
            written.insert("items".to_owned(), items.map_or_else(|| json!({ "type": "string" }), convert));
        }
        "object" => object(schema, &mut written, &mut note),
        _ => {}
    }
    describe(&mut written, schema.get("description").and_then(Value::as_str).unwrap_or_default(), &note);
    Value::Object(written)
}

/// An object whose members nobody has named cannot be said: it is asked for as text.
fn object(schema: &Map<String, Value>, written: &mut Map<String, Value>, note: &mut String) {
    let properties = schema.get("properties").and_then(Value::as_object);
    let properties: Map<String, Value> =
        properties.into_iter().flatten().map(|(name, property)| (name.clone(), convert(property))).collect();
    if properties.is_empty() {
        written.insert("type".to_owned(), Value::from("string"));
        *note = "A JSON object, written as text.".to_owned();
        return;
    }
    let required = schema.get("required").and_then(Value::as_array);
    let required: Vec<Value> = required
        .into_iter()
        .flatten()
        .filter(|name| name.as_str().is_some_and(|name| properties.contains_key(name)))
        .cloned()
        .collect();
    written.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        written.insert("required".to_owned(), Value::from(required));
    }
}

/// Bounds that are not allowed themselves: the next whole number is.
fn exclusive(schema: &Map<String, Value>, kind: &str, written: &mut Map<String, Value>) {
    for (keyword, bound, step) in [("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)] {
        let Some(value @ Value::Number(_)) = schema.get(keyword) else { continue };
        let next = value.as_i64().filter(|_| kind == "integer").and_then(|value| value.checked_add(step));
        written.insert(bound.to_owned(), next.map_or_else(|| value.clone(), Value::from));
    }
}

fn is_known_format(kind: &str, format: &Value) -> bool {
    matches!(
        (kind, format.as_str().unwrap_or_default()),
        ("string", "date-time") | ("integer", "int32" | "int64") | ("number", "float" | "double")
    )
}

/// What stands beside a choice is said with each of its members.
fn with_description(mut written: Value, schema: &Map<String, Value>) -> Value {
    let outer = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    if let Some(members) = written.as_object_mut()
        && !members.contains_key("description")
        && !members.contains_key("anyOf")
    {
        describe(members, outer, "");
    }
    written
}

fn describe(written: &mut Map<String, Value>, description: &str, note: &str) {
    let words = [description.trim(), note].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ");
    if !words.is_empty() {
        written.insert("description".to_owned(), Value::from(words));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property(schema: Value) -> Value {
        let whole = parameters(&json!({ "type": "object", "properties": { "x": schema } })).unwrap();
        whole["properties"]["x"].clone()
    }

    #[test]
    fn an_input_without_members_has_no_schema() {
        for schema in
            [json!({}), json!({ "type": "object" }), json!({ "type": "object", "properties": {} }), json!(true)]
        {
            assert_eq!(parameters(&schema), None, "{schema}");
        }
    }

    #[test]
    fn what_the_dialect_knows_is_kept_and_the_rest_left_out() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Input", "type": "object", "additionalProperties": false,
            "properties": {
                "city": { "type": "string", "minLength": 1, "maxLength": 80, "default": "Rome", "examples": ["Oslo"] },
                "day": { "$ref": "#/$defs/Day" },
                "count": { "type": ["integer", "null"], "format": "uint32", "minimum": 0, "description": "How many" },
            },
            "required": ["city", "gone"], "$defs": { "Day": { "type": "string", "format": "date", "description": "A day" } },
        });
        assert_eq!(
            parameters(&schema).unwrap(),
            json!({ "type": "object", "required": ["city"], "properties": {
                "city": { "type": "string", "minLength": 1, "maxLength": 80 },
                "day": { "type": "string", "description": "A day" },
                "count": { "type": "integer", "minimum": 0, "description": "How many", "nullable": true },
            } })
        );
    }

    #[test]
    fn choices_types_and_lists_of_values_are_said_as_the_dialect_says_them() {
        let cases = [
            (json!({ "enum": ["a", "b", null] }), json!({ "type": "string", "enum": ["a", "b"], "nullable": true })),
            (json!({ "const": "a" }), json!({ "type": "string", "enum": ["a"] })),
            (
                json!({ "type": "integer", "enum": [1, 2] }),
                json!({ "type": "integer", "description": "One of: 1, 2." }),
            ),
            (
                json!({ "anyOf": [{ "type": "string" }, { "type": "null" }], "description": "d" }),
                json!({ "type": "string", "nullable": true, "description": "d" }),
            ),
            (
                json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] }),
                json!({ "anyOf": [{ "type": "string" }, { "type": "integer" }] }),
            ),
            (
                json!({ "type": ["string", "integer", "null"], "minimum": 3 }),
                json!({ "anyOf": [{ "type": "string", "nullable": true }, { "type": "integer", "minimum": 3, "nullable": true }] }),
            ),
            (
                json!({ "allOf": [{ "properties": { "a": { "type": "number" } } }, { "properties": { "b": true }, "required": ["b"] }] }),
                json!({ "type": "object", "properties": { "a": { "type": "number" }, "b": { "type": "string" } }, "required": ["b"] }),
            ),
            (json!({ "type": "integer", "exclusiveMinimum": 0 }), json!({ "type": "integer", "minimum": 1 })),
            (json!({ "type": "array" }), json!({ "type": "array", "items": { "type": "string" } })),
            (
                json!({ "type": "array", "items": { "type": "integer" }, "uniqueItems": true }),
                json!({ "type": "array", "items": { "type": "integer" } }),
            ),
            (
                json!({ "type": "object" }),
                json!({ "type": "string", "description": "A JSON object, written as text." }),
            ),
        ];
        for (schema, expected) in cases {
            assert_eq!(property(schema.clone()), expected, "{schema}");
        }
    }
}
