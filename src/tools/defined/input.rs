use serde::Deserialize;
use serde_json::{Map, Value, json};

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
        let mut shown = schema.unwrap_or_else(|| json!({ "type": "object" }));
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

    /// The input, if it fits; else why not, for the model. `null` counts as missing.
    pub fn check<'i>(&self, input: &'i Value) -> Result<&'i Map<String, Value>, String> {
        let members = input.as_object().ok_or("it is no object")?;
        let given = |name: &str| members.get(name).is_some_and(|value| !value.is_null());
        if let Some(missing) = self.required.iter().find(|name| !given(name)) {
            return Err(format!("{missing} is missing"));
        }
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            let property = self.property(name).ok_or_else(|| format!("there is no input {name}"))?;
            property.check(value).map_err(|wanted| format!("{name} must be {wanted}"))?;
        }
        Ok(members)
    }
}

impl Property {
    fn check(&self, value: &Value) -> Result<(), String> {
        let (fits, wanted) = match self.kind {
            Kind::String => (value.is_string(), "a text"),
            Kind::Integer => (value.is_i64() || value.is_u64(), "a whole number"),
            Kind::Number => (value.is_number(), "a number"),
            Kind::Boolean => (value.is_boolean(), "true or false"),
        };
        if !fits {
            return Err(wanted.to_owned());
        }
        if let Some(text) = value.as_str() {
            if !self.one_of.is_empty() && !self.one_of.iter().any(|one| one == text) {
                return Err(format!("one of {}", self.one_of.join(", ")));
            }
            if let Some(most) = self.max_length.filter(|most| text.chars().count() > *most) {
                return Err(format!("at most {most} characters"));
            }
        }
        if let Some(number) = value.as_f64() {
            if let Some(least) = self.minimum.filter(|least| number < *least) {
                return Err(format!("at least {least}"));
            }
            if let Some(most) = self.maximum.filter(|most| number > *most) {
                return Err(format!("at most {most}"));
            }
        }
        Ok(())
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

    #[test]
    fn input_that_does_not_fit_is_refused_in_words() {
        let properties = json!({
            "name": {"type": "string", "description": "Name", "maxLength": 3},
            "kind": {"type": "string", "enum": ["a", "b"]},
            "limit": {"type": "integer", "minimum": 1, "maximum": 9},
            "share": {"type": "number"}, "all": {"type": "boolean"}
        });
        let schema = json!({"type": "object", "properties": properties, "required": ["name"]});
        let (schema, _) = Schema::read(Some(schema)).unwrap();
        for (input, why) in [
            (json!("x"), "it is no object"),
            (json!({}), "name is missing"),
            (json!({"name": null}), "name is missing"),
            (json!({"name": 3}), "name must be a text"),
            (json!({"name": "äöüß"}), "name must be at most 3 characters"),
            (json!({"name": "x", "kind": "c"}), "kind must be one of a, b"),
            (json!({"name": "x", "limit": 1.5}), "limit must be a whole number"),
            (json!({"name": "x", "limit": 0}), "limit must be at least 1"),
            (json!({"name": "x", "limit": 10}), "limit must be at most 9"),
            (json!({"name": "x", "share": "1"}), "share must be a number"),
            (json!({"name": "x", "all": "yes"}), "all must be true or false"),
            (json!({"name": "x", "url": "https://evil.example"}), "there is no input url"),
        ] {
            assert_eq!(schema.check(&input).unwrap_err(), why);
        }
        for input in [json!({"name": "äöü"}), json!({"name": "x", "kind": "b", "limit": 9, "share": 0.5, "all": false})]
        {
            assert!(schema.check(&input).is_ok(), "{input}");
        }
    }
}
