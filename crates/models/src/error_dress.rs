//! What in a successful answer is an error all the same, in whichever dress it comes.

use serde_json::Value;

/// Members that nothing but an error has.
const NAMES: [&str; 9] = [
    "error_message",
    "error_msg",
    "error_type",
    "error_code",
    "errorMessage",
    "errors",
    "detail",
    "failed_generation",
    "status_msg",
];

/// The error in a member of that name: anything but null, false, an empty string, list or object.
pub(crate) fn error_in(member: &Value) -> Option<&Value> {
    let nothing = match member {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
    };
    (!nothing).then_some(member)
}

/// The error that an object without an answer in it is, if it is one.
pub(crate) fn error_of(object: &Value) -> Option<&Value> {
    if let Some(error) = object.get("error").and_then(error_in) {
        return Some(error);
    }
    let kind = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    let named = kind("type") == "error" || kind("object") == "error";
    let coded = ["status_code", "status", "code"].iter().any(|name| object.get(*name).is_some_and(is_failure));
    let told = NAMES.iter().any(|name| object.get(*name).and_then(error_in).is_some());
    let said = ["message", "msg"].iter().any(|name| !kind(name).trim().is_empty());
    // A message alone may be a sign of life.
    let alive = kind("object").starts_with("chat.completion") || matches!(kind("type"), "ping" | "heartbeat");
    if let Some(response) =
        object.get("base_resp").filter(|response| response.get("status_code").is_some_and(is_failure))
    {
        return Some(response);
    }
    (named || coded || told || (said && !alive)).then_some(object)
}

/// A code that says so: a status from 400 on, a number of the provider's own, or a word.
fn is_failure(code: &Value) -> bool {
    match code {
        Value::Number(number) => number.as_i64().is_some_and(|number| !(0..400).contains(&number)),
        Value::String(text) => match text.trim().parse::<i64>() {
            Ok(number) => !(0..400).contains(&number),
            Err(_) => !matches!(
                text.trim().to_ascii_lowercase().as_str(),
                "" | "ok" | "success" | "in_progress" | "queued" | "completed" | "processing" | "pending" | "running"
            ),
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn t15_errors_are_known_in_every_dress_and_signs_of_life_are_none() {
        for error in [
            json!({"error": {"message": "no"}}),
            json!({"error": "no"}),
            json!({"detail": "stopped", "status_code": 500}),
            json!({"detail": [{"msg": "no"}]}),
            json!({"message": "no"}),
            json!({"msg": "no", "code": -1}),
            json!({"code": "Throttling", "message": "no"}),
            json!({"status": "UNAVAILABLE"}),
            json!({"status": 503}),
            json!({"object": "error"}),
            json!({"type": "error"}),
            json!({"choices": null, "error_message": "no"}),
            json!({"base_resp": {"status_code": 1008, "status_msg": "no"}}),
        ] {
            assert!(error_of(&error).is_some(), "{error}");
        }
        for life in [
            json!({}),
            json!({"type": "ping"}),
            json!({"error": null, "choices": []}),
            json!({"error": false, "code": 0, "message": ""}),
            json!({"code": 200, "status": "success"}),
            json!({"object": "chat.completion.chunk", "choices": [], "message": "warming up"}),
            json!({"choices": [], "usage": {"total_tokens": 3}}),
            json!({"base_resp": {"status_code": 0, "status_msg": ""}}),
            json!([]),
            json!(null),
        ] {
            assert_eq!(error_of(&life), None, "{life}");
        }
    }
}
