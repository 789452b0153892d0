use serde_json::{Value, json};

use crate::Server;
use crate::server::key;

fn objects(user: &str, relation: &str, type_name: &str) -> Value {
    json!({ "user": user, "relation": relation, "type": type_name })
}

fn users(relation: &str, filter: Value) -> Value {
    json!({ "object": { "type": "doc", "id": "1" }, "relation": relation, "user_filters": [filter] })
}

fn stored() -> (Server, String) {
    let (mut server, store, _) = Server::with_model();
    server.write(
        &store,
        &[
            ("user:ana", "owner", "doc:1"),
            ("group:1#member", "viewer", "doc:1"),
            ("user:*", "viewer", "doc:2"),
            ("user:bo", "member", "group:1"),
        ],
    );
    (server, store)
}

#[test]
fn objects_are_listed_whole_and_line_by_line() {
    let (mut server, store) = stored();
    let asked = objects("user:bo", "can_view", "doc");
    let listed = server.post(&format!("{store}/list-objects"), &asked);
    assert_eq!(listed.body, json!({ "objects": ["doc:1", "doc:2"] }));
    assert!(listed.model.is_some() && listed.cut_off.is_none());
    let streamed = server.post(&format!("{store}/streamed-list-objects"), &asked);
    assert_eq!(streamed.text, "{\"result\":{\"object\":\"doc:1\"}}\n{\"result\":{\"object\":\"doc:2\"}}\n");
    let none = server.post(&format!("{store}/streamed-list-objects"), &objects("user:bo", "owner", "doc"));
    assert_eq!((none.status, none.text.as_str()), (200, ""));
}

#[test]
fn every_bad_list_of_objects_has_its_code() {
    let (mut server, store) = stored();
    let mut contextual = objects("user:bo", "can_view", "doc");
    contextual["contextual_tuples"] = json!({ "tuple_keys": [key("user:*", "owner", "doc:1")] });
    let rows = [
        (json!({}), "type_invalid_pattern", 2047),
        (objects("user:bo", "can_view", "paper"), "type_not_found", 2021),
        (objects("user:bo", "reads", "doc"), "relation_not_found", 2022),
        (objects("user:bo", "", "doc"), "validation_error", 2000),
        (objects("", "can_view", "doc"), "validation_error", 2000),
        (objects("bo", "can_view", "doc"), "validation_error", 2000),
        (contextual, "invalid_tuple", 2027),
    ];
    for (body, code, _) in &rows {
        let answer = server.post(&format!("{store}/list-objects"), body);
        assert_eq!(answer.code(), (400, *code), "{body} {}", answer.message());
        // A stream says it in gRPC's words.
        let streamed = server.post(&format!("{store}/streamed-list-objects"), body);
        assert_eq!(streamed.status, 400);
        let message = answer.message().replace("ListObjectsRequest", "");
        let error = &streamed.body["error"];
        assert_eq!((&error["code"], &error["details"]), (&json!(3), &json!([])));
        assert_eq!(error["message"].as_str().unwrap().replace("StreamedListObjectsRequest", ""), message);
    }
    let found = server.post(&format!("{store}/list-objects"), &objects("user:bo", "reads", "doc"));
    assert_eq!(found.message(), "relation 'doc#reads' not found");
}

#[test]
fn users_are_listed_by_their_forms() {
    let (mut server, store) = stored();
    let path = format!("{store}/list-users");
    let people = server.post(&path, &users("can_view", json!({ "type": "user" })));
    let object = |id: &str| json!({ "object": { "type": "user", "id": id } });
    assert_eq!(people.body, json!({ "users": [object("ana"), object("bo")] }));
    let groups = server.post(&path, &users("can_view", json!({ "type": "group", "relation": "member" })));
    assert_eq!(groups.body, json!({ "users": [{ "userset": { "type": "group", "id": "1", "relation": "member" } }] }));
    let mut everybody = users("can_view", json!({ "type": "user", "relation": "" }));
    everybody["object"]["id"] = json!("2");
    assert_eq!(server.post(&path, &everybody).body, json!({ "users": [{ "wildcard": { "type": "user" } }] }));
    let mut contextual = users("owner", json!({ "type": "user" }));
    contextual["contextual_tuples"] = json!([key("user:zoe", "owner", "doc:1")]);
    assert_eq!(server.post(&path, &contextual).body, json!({ "users": [object("ana"), object("zoe")] }));
}

#[test]
fn every_bad_list_of_users_has_its_code() {
    let (mut server, store) = stored();
    let person = || json!({ "type": "user" });
    let with = |name: &str, value: Value| {
        let mut body = users("can_view", person());
        body[name] = value;
        body
    };
    let hundred_and_one: Vec<Value> =
        (0..101).map(|number| key("user:x", "viewer", &format!("doc:{number}"))).collect();
    let rows = [
        (json!({}), "validation_error"),
        (with("object", json!(null)), "validation_error"),
        (with("object", json!({ "type": "", "id": "1" })), "type_invalid_pattern"),
        (with("object", json!({ "type": "doc", "id": "" })), "validation_error"),
        (with("object", json!({ "type": "paper", "id": "1" })), "type_not_found"),
        (with("relation", json!("")), "validation_error"),
        (with("relation", json!("reads")), "relation_not_found"),
        (with("user_filters", json!([])), "validation_error"),
        (with("user_filters", json!([person(), person()])), "validation_error"),
        (with("user_filters", json!([{ "type": "nobody" }])), "type_not_found"),
        (with("user_filters", json!([{ "type": "group", "relation": "reads" }])), "relation_not_found"),
        (with("contextual_tuples", json!([key("user:*", "owner", "doc:1")])), "invalid_tuple"),
        (with("contextual_tuples", json!(hundred_and_one)), "validation_error"),
        (with("contextual_tuples", json!({ "tuple_keys": [] })), "validation_error"),
    ];
    for (body, code) in rows {
        let answer = server.post(&format!("{store}/list-users"), &body);
        assert_eq!(answer.code(), (400, code), "{body} {}", answer.message());
    }
    let filters = server.post(&format!("{store}/list-users"), &with("user_filters", json!([])));
    assert_eq!(filters.message(), "invalid ListUsersRequest.UserFilters: value must contain exactly 1 item(s)");
}

/// OpenFGA's users ask for it: a list that is not whole says so.
#[test]
fn a_list_that_ends_at_a_limit_says_so() {
    let (mut server, store, _) = Server::with_model();
    let names: Vec<String> = (0..1_001).map(|number| format!("doc:{number}")).collect();
    let tuples: Vec<_> = names.iter().map(|object| ("user:ana", "owner", object.as_str())).collect();
    server.write(&store, &tuples);
    let whole = server.post(&format!("{store}/list-objects"), &objects("user:ana", "owner", "doc"));
    assert_eq!(whole.body["objects"].as_array().unwrap().len(), 1_000);
    assert_eq!(whole.cut_off.as_deref(), Some("results"));
}
