//! The schema of a tool's input, as model APIs want it.

use schemars::JsonSchema;
use serde_json::{Map, Value};

/// What `schemars` makes of an input: an object with properties, everything inline, in the words that every model API knows.
pub fn parameters<Input: JsonSchema>() -> Value {
    let mut settings = schemars::generate::SchemaSettings::default();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let mut parameters = settings.into_generator().into_root_schema_for::<Input>().to_value();
    if let Some(object) = parameters.as_object_mut() {
        // Those of the Rust type: the tool has a name and a description of its own.
        for of_the_type in ["title", "$schema", "description"] {
            object.remove(of_the_type);
        }
        tidy(object);
        // OpenAI refuses an object schema without properties.
        object.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    }
    parameters
}

/// The schema as the model is offered it: how long a text or a list may be is left out. Who passes such a bound is told so in words, and a
/// prompt has better use for the room.
pub(super) fn offered(schema: &Value) -> Value {
    let Value::Object(schema) = schema else { return schema.clone() };
    let kept = schema.iter().filter(|(keyword, _)| !["minLength", "maxLength", "maxItems"].contains(&keyword.as_str()));
    let offer = |(keyword, value): (&String, &Value)| {
        let value = match (keyword.as_str(), value) {
            ("properties", Value::Object(members)) => {
                members.iter().map(|(name, member)| (name.clone(), offered(member))).collect()
            }
            ("items", item) => offered(item),
            _ => value.clone(),
        };
        (keyword.clone(), value)
    };
    Value::Object(kept.map(offer).collect())
}

/// An optional member may be left out; that it may be null too, some APIs do not understand. Formats other than that of an
/// instant (`uint32`, `email` …) Gemini refuses.
fn tidy(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = kinds.as_slice() {
            let kind = kind.clone();
            schema.insert("type".to_owned(), kind);
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    if schema.get("format").is_some_and(|format| format.is_string() && format != "date-time") {
        schema.remove("format");
    }
    for value in schema.values_mut() {
        match value {
            Value::Object(inner) => tidy(inner),
            Value::Array(list) => list.iter_mut().filter_map(Value::as_object_mut).for_each(tidy),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lengths_are_not_offered_and_members_of_their_names_are() {
        let schema = json!({"type": "object", "properties": {
            "maxLength": {"type": "integer", "minimum": 1},
            "to": {"type": "array", "minItems": 1, "maxItems": 9, "items": {"type": "string", "minLength": 1, "maxLength": 5}},
        }, "required": ["maxLength"]});
        let expected = json!({"type": "object", "properties": {
            "maxLength": {"type": "integer", "minimum": 1},
            "to": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        }, "required": ["maxLength"]});
        assert_eq!(offered(&schema), expected);
    }
}
