use serde_json::{Value, json};

use crate::Server;
use crate::server::key;

fn question(user: &str, relation: &str, object: &str) -> Value {
    json!({ "tuple_key": key(user, relation, object) })
}

fn stored() -> (Server, String, String) {
    let (mut server, store, id) = Server::with_model();
    server.write(
        &store,
        &[
            ("user:ana", "owner", "doc:1"),
            ("group:1#member", "viewer", "doc:1"),
            ("user:bo", "member", "group:1"),
            ("user:cy", "member", "group:1"),
            ("user:cy", "blocked", "doc:1"),
        ],
    );
    (server, store, id)
}

#[test]
fn a_check_says_yes_or_no_and_by_which_model() {
    let (mut server, store, id) = stored();
    let path = format!("{store}/check");
    let yes = server.post(&path, &question("user:bo", "can_view", "doc:1"));
    assert_eq!(yes.body, json!({ "allowed": true, "resolution": "" }));
    assert_eq!(yes.model, Some(id.clone()));
    assert_eq!(server.post(&path, &question("user:cy", "can_view", "doc:1")).body["allowed"], false);
    let mut with_more = question("user:di", "can_view", "doc:1");
    with_more["contextual_tuples"] = json!({ "tuple_keys": [key("user:di", "member", "group:1")] });
    with_more["consistency"] = json!("HIGHER_CONSISTENCY");
    with_more["authorization_model_id"] = json!(id);
    with_more["trace"] = json!(true);
    with_more["not known"] = json!({ "to": "anybody" });
    assert_eq!(server.post(&path, &with_more).body["allowed"], true);
    let guest = json!({ "user": "user:ed", "relation": "guest", "object": "doc:1",
        "condition": { "name": "until", "context": { "end": "2027-02-01T00:00:00Z" } } });
    let mut asked = question("user:ed", "guest", "doc:1");
    asked["contextual_tuples"] = json!({ "tuple_keys": [guest] });
    asked["context"] = json!({ "now": "2027-01-15T00:00:00Z" });
    assert_eq!(server.post(&path, &asked).body["allowed"], true);
    asked["context"] = json!({ "now": "2027-02-15T00:00:00Z" });
    assert_eq!(server.post(&path, &asked).body["allowed"], false);
    asked["context"] = json!(null);
    let unknown = server.post(&path, &asked);
    assert_eq!(unknown.code(), (400, "validation_error"));
    // The newest model counts where none is named; a refusal says which it was, too.
    let newer = server.post(&format!("{store}/authorization-models"), &crate::server::model());
    assert_eq!(
        server.post(&path, &question("user:bo", "reads", "doc:1")).model,
        Some(newer.str("authorization_model_id"))
    );
}

#[test]
fn every_bad_check_has_its_code() {
    let (mut server, store, _) = stored();
    let path = format!("{store}/check");
    let with = |name: &str, value: Value| {
        let mut question = question("user:bo", "can_view", "doc:1");
        question[name] = value;
        question
    };
    let hundred_and_one: Vec<Value> =
        (0..101).map(|number| key("user:x", "viewer", &format!("doc:{number}"))).collect();
    let rows = [
        (json!({}), "tuple_key_value_not_specified"),
        (json!({ "tuple_key": null }), "tuple_key_value_not_specified"),
        (json!({ "tuple_key": {} }), "validation_error"),
        (question("", "can_view", "doc:1"), "validation_error"),
        (question("user:bo", "", "doc:1"), "validation_error"),
        (question("user:bo", "can_view", ""), "validation_error"),
        (question("user:b o", "can_view", "doc:1"), "validation_error"),
        (question("nobody:bo", "can_view", "doc:1"), "validation_error"),
        (question("user:bo", "reads", "doc:1"), "validation_error"),
        (question("user:bo", "can_view", "paper:1"), "validation_error"),
        (question("user:bo", "can_view", &format!("doc:{}", "1".repeat(256))), "validation_error"),
        (with("context", json!("now")), "validation_error"),
        (with("consistency", json!(1)), "validation_error"),
        (with("contextual_tuples", json!({ "tuple_keys": [key("user:*", "owner", "doc:1")] })), "invalid_tuple"),
        (with("contextual_tuples", json!({ "tuple_keys": hundred_and_one })), "validation_error"),
        (with("authorization_model_id", json!("latest")), "validation_error"),
        (with("authorization_model_id", json!("01JZ0000000000000000000009")), "authorization_model_not_found"),
    ];
    for (body, code) in rows {
        let answer = server.post(&path, &body);
        assert_eq!(answer.code(), (400, code), "{body} {}", answer.message());
        assert!(!answer.message().is_empty());
    }
    let type_not_found = server.post(&path, &question("user:bo", "can_view", "paper:1"));
    assert_eq!(type_not_found.message(), "invalid relation: type 'paper' not found");
    let none = server.post("/stores/01JZ0000000000000000000009/check", &question("user:bo", "can_view", "doc:1"));
    assert_eq!(none.code(), (400, "latest_authorization_model_not_found"));
}

