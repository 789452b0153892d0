use serde::Deserialize;
use serde_json::{Map, Value};

use super::DefinitionProblem;

/// The part of JSON Schema a definition may use. Every word of it is checked when the tool is called; a schema with any other
/// word is refused, so that nothing the model is told goes unchecked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Schema {
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip)]
    properties: Vec<(String, Property)>,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default, rename = "additionalProperties")]
    additional: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[allow(dead_code, reason = "read to refuse what is no such rule; the engine checks inputs by the schema itself")]
struct Property {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default, rename = "enum")]
    one_of: Vec<String>,
    #[serde(default)]
    minimum: Option<f64>,
    #[serde(default)]
    maximum: Option<f64>,
    #[serde(default, rename = "maxLength")]
    max_length: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    String,
    Integer,
    Number,
    Boolean,
}

/// The words of an input's schema; a description and a format are for the model alone.
const PROPERTY: [&str; 7] = ["type", "description", "format", "enum", "minimum", "maximum", "maxLength"];

impl Schema {
    /// Reads the schema of a definition and what the model is shown of it; without one the tool has no input.
    pub fn read(schema: Option<Value>) -> Result<(Self, Value), DefinitionProblem> {
        let mut shown = schema.unwrap_or_else(|| serde_json::json!({"type": "object"}));
        let mut schema: Self = deputy_http::json::read_value(&shown).map_err(|_| DefinitionProblem::Input)?;
        match shown.get("properties") {
            None => {}
            Some(Value::Object(properties)) => schema.read_properties(properties)?,
            Some(_) => return Err(DefinitionProblem::Input),
        }
        let fits = only(&shown, &["type", "properties", "required", "additionalProperties"])
            && schema.kind == "object"
            && !schema.additional
            && schema.required.iter().all(|name| schema.property(name).is_some());
        if let (true, Some(object)) = (fits, shown.as_object_mut()) {
            // OpenAI refuses an object schema without properties.
            object.entry("properties").or_insert_with(|| Map::new().into());
            return Ok((schema, shown));
        }
        Err(DefinitionProblem::Input)
    }

    fn read_properties(&mut self, properties: &Map<String, Value>) -> Result<(), DefinitionProblem> {
        for (name, written) in properties {
            let property = deputy_http::json::read_value(written).map_err(|_| DefinitionProblem::Input)?;
            if !is_name(name) || !only(written, &PROPERTY) {
                return Err(DefinitionProblem::Input);
            }
            self.properties.push((name.clone(), property));
        }
        Ok(())
    }

    /// True when these are the inputs, each of them at least once and no other.
    pub fn are_all(&self, used: &[&str]) -> bool {
        used.iter().all(|name| self.property(name).is_some())
            && self.properties.iter().all(|(name, _)| used.contains(&name.as_str()))
    }

    fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|(own, _)| own == name).map(|(_, property)| property)
    }

    /// True when the model must give it.
    pub fn is_required(&self, name: &str) -> bool {
        self.required.iter().any(|required| required == name)
    }
}

/// True for an object with no other members: what is not known is not done, and must not be believed to be.
pub fn only(value: &Value, members: &[&str]) -> bool {
    value.as_object().is_some_and(|object| object.keys().all(|name| members.contains(&name.as_str())))
}

/// A name of a tool or an input: model APIs take these, and old clients split at `-`.
pub fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_that_would_not_be_checked_is_refused() {
        for schema in [
            json!([]),
            json!({"type": "array"}),
            json!({"type": "object", "properties": {"a": {"type": "object"}}}),
            json!({"type": "object", "properties": {"a": {"type": "string", "pattern": "x"}}}),
            json!({"type": "object", "properties": {"a": {}}}),
            json!({"type": "object", "properties": {"a-b": {"type": "string"}}}),
            json!({"type": "object", "required": ["a"]}),
            json!({"type": "object", "additionalProperties": true}),
            json!({"type": "object", "allOf": []}),
        ] {
            assert_eq!(Schema::read(Some(schema.clone())).unwrap_err(), DefinitionProblem::Input, "{schema}");
        }
        assert_eq!(Schema::read(None).unwrap().1, json!({"type": "object", "properties": {}}));
    }
}
