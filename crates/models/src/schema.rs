//! The schema of a tool's input, as one endpoint reads it.

use serde_json::{Map, Value};

use crate::profile::SchemaDialect;

/// References are followed this deep: a schema that holds itself ends somewhere.
const DEEPEST: u8 = 16;
/// What `schemars` and others write for the integers of Rust: they say nothing to anybody else, and strict servers refuse them.
const RUST_FORMATS: [&str; 10] =
    ["uint", "uint8", "uint16", "uint32", "uint64", "uint128", "int", "int8", "int16", "int128"];

/// The schema in this dialect.
pub(crate) fn in_dialect(schema: &Value, dialect: &SchemaDialect) -> Value {
    Writer { root: schema, dialect }.schema(schema, 0)
}

struct Writer<'a> {
    root: &'a Value,
    dialect: &'a SchemaDialect,
}

impl Writer<'_> {
    fn schema(&self, schema: &Value, depth: u8) -> Value {
        let Value::Object(object) = schema else { return schema.clone() };
        if self.dialect.inline
            && let Some(Value::String(reference)) = object.get("$ref")
        {
            return self.inlined(reference, object, depth);
        }
        let mut written = Map::new();
        for (keyword, value) in object {
            if self.is_left_out(keyword, value) {
                continue;
            }
            written.insert(keyword.clone(), self.value(keyword, value, depth));
        }
        Value::Object(written)
    }

    /// What a keyword holds: schemas, schemas by name, or plain values.
    fn value(&self, keyword: &str, value: &Value, depth: u8) -> Value {
        match (keyword, value) {
            (
                "properties" | "$defs" | "definitions" | "patternProperties" | "dependentSchemas",
                Value::Object(named),
            ) => named.iter().map(|(name, schema)| (name.clone(), self.schema(schema, depth))).collect(),
            ("items" | "additionalProperties" | "not" | "if" | "then" | "else" | "contains" | "propertyNames", _) => {
                self.schema(value, depth)
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(schemas)) => {
                schemas.iter().map(|schema| self.schema(schema, depth)).collect()
            }
            _ => value.clone(),
        }
    }

    fn is_left_out(&self, keyword: &str, value: &Value) -> bool {
        if keyword == "format" {
            let format = value.as_str().unwrap_or_default();
            let refused = self.dialect.formats.as_ref().is_some_and(|formats| !formats.contains(format));
            return refused || RUST_FORMATS.contains(&format);
        }
        let definitions = self.dialect.inline && matches!(keyword, "$defs" | "definitions");
        definitions || self.dialect.omit.contains(keyword)
    }

    /// What the reference means, with what stands beside it.
    fn inlined(&self, reference: &str, object: &Map<String, Value>, depth: u8) -> Value {
        let meant = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
        let mut written = match meant {
            Some(meant) if depth < DEEPEST => self.schema(meant, depth.saturating_add(1)),
            // A schema that allows everything.
            _ => Value::Object(Map::new()),
        };
        if let Value::Object(written) = &mut written {
            for (keyword, value) in object {
                if keyword != "$ref" && !self.is_left_out(keyword, value) {
                    written.insert(keyword.clone(), self.value(keyword, value, depth));
                }
            }
        }
        written
    }
}
