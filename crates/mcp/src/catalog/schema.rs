use std::cell::Cell;

use serde_json::{Map, Value};

/// Bytes of a schema, as it is offered, at most: it stands in every prompt.
pub const LARGEST_SCHEMA_BYTES: usize = 8 * 1024;
/// References are followed, and members looked into, this deep.
const DEEPEST: u8 = 12;
/// Characters of a description inside a schema that are kept.
const LONGEST_DESCRIPTION: usize = 400;
/// Choices at the root are refused by OpenAI and Anthropic.
const NOT_AT_THE_ROOT: [&str; 10] =
    ["oneOf", "anyOf", "allOf", "not", "if", "then", "else", "enum", "const", "description"];
/// Words that say nothing to a model, or that some API refuses.
const LEFT_OUT: [&str; 12] = [
    "$schema",
    "$id",
    "$anchor",
    "$comment",
    "$defs",
    "definitions",
    "$dynamicRef",
    "$dynamicAnchor",
    "$vocabulary",
    "$ref",
    "examples",
    "title",
];

/// Why no model can be offered a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The input of a tool is an object.
    #[error("its input is not an object")]
    NotAnObject,
    /// A required member has a name that model APIs refuse, or there is no end to the schema.
    #[error("a model cannot be told a required input")]
    RequiredMember,
    /// See [`LARGEST_SCHEMA_BYTES`].
    #[error("the description of its input is too large")]
    TooLarge,
    /// Its server answers it as a task alone (MCP 2025-11-25, tasks), which is not asked for here.
    #[error("it can be called as a task alone")]
    OnlyAsTask,
}

/// The schema as every model API takes it: an object with properties, without references, members named with letters, digits, `_`, `.` and
/// `-` in 64 characters. An optional member that cannot be named so is left out. What it says less than the original, the server checks.
///
/// Errors: no model can be offered the tool.
pub fn legal_schema(schema: &Value) -> Result<Value, Unusable> {
    let root = Value::Object(Map::new());
    let whole = if schema.is_null() { &root } else { schema };
    let object = whole.as_object().ok_or(Unusable::NotAnObject)?;
    if object.get("type").is_some_and(|kind| kind != "object") {
        return Err(Unusable::NotAnObject);
    }
    let writer = Writer { root: whole, left: Cell::new(LARGEST_SCHEMA_BYTES) };
    let Value::Object(mut written) = writer.schema(whole, 0)? else {
        return Err(Unusable::NotAnObject);
    };
    // What a reference of the root brought.
    for choice in NOT_AT_THE_ROOT {
        written.remove(choice);
    }
    written.insert("type".to_owned(), "object".into());
    written.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    let written = Value::Object(written);
    if written.to_string().len() > LARGEST_SCHEMA_BYTES { Err(Unusable::TooLarge) } else { Ok(written) }
}

struct Writer<'a> {
    root: &'a Value,
    /// Bytes that may still be written. Counted while writing: a few references to the whole are more than any memory holds.
    left: Cell<usize>,
}

impl Writer<'_> {
    fn take(&self, bytes: usize) -> Result<(), Unusable> {
        self.left.set(self.left.get().checked_sub(bytes).ok_or(Unusable::TooLarge)?);
        Ok(())
    }

    /// The name of a member with its quotes, colon and comma.
    fn take_name(&self, name: &str) -> Result<(), Unusable> {
        self.take(name.len().saturating_add(4))
    }

    fn schema(&self, schema: &Value, depth: u8) -> Result<Value, Unusable> {
        self.take(1)?;
        let Value::Object(object) = schema else {
            // `true` and `false`: everything may be given.
            return Ok(Value::Object(Map::new()));
        };
        if depth >= DEEPEST {
            return Ok(Value::Object(Map::new()));
        }
        let deeper = depth.saturating_add(1);
        let mut written = match object.get("$ref").and_then(Value::as_str) {
            Some(reference) => match self.schema(self.meant(reference), deeper)? {
                Value::Object(written) => written,
                _ => Map::new(),
            },
            None => Map::new(),
        };
        let stays = |keyword: &str| !LEFT_OUT.contains(&keyword) && (depth > 0 || !NOT_AT_THE_ROOT.contains(&keyword));
        for (keyword, value) in object.iter().filter(|(keyword, _)| stays(keyword)) {
            self.take_name(keyword)?;
            let value = match (keyword.as_str(), value) {
                ("properties", Value::Object(members)) => Value::Object(self.members(members, object, deeper)?),
                ("items" | "additionalProperties" | "not" | "contains", Value::Object(_)) => {
                    self.schema(value, deeper)?
                }
                ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(schemas)) => {
                    Value::Array(schemas.iter().map(|schema| self.schema(schema, deeper)).collect::<Result<_, _>>()?)
                }
                ("patternProperties" | "dependentSchemas" | "propertyNames" | "if" | "then" | "else", _) => continue,
                ("description", Value::String(text)) => {
                    let kept: String = text.chars().take(LONGEST_DESCRIPTION).collect();
                    self.take(kept.len())?;
                    kept.into()
                }
                ("required", Value::Array(names)) => {
                    self.take(value.to_string().len())?;
                    Value::Array(names.iter().filter(|name| name.as_str().is_some_and(is_legal)).cloned().collect())
                }
                _ => {
                    self.take(value.to_string().len())?;
                    value.clone()
                }
            };
            written.insert(keyword.clone(), value);
        }
        Ok(Value::Object(written))
    }

    fn members(
        &self,
        members: &Map<String, Value>,
        object: &Map<String, Value>,
        depth: u8,
    ) -> Result<Map<String, Value>, Unusable> {
        let required = object.get("required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_some_and(|required| required.iter().any(|one| one == name));
        let mut written = Map::new();
        for (name, schema) in members {
            self.take_name(name)?;
            if is_legal(name) {
                written.insert(name.clone(), self.schema(schema, depth)?);
            } else if is_required(name) {
                return Err(Unusable::RequiredMember);
            }
        }
        Ok(written)
    }

    /// A reference within the schema; others are never fetched (a schema could name any address).
    fn meant(&self, reference: &str) -> &Value {
        reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)).unwrap_or(&Value::Null)
    }
}

