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
