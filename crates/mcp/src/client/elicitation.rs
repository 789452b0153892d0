use std::collections::BTreeMap;

use serde_json::Value;

use crate::protocol::{ElicitAction, ElicitRequest, ElicitResult};

/// The user's answer with the defaults that the form has for what was left out (MCP 2025-11-25, SEP-1034). Only an accepted form has any.
#[must_use]
pub fn with_defaults(request: &ElicitRequest, answer: ElicitResult) -> ElicitResult {
    let (ElicitRequest::Form { requested_schema, .. }, ElicitAction::Accept) = (request, answer.action) else {
        return answer;
    };
    let mut content: BTreeMap<String, Value> = answer.content.unwrap_or_default();
    let properties = requested_schema.get("properties").and_then(Value::as_object);
    for (name, schema) in properties.into_iter().flatten() {
        if let Some(default) = schema.get("default") {
            content.entry(name.clone()).or_insert_with(|| default.clone());
        }
    }
    ElicitResult { content: Some(content), ..answer }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_user_left_out_is_the_forms_default() {
        let schema = json!({ "type": "object", "properties": {
            "name": { "type": "string", "default": "John" }, "age": { "type": "integer", "default": 30 }, "note": { "type": "string" },
        } });
        let form = ElicitRequest::form("m", schema);
        let answer = |action, content: Value| {
            let content = content.as_object().map(|members| members.clone().into_iter().collect());
            let filled = with_defaults(&form, ElicitResult { action, content });
            json!(filled.content)
        };
        assert_eq!(answer(ElicitAction::Accept, json!({ "age": 5 })), json!({ "name": "John", "age": 5 }));
        assert_eq!(answer(ElicitAction::Accept, Value::Null), json!({ "name": "John", "age": 30 }));
        assert_eq!(answer(ElicitAction::Decline, Value::Null), Value::Null);
        let url = ElicitRequest::url("m", "https://a.example", None);
        let accepted = ElicitResult { action: ElicitAction::Accept, content: None };
        assert_eq!(with_defaults(&url, accepted.clone()), accepted);
    }
}