fn is_legal(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_with_properties_comes_out() {
        for empty in [json!(null), json!({}), json!({"type": "object"}), json!({"$schema": "x", "title": "T"})] {
            assert_eq!(legal_schema(&empty), Ok(json!({"type": "object", "properties": {}})), "{empty}");
        }
        for wrong in
            [json!([]), json!("x"), json!(true), json!({"type": "string"}), json!({"type": ["object", "null"]})]
        {
            assert_eq!(legal_schema(&wrong), Err(Unusable::NotAnObject), "{wrong}");
        }
    }

    #[test]
    fn references_are_followed_here_and_nowhere_else() {
        let schema = json!({
            "type": "object", "required": ["to"],
            "properties": {"to": {"$ref": "#/$defs/person", "description": "who"}, "tree": {"$ref": "#/$defs/tree"},
                "far": {"$ref": "https://evil.example/schema.json"}},
            "$defs": {"person": {"type": "string", "title": "P"}, "tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/tree"}}}},
        });
        let legal = legal_schema(&schema).unwrap();
        assert_eq!(legal.pointer("/properties/to"), Some(&json!({"type": "string", "description": "who"})));
        assert_eq!(legal.pointer("/properties/far"), Some(&json!({})));
        let text = legal.to_string();
        assert!(!text.contains("$ref") && !text.contains("$defs") && !text.contains("evil"), "{text}");
    }

    /// A schema of a few kilobytes that means itself a hundred times over is given up when it is too large, not when it is written.
    #[test]
    fn references_to_the_whole_end_at_the_limit() {
        let members = |schema: Value| (0..100).map(|n| (format!("m{n}"), schema.clone())).collect::<Map<_, _>>();
        for meant in [json!({"$ref": "#"}), json!({"anyOf": [{"$ref": "#"}, {"$ref": "#"}]})] {
            let schema = json!({"type": "object", "properties": members(meant)});
            assert_eq!(legal_schema(&schema), Err(Unusable::TooLarge));
        }
        let defs =
            json!({"a": {"enum": vec!["x".repeat(3_000)]}, "b": {"properties": members(json!({"$ref": "#/$defs/a"}))}});
        let schema = json!({"type": "object", "properties": members(json!({"$ref": "#/$defs/b"})), "$defs": defs});
        assert_eq!(legal_schema(&schema), Err(Unusable::TooLarge));
        // What is not written does not count, and what fits to the byte is offered.
        let choice = json!({"type": "object", "oneOf": vec!["x".repeat(LARGEST_SCHEMA_BYTES)]});
        assert!(legal_schema(&choice).is_ok());
        let fitting = |bytes: usize| json!({"type": "object", "properties": {"a": {"const": "x".repeat(bytes)}}});
        let around = fitting(0).to_string().len();
        assert!(legal_schema(&fitting(LARGEST_SCHEMA_BYTES - around)).is_ok());
        assert_eq!(legal_schema(&fitting(LARGEST_SCHEMA_BYTES - around + 1)), Err(Unusable::TooLarge));
    }

    #[test]
    fn members_that_no_model_can_name_are_left_out_or_the_tool_is() {
        let schema = |required: &[&str]| json!({"type": "object", "required": required, "properties": {"a-b.c": {}, "$top": {}, "": {}}});
        assert_eq!(
            legal_schema(&schema(&["a-b.c"])).unwrap(),
            json!({"type": "object", "required": ["a-b.c"], "properties": {"a-b.c": {}}})
        );
        assert_eq!(legal_schema(&schema(&["$top"])), Err(Unusable::RequiredMember));
    }

    #[test]
    fn a_choice_at_the_root_and_a_flood_are_not_offered() {
        let choice = json!({"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}}, "oneOf": [{"required": ["a"]}]});
        let legal = legal_schema(&choice).unwrap();
        assert!(legal.get("oneOf").is_none() && legal.pointer("/properties/a/anyOf").is_some());
        let members: Map<String, Value> =
            (0..600).map(|n| (format!("member_{n}"), json!({"type": "string"}))).collect();
        assert_eq!(legal_schema(&json!({"type": "object", "properties": members})), Err(Unusable::TooLarge));
        let long = json!({"type": "object", "properties": {"a": {"type": "string", "description": "x".repeat(5_000)}}});
        assert!(legal_schema(&long).unwrap().to_string().len() < 600);
    }
}
