use base64ct::{Base64, Encoding as _};
use serde_json::Value;

use crate::protocol::{Object, Tool};

/// The word by which a tool's schema names the header of a parameter.
const ANNOTATION: &str = "x-mcp-header";

/// The headers `Mcp-Param-…` of a call: the values of the parameters that the tool's schema wants there (MCP 2026-07-28, "Custom
/// Headers from Tool Parameters"). What has no value, or `null`, has no header.
///
/// Errors: the schema breaks a rule of these annotations; such a tool is not used.
pub fn parameter_headers(tool: &Tool, arguments: &Object) -> Result<Vec<(String, String)>, HeaderProblem> {
    let parameters = annotated(&tool.input_schema)?;
    let mut headers = Vec::new();
    for Parameter { path, name } in parameters {
        let mut value = arguments.get(path.first().map_or("", |first| first));
        for segment in path.iter().skip(1) {
            value = value.and_then(|value| value.get(segment.as_str()));
        }
        let text = match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Bool(truth)) => truth.to_string(),
            Some(Value::Number(number)) => number.to_string(),
            _ => continue,
        };
        headers.push((format!("Mcp-Param-{name}"), header_value(&text)));
    }
    Ok(headers)
}

/// Checks a tool's annotations.
///
/// Errors: as of [`parameter_headers`].
pub(crate) fn check_annotations(tool: &Tool) -> Result<(), HeaderProblem> {
    annotated(&tool.input_schema).map(drop)
}

/// A text as a header has it: as it is where that is safe, else in Base64 between marks (MCP 2026-07-28, "Value Encoding").
pub(crate) fn header_value(text: &str) -> String {
    let printable = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let marked = text.starts_with("=?base64?") && text.ends_with("?=");
    if printable && !marked && text.trim_matches(' ') == text {
        text.to_owned()
    } else {
        format!("=?base64?{}?=", Base64::encode_string(text.as_bytes()))
    }
}

/// A rule of `x-mcp-header` that a tool's schema breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    /// No name, or one that no header can have.
    #[error("x-mcp-header is no name of a header")]
    Name,
    /// The same name twice, in whatever case.
    #[error("x-mcp-header names a header twice")]
    Repeated,
    /// On a parameter that is no text, whole number or truth value.
    #[error("x-mcp-header is on a parameter that is no text, whole number or truth value")]
    Kind,
    /// Where it cannot be found by the names of properties alone.
    #[error("x-mcp-header is below something else than properties")]
    Place,
}

struct Parameter {
    path: Vec<String>,
    name: String,
}

fn annotated(schema: &Value) -> Result<Vec<Parameter>, HeaderProblem> {
    let mut found: Vec<Parameter> = Vec::new();
    walk(schema, &mut Vec::new(), true, &mut found)?;
    let lower = |parameter: &Parameter| parameter.name.to_ascii_lowercase();
    let mut names: Vec<String> = found.iter().map(lower).collect();
    names.sort();
    names.dedup();
    if names.len() < found.len() { Err(HeaderProblem::Repeated) } else { Ok(found) }
}

/// `reachable`: by names of properties alone. Below anything else an annotation is an error; names of properties are no keywords.
fn walk(
    schema: &Value,
    path: &mut Vec<String>,
    reachable: bool,
    found: &mut Vec<Parameter>,
) -> Result<(), HeaderProblem> {
    let members = match schema {
        Value::Array(schemas) => return schemas.iter().try_for_each(|schema| walk(schema, path, false, found)),
        Value::Object(members) => members,
        _ => return Ok(()),
    };
    if let Some(name) = members.get(ANNOTATION) {
        if !reachable || path.is_empty() {
            return Err(HeaderProblem::Place);
        }
        let name = name.as_str().filter(|name| is_token(name)).ok_or(HeaderProblem::Name)?;
        if !matches!(members.get("type").and_then(Value::as_str), Some("string" | "integer" | "boolean")) {
            return Err(HeaderProblem::Kind);
        }
        found.push(Parameter { path: path.clone(), name: name.to_owned() });
    }
    for (keyword, value) in members {
        match (keyword.as_str(), value) {
            // Data, not schemas.
            ("const" | "default" | "enum" | "examples" | ANNOTATION, _) => {}
            (
                "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas",
                Value::Object(schemas),
            ) => {
                let reachable = reachable && keyword == "properties";
                for (name, schema) in schemas {
                    path.push(name.clone());
                    walk(schema, path, reachable, found)?;
                    path.pop();
                }
            }
            (_, value) => walk(value, path, false, found)?,
        }
    }
    Ok(())
}