#[test]
fn a_question_that_leads_too_deep_is_refused() {
    let (mut server, store, _) = Server::with_model();
    let names: Vec<(String, String)> =
        (0..30).map(|number| (format!("group:{}#member", number + 1), format!("group:{number}"))).collect();
    let tuples: Vec<_> = names.iter().map(|(user, object)| (user.as_str(), "member", object.as_str())).collect();
    server.write(&store, &tuples);
    server.write(&store, &[("user:ana", "member", "group:30")]);
    let answer = server.post(&format!("{store}/check"), &question("user:ana", "member", "group:0"));
    assert_eq!(answer.code(), (400, "authorization_model_resolution_too_complex"));
}

#[test]
fn a_batch_answers_each_question() {
    let (mut server, store, id) = stored();
    let path = format!("{store}/batch-check");
    let item = |id: &str, user: &str, relation: &str| json!({ "tuple_key": key(user, relation, "doc:1"), "correlation_id": id });
    let checks =
        [item("a", "user:bo", "can_view"), item("b", "user:cy", "can_view"), item("c-1_2", "user:bo", "reads")];
    let answer = server.post(&path, &json!({ "checks": checks, "consistency": "MINIMIZE_LATENCY" }));
    assert_eq!((answer.status, answer.model), (200, Some(id)));
    let result = &answer.body["result"];
    assert_eq!((&result["a"], &result["b"]), (&json!({ "allowed": true }), &json!({ "allowed": false })));
    let error =
        json!({ "input_error": "validation_error", "message": "invalid relation: relation 'doc#reads' not found" });
    assert_eq!(result["c-1_2"], json!({ "error": error }));

    let many: Vec<Value> = (0..51).map(|number| item(&number.to_string(), "user:bo", "can_view")).collect();
    let rows = [
        (json!({}), "validation_error"),
        (json!({ "checks": [] }), "validation_error"),
        (json!({ "checks": many }), "validation_error"),
        (json!({ "checks": [item("a", "user:bo", "can_view"), item("a", "user:cy", "can_view")] }), "validation_error"),
        (json!({ "checks": [item("", "user:bo", "can_view")] }), "validation_error"),
        (json!({ "checks": [item("a.b", "user:bo", "can_view")] }), "validation_error"),
        (json!({ "checks": [item("a", "user: bo", "can_view")] }), "validation_error"),
        (json!({ "checks": [{ "correlation_id": "a" }] }), "tuple_key_value_not_specified"),
    ];
    for (body, code) in rows {
        assert_eq!(server.post(&path, &body).code(), (400, code), "{body}");
    }
    let too_many = server.post(&path, &json!({ "checks": many }));
    assert_eq!(too_many.message(), "batchCheck received 51 checks, the maximum allowed is 50");
}

#[test]
fn expand_shows_one_step() {
    let (mut server, store, _) = stored();
    let path = format!("{store}/expand");
    let tree = server.post(&path, &json!({ "tuple_key": { "object": "doc:1", "relation": "can_view" } }));
    let root = &tree.body["tree"]["root"];
    assert_eq!(root["name"], "doc:1#can_view");
    let leaf = |relation: &str| json!({ "name": "doc:1#can_view", "leaf": { "computed": { "userset": format!("doc:1#{relation}") } } });
    assert_eq!(root["difference"]["subtract"], leaf("blocked"));
    assert_eq!(root["difference"]["base"]["union"]["nodes"], json!([leaf("owner"), leaf("viewer")]));
    let users = server.post(&path, &json!({ "tuple_key": { "object": "doc:1", "relation": "viewer" } }));
    assert_eq!(users.body["tree"]["root"]["leaf"], json!({ "users": { "users": ["group:1#member"] } }));
    for (body, code) in [
        (json!({}), "tuple_key_value_not_specified"),
        (json!({ "tuple_key": {} }), "invalid_expand_input"),
        (json!({ "tuple_key": { "object": "doc:1" } }), "invalid_expand_input"),
        (json!({ "tuple_key": { "object": "doc 1", "relation": "viewer" } }), "validation_error"),
        (json!({ "tuple_key": { "object": "paper:1", "relation": "viewer" } }), "validation_error"),
        (json!({ "tuple_key": { "object": "doc:1", "relation": "reads" } }), "validation_error"),
    ] {
        let answer = server.post(&path, &body);
        assert_eq!(answer.code(), (400, code), "{body} {}", answer.message());
    }
}
