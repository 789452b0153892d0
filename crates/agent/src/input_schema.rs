//! The schema of a tool's input, as model APIs want it.

use schemars::JsonSchema;
#[cfg(not(target_arch = "wasm32"))]
use serde_json::Map;
use serde_json::Value;

/// What `schemars` makes of an input: an object with properties, everything inline.
#[cfg(not(target_arch = "wasm32"))]
pub fn parameters<Input: JsonSchema>() -> Value {
    let mut settings = schemars::generate::SchemaSettings::default();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let schema = settings.into_generator().into_root_schema_for::<Input>();
    let mut parameters = schema.to_value();
    if let Some(object) = parameters.as_object_mut() {
        object.remove("title");
        object.remove("$schema");
        drop_null(object);
        // OpenAI refuses an object schema without properties.
        object.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    }
    parameters
}

/// The Worker has the schemas as text ([`crate::Registry::with_schemas`]): making them takes a twentieth of its size.
#[cfg(target_arch = "wasm32")]
pub fn parameters<Input: JsonSchema>() -> Value {
    Value::Null
}

/// An optional member may be left out; that it may be null too, some providers do not understand.
#[cfg(not(target_arch = "wasm32"))]
fn drop_null(schema: &mut Map<String, Value>) {
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
    for value in schema.values_mut() {
        match value {
            Value::Object(inner) => drop_null(inner),
            Value::Array(list) => list.iter_mut().filter_map(Value::as_object_mut).for_each(drop_null),
            _ => {}
        }
    }
}
