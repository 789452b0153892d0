use serde_json::{Map, Value};

/// Name of the library of whoever has these claims: of the organisation they are signed in to, else of the tenant. No organisation's
/// library can have the tenant's name.
pub fn library_name(claims: &Map<String, Value>) -> String {
    match claims.get("org_id").and_then(Value::as_str).filter(|id| !id.is_empty()) {
        Some(organization) => format!("org:{organization}"),
        None => "tenant".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn name(claims: &Value) -> String {
        library_name(claims.as_object().unwrap())
    }

    #[test]
    fn every_organization_has_its_own_library() {
        assert_eq!(name(&json!({ "sub": "auth0|ana" })), "tenant");
        assert_eq!(name(&json!({ "org_id": "org_1" })), "org:org_1");
        assert_eq!(name(&json!({ "org_id": "tenant" })), "org:tenant");
        for odd in [json!(""), json!(null), json!(7)] {
            assert_eq!(name(&json!({ "org_id": odd })), "tenant");
        }
    }
}
