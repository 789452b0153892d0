//! Rich authorization details (RFC 9396) within Auth0's limits.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::OAuthError;
use crate::world::Api;

const MOST_BYTES: usize = 5 * 1024;
const MOST_OBJECTS: usize = 5;
const MOST_PROPERTIES: usize = 10;
const LONGEST_TEXT: usize = 255;
const DEEPEST: usize = 5;

/// Reads the parameter; none is an empty list.
///
/// # Errors
/// `invalid_authorization_details` (RFC 9396 5) beyond the limits or for a type that the API does not know.
pub(crate) fn read(text: Option<&str>, api: Option<&Api>) -> Result<Vec<Value>, OAuthError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    if text.len() > MOST_BYTES {
        return Err(refused("authorization_details are larger than 5 KB."));
    }
    let details: Vec<Value> =
        serde_json::from_str(text).map_err(|_| refused("authorization_details are not a JSON array."))?;
    if details.len() > MOST_OBJECTS {
        return Err(refused("authorization_details have more than 5 objects."));
    }
    for detail in &details {
        check(detail, api)?;
    }
    Ok(details)
}

fn check(detail: &Value, api: Option<&Api>) -> Result<(), OAuthError> {
    let object = detail.as_object().ok_or_else(|| refused("Every authorization detail must be an object."))?;
    let kind =
        object.get("type").and_then(Value::as_str).ok_or_else(|| refused("An authorization detail has no type."))?;
    let known = api.is_some_and(|api| api.authorization_details_types.iter().any(|known| known == kind));
    if !known {
        return Err(refused(&format!("The authorization details type {kind} is not registered on the API.")));
    }
    check_object(object, 1)
}

fn check_object(object: &Map<String, Value>, depth: usize) -> Result<(), OAuthError> {
    if object.len() > MOST_PROPERTIES {
        return Err(refused("An authorization detail has more than 10 properties."));
    }
    object.iter().try_for_each(|(name, value)| {
        if name.chars().count() > LONGEST_TEXT {
            return Err(refused("A property name is longer than 255 characters."));
        }
        check_value(value, depth)
    })
}

fn check_value(value: &Value, depth: usize) -> Result<(), OAuthError> {
    let deeper = depth.saturating_add(1);
    match value {
        Value::String(text) if text.chars().count() > LONGEST_TEXT => {
            Err(refused("A property value is longer than 255 characters."))
        }
        Value::Array(_) | Value::Object(_) if deeper > DEEPEST => {
            Err(refused("An authorization detail is more than 5 levels deep."))
        }
        Value::Array(items) => items.iter().try_for_each(|item| check_value(item, deeper)),
        Value::Object(object) => check_object(object, deeper),
        _ => Ok(()),
    }
}

fn refused(sentence: &str) -> OAuthError {
    OAuthError::new(StatusCode::BAD_REQUEST, "invalid_authorization_details", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn api() -> Api {
        serde_json::from_value(json!({
            "identifier": "a", "name": "A", "scopes": [], "token_lifetime": 1, "authorization_details_types": ["purchase"],
        }))
        .unwrap()
    }

    #[test]
    fn every_limit_is_kept() {
        let api = api();
        let good = json!([{ "type": "purchase", "items": [{ "name": { "de": { "short": "x" } } }] }]);
        assert_eq!(read(Some(&good.to_string()), Some(&api)).unwrap().len(), 1);
        let wide: Map<String, Value> = (0..11).map(|n| (format!("p{n}"), json!(1))).collect();
        let mut wide = Value::Object(wide);
        wide["type"] = json!("purchase");
        for bad in [
            json!({ "type": "purchase" }),
            json!(["purchase"]),
            json!([{ "kind": "purchase" }]),
            json!([{ "type": "payment" }]),
            json!([{ "type": "purchase", "a": { "b": { "c": { "d": { "e": {} } } } } }]),
            json!([{ "type": "purchase", "a": "x".repeat(256) }]),
            json!([{ "type": "purchase", "x".repeat(256): 1 }]),
            json!(vec![json!({ "type": "purchase" }); 6]),
            json!([wide]),
            json!(vec![json!({ "type": "purchase", "a": vec!["x".repeat(250); 5] }); 5]),
        ] {
            assert!(read(Some(&bad.to_string()), Some(&api)).is_err(), "{bad}");
        }
        assert!(read(Some(&good.to_string()), None).is_err());
        assert!(read(Some("nonsense"), Some(&api)).is_err());
    }
}
