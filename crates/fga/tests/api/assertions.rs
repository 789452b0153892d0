use serde_json::{Value, json};

use crate::Server;
use crate::server::key;

fn assertion(user: &str, relation: &str, object: &str) -> Value {
    json!({ "tuple_key": key(user, relation, object), "expectation": true })
}

#[test]
fn assertions_are_kept_with_their_model() {
    let (mut server, store, id) = Server::with_model();
    let path = format!("{store}/assertions/{id}");
    assert_eq!(server.get(&path).body, json!({ "authorization_model_id": id, "assertions": [] }));
    let mut one = assertion("user:ana", "can_view", "doc:1");
    one["contextual_tuples"] = json!([key("user:ana", "owner", "doc:1")]);
    one["context"] = json!({ "now": null });
    let written = server.put(&path, &json!({ "assertions": [one, assertion("user:bo", "owner", "doc:1")] }));
    assert_eq!((written.status, written.text.as_str(), written.model), (204, "", Some(id.clone())));
    let read = server.get(&path);
    assert_eq!(read.body["assertions"][0], one);
    assert_eq!(read.body["assertions"].as_array().unwrap().len(), 2);
    assert_eq!(server.put(&path, &json!({ "assertions": [] })).status, 204);
    assert_eq!(server.get(&path).body["assertions"], json!([]));
}

#[test]
fn every_bad_assertion_has_its_code() {
    let (mut server, store, id) = Server::with_model();
    let path = format!("{store}/assertions/{id}");
    let with = |tuples: Value| {
        let mut one = assertion("user:ana", "can_view", "doc:1");
        one["contextual_tuples"] = tuples;
        json!({ "assertions": [one] })
    };
    let one = |user: &str, relation: &str, object: &str| json!({ "assertions": [assertion(user, relation, object)] });
    let many: Vec<Value> = (0..101).map(|_| assertion("user:ana", "can_view", "doc:1")).collect();
    let twenty_one: Vec<Value> = (0..21).map(|number| key("user:x", "viewer", &format!("doc:{number}"))).collect();
    let mut big = assertion("user:ana", "can_view", "doc:1");
    big["context"] = json!({ "text": "a".repeat(64_000) });
    let rows = [
        (json!({ "assertions": many }), "assertions_too_many_items"),
        (json!({ "assertions": [{}] }), "tuple_key_value_not_specified"),
        (json!({ "assertions": [big] }), "exceeded_entity_limit"),
        (json!({ "assertions": "none" }), "validation_error"),
        (one("", "can_view", "doc:1"), "validation_error"),
        (one("user:ana", "reads", "doc:1"), "validation_error"),
        (one("user:ana", "can_view", "paper:1"), "validation_error"),
        (with(json!([key("user:*", "owner", "doc:1")])), "validation_error"),
        (with(json!(twenty_one)), "validation_error"),
    ];
    for (body, code) in rows {
        let answer = server.put(&path, &body);
        assert_eq!(answer.code(), (400, code), "{}", answer.message());
    }
    let missing = format!("{store}/assertions/01JZ0000000000000000000009");
    assert_eq!(server.get(&missing).code(), (400, "authorization_model_not_found"));
    assert_eq!(server.put(&missing, &json!({})).code(), (400, "authorization_model_not_found"));
    assert_eq!(server.get(&format!("{store}/assertions/mine")).code(), (400, "validation_error"));
}