/// RFC 9110, 5.6.2
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tool(input_schema: Value) -> Tool {
        Tool { name: "t".to_owned(), input_schema, ..Tool::default() }
    }

    fn headers(schema: Value, arguments: Value) -> Result<Vec<(String, String)>, HeaderProblem> {
        parameter_headers(&tool(schema), arguments.as_object().unwrap())
    }

    #[test]
    fn values_become_headers() {
        let schema = json!({ "type": "object", "properties": {
            "region": { "type": "string", "x-mcp-header": "Region" },
            "count": { "type": "integer", "x-mcp-header": "Count" },
            "deep": { "type": "object", "properties": { "on": { "type": "boolean", "x-mcp-header": "On" } } },
            "plain": { "type": "string" },
        } });
        let sent =
            headers(schema.clone(), json!({ "region": "a b", "count": -7, "deep": { "on": false }, "plain": "x" }))
                .unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut sorted = sent;
        sorted.sort();
        assert_eq!(
            sorted,
            [pair("Mcp-Param-Count", "-7"), pair("Mcp-Param-On", "false"), pair("Mcp-Param-Region", "a b")]
        );
        assert_eq!(headers(schema, json!({ "region": null, "deep": 1 })), Ok(Vec::new()));
    }

    /// The examples of the specification.
    #[test]
    fn what_is_not_safe_is_encoded() {
        for (text, expected) in [
            ("us-west1", "us-west1"),
            ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
            (" padded ", "=?base64?IHBhZGRlZCA=?="),
            ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
            ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
            ("", ""),
            ("a\tb", "=?base64?YQli?="),
        ] {
            assert_eq!(header_value(text), expected);
        }
    }

    #[test]
    fn a_schema_that_breaks_a_rule_is_refused() {
        let property = |schema: Value| json!({ "type": "object", "properties": { "a": schema } });
        let problem = |schema: Value| check_annotations(&tool(schema)).err();
        for name in ["", "a b", "a:b", "ü", "a\r\nb"] {
            assert_eq!(
                problem(property(json!({ "type": "string", "x-mcp-header": name }))),
                Some(HeaderProblem::Name),
                "{name:?}"
            );
        }
        assert_eq!(problem(property(json!({ "type": "string", "x-mcp-header": 1 }))), Some(HeaderProblem::Name));
        for kind in [json!("object"), json!("array"), json!("null"), json!("number"), json!(["string"]), Value::Null] {
            assert_eq!(
                problem(property(json!({ "type": kind, "x-mcp-header": "A" }))),
                Some(HeaderProblem::Kind),
                "{kind}"
            );
        }
        let annotated = json!({ "type": "string", "x-mcp-header": "Region" });
        let twice = json!({ "properties": { "a": annotated, "b": { "type": "string", "x-mcp-header": "region" } } });
        assert_eq!(problem(twice), Some(HeaderProblem::Repeated));
        for elsewhere in [
            annotated.clone(),
            property(json!({ "type": "array", "items": annotated })),
            property(json!({ "oneOf": [annotated] })),
            json!({ "$defs": { "a": annotated } }),
            json!({ "allOf": [{ "properties": { "a": annotated } }] }),
            json!({ "if": { "properties": { "a": annotated } } }),
        ] {
            assert_eq!(problem(elsewhere.clone()), Some(HeaderProblem::Place), "{elsewhere}");
        }
    }

    #[test]
    fn a_parameter_may_have_any_name_and_data_any_shape() {
        let named = json!({ "properties": { "x-mcp-header": { "type": "string" }, "items": { "type": "string", "x-mcp-header": "Items" } } });
        assert_eq!(headers(named, json!({ "items": "i" })), Ok(vec![("Mcp-Param-Items".to_owned(), "i".to_owned())]));
        let data =
            json!({ "properties": { "a": { "default": { "x-mcp-header": "" }, "enum": [{ "x-mcp-header": "" }] } } });
        assert_eq!(check_annotations(&tool(data)), Ok(()));
    }
}
