use serde_json::{Value, json};

use crate::Server;
use crate::server::model;

fn written(change: impl FnOnce(&mut Value)) -> (u16, String, String) {
    let (mut server, store, _) = Server::with_model();
    let mut changed = model();
    change(&mut changed);
    let answer = server.post(&format!("{store}/authorization-models"), &changed);
    let (status, code) = answer.code();
    (status, code.to_owned(), answer.message().to_owned())
}

fn refused(change: impl FnOnce(&mut Value)) -> (String, String) {
    let (status, code, message) = written(change);
    assert_eq!(status, 400, "{message}");
    (code, message)
}

#[test]
fn a_model_comes_back_as_it_was_written() {
    let (mut server, store, id) = Server::with_model();
    let found = server.get(&format!("{store}/authorization-models/{id}"));
    let found = &found.body["authorization_model"];
    assert_eq!((found["id"].as_str(), found["schema_version"].as_str()), (Some(id.as_str()), Some("1.1")));
    assert_eq!(found["conditions"], model()["conditions"]);
    let direct = &found["type_definitions"][2]["metadata"]["relations"]["viewer"]["directly_related_user_types"];
    assert_eq!(direct[1], json!({ "type": "user", "wildcard": {} }));
    // Both spellings are read, one is written.
    let union = &found["type_definitions"][2]["relations"]["can_view"]["difference"]["base"]["union"]["child"];
    assert_eq!(union[1], json!({ "computedUserset": { "relation": "viewer" } }));
    let missing = server.get(&format!("{store}/authorization-models/01JZ0000000000000000000009"));
    assert_eq!(missing.code(), (400, "authorization_model_not_found"));
    assert_eq!(missing.message(), "Authorization Model '01JZ0000000000000000000009' not found");
    assert_eq!(server.get(&format!("{store}/authorization-models/newest")).code(), (400, "validation_error"));
}

#[test]
fn models_are_listed_the_newest_first() {
    let (mut server, store, first) = Server::with_model();
    let path = format!("{store}/authorization-models");
    let mut ids = vec![first];
    ids.extend((0..3).map(|_| server.post(&path, &model()).str("authorization_model_id")));
    let mut listed = Vec::new();
    let mut token = String::new();
    loop {
        let page = server.get(&format!("{path}?page_size=2&continuation_token={token}"));
        let models = page.body["authorization_models"].as_array().unwrap();
        listed.extend(models.iter().map(|model| model["id"].as_str().unwrap().to_owned()));
        token = page.str("continuation_token");
        if token.is_empty() {
            break;
        }
    }
    ids.reverse();
    assert_eq!(listed, ids);
    assert_eq!(server.get(&format!("{path}?page_size=0")).code(), (400, "page_size_invalid"));
    let none = server.get("/stores/01JZ0000000000000000000009/authorization-models");
    assert_eq!(none.body, json!({ "authorization_models": [], "continuation_token": "" }));
}

#[test]
fn a_model_needs_a_store() {
    let answer = Server::default().post("/stores/01JZ0000000000000000000009/authorization-models", &model());
    assert_eq!(answer.code(), (404, "store_id_not_found"));
}

#[test]
fn the_fields_of_a_model_have_codes_of_their_own() {
    let (code, message) = refused(|model| model["type_definitions"] = json!([]));
    assert_eq!(code, "type_definitions_too_few_items");
    assert_eq!(
        message,
        "invalid WriteAuthorizationModelRequest.TypeDefinitions: value must contain at least 1 item(s)"
    );
    let (code, message) = refused(|model| model["type_definitions"][0]["type"] = json!("a b"));
    assert_eq!(code, "type_invalid_pattern");
    assert_eq!(message, r#"invalid TypeDefinition.Type: value does not match regex pattern "^[^:#@\\s]{1,254}$""#);
    let (code, _) = refused(|model| {
        model["type_definitions"][0]["relations"] = json!({ "a b": { "this": {} } });
    });
    assert_eq!(code, "relations_invalid_pattern");
    let (code, message) = refused(|model| model["schema_version"] = json!("2.0"));
    assert_eq!(code, "validation_error");
    assert!(message.ends_with("SchemaVersion: value must be in list [1.0 1.1 1.2]"), "{message}");
    let (code, _) = refused(|model| model["schema_version"] = json!("1.0"));
    assert_eq!(code, "invalid_authorization_model");
    let difference = |difference: Value| {
        move |model: &mut Value| {
            model["type_definitions"][2]["relations"]["can_view"] = json!({ "difference": difference });
        }
    };
    let this = || json!({ "computedUserset": { "relation": "owner" } });
    assert_eq!(refused(difference(json!({ "subtract": this() }))).0, "difference_base_missing_value");
    assert_eq!(refused(difference(json!({ "base": this() }))).0, "subtract_base_missing_value");
    let types: Vec<Value> = (0..101).map(|number| json!({ "type": format!("t{number}") })).collect();
    let (code, message) = refused(|model| model["type_definitions"] = json!(types));
    assert_eq!(code, "exceeded_entity_limit");
    assert_eq!(message, "The number of type definitions in an authorization model exceeds the allowed limit of 100");
    let (code, message) =
        refused(|model| model["type_definitions"][0]["metadata"] = json!({ "module": "m".repeat(262_000) }));
    assert_eq!(code, "exceeded_entity_limit");
    assert!(
        message.starts_with("model exceeds size limit: ") && message.ends_with(" bytes vs 262144 bytes"),
        "{message}"
    );
}

#[test]
fn conditions_have_limits_that_are_named() {
    let (code, message) = refused(|model| model["conditions"]["until"]["expression"] = json!("now < end ".repeat(60)));
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("validation_error", "invalid Condition.Expression: value length must be at most 512 bytes")
    );
    let (_, message) = refused(|model| {
        for number in 0..26 {
            model["conditions"][format!("c{number}")] = model["conditions"]["until"].clone();
        }
    });
    assert!(message.ends_with("Conditions: value must contain no more than 25 pair(s)"), "{message}");
    let (code, _) = refused(|model| model["conditions"]["until"]["expression"] = json!("now <"));
    assert_eq!(code, "invalid_authorization_model");
}

#[test]
fn a_model_that_means_nothing_is_refused() {
    let changes: [fn(&mut Value); 4] = [
        |model| model["type_definitions"][1]["type"] = json!("user"),
        |model| {
            model["type_definitions"][2]["relations"]["can_view"] = json!({ "computedUserset": { "relation": "gone" } })
        },
        |model| {
            model["type_definitions"][2]["relations"]["can_view"] =
                json!({ "computedUserset": { "relation": "can_view" } })
        },
        |model| model["type_definitions"][2]["metadata"] = json!(null),
    ];
    for change in changes {
        let (code, message) = refused(change);
        assert_eq!(code, "invalid_authorization_model", "{message}");
        assert!(!message.is_empty());
    }
}
