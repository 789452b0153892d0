//! Parameters of tools that are in headers too (`x-mcp-header`, 2026-07-28).

use serde_json::Value;

use super::fault::Fault;
use super::offer::Offer;
use super::stateless::StatelessRequest;
use crate::protocol::{Object, method};

/// Compares the headers `Mcp-Param-…` with the arguments of a call.
///
/// Errors: [`Fault::HeaderMismatch`], where one says something else, or is missing.
pub(super) async fn check(offer: &impl Offer, asked: &StatelessRequest) -> Result<(), Fault> {
    if asked.request.method != method::TOOLS_CALL {
        return Ok(());
    }
    let name = asked.request.params.get("name").and_then(Value::as_str).unwrap_or_default();
    let Some(schema) = offer.mirrored_schema(name).await? else { return Ok(()) };
    let nothing = Object::new();
    let arguments = asked.request.params.get("arguments").and_then(Value::as_object).unwrap_or(&nothing);
    compare(&schema, arguments, asked)
}

fn compare(schema: &Value, arguments: &Object, asked: &StatelessRequest) -> Result<(), Fault> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Ok(()) };
    for (name, property) in properties {
        let value = arguments.get(name).filter(|value| !value.is_null());
        if let Some(header) = property.get("x-mcp-header").and_then(Value::as_str) {
            let header = header.to_ascii_lowercase();
            let sent = asked.mirrored.iter().find(|(name, _)| *name == header).map(|(_, value)| value.as_deref());
            let same = match (value, sent) {
                (None, None) => true,
                (Some(value), Some(Some(sent))) => is_same(value, sent),
                _ => false,
            };
            if !same {
                return Err(Fault::HeaderMismatch { header: format!("Mcp-Param-{header}") });
            }
        }
        if let Some(Value::Object(inner)) = value {
            compare(property, inner, asked)?;
        }
    }
    Ok(())
}

fn is_same(value: &Value, sent: &str) -> bool {
    match value {
        Value::String(text) => text == sent,
        Value::Bool(flag) => sent == if *flag { "true" } else { "false" },
        // `42.0` and `42` are equal.
        Value::Number(number) => sent.parse::<f64>().ok().is_some_and(|sent| number.as_f64() == Some(sent)),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}
