use serde_json::{Value, json};

use crate::Server;
use crate::server::key;

fn writes(keys: &[Value]) -> Value {
    json!({ "writes": { "tuple_keys": keys } })
}

fn deletes(keys: &[Value]) -> Value {
    json!({ "deletes": { "tuple_keys": keys } })
}

fn guest(end: &str) -> Value {
    let mut guest = key("user:ana", "guest", "doc:1");
    guest["condition"] = json!({ "name": "until", "context": { "end": end } });
    guest
}

#[test]
fn a_tuple_is_written_read_and_deleted() {
    let (mut server, store, id) = Server::with_model();
    let path = format!("{store}/write");
    let written = server.post(&path, &writes(&[key("user:ana", "owner", "doc:1"), guest("2027-02-01T00:00:00Z")]));
    assert_eq!((written.status, written.body, written.model), (200, json!({}), Some(id)));
    let read = server.post(&format!("{store}/read"), &json!({}));
    let tuples = read.body["tuples"].as_array().unwrap();
    let mut owner = key("user:ana", "owner", "doc:1");
    owner["condition"] = json!(null);
    assert_eq!(tuples[0], json!({ "key": owner, "timestamp": "2027-01-15T08:00:03.000Z" }));
    assert_eq!(tuples[1]["key"], guest("2027-02-01T00:00:00Z"));
    let body = json!({
        "deletes": { "tuple_keys": [key("user:ana", "owner", "doc:1")] },
        "writes": { "tuple_keys": [key("user:bo", "owner", "doc:1")] },
    });
    assert_eq!(server.post(&path, &body).status, 200);
    let read =
        server.post(&format!("{store}/read"), &json!({ "tuple_key": { "object": "doc:1", "relation": "owner" } }));
    assert_eq!(read.body["tuples"][0]["key"]["user"], "user:bo");
    assert_eq!(read.body["tuples"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_there_or_missing_fails_or_is_ignored() {
    let (mut server, store, _) = Server::with_model();
    let path = format!("{store}/write");
    let ana = key("user:ana", "owner", "doc:1");
    server.post(&path, &writes(&[ana.clone(), guest("2027-02-01T00:00:00Z")]));
    let again = server.post(&path, &writes(&[key("user:new", "owner", "doc:1"), ana.clone()]));
    assert_eq!(again.code(), (400, "write_failed_due_to_invalid_input"));
    let words = "cannot write a tuple which already exists: user: 'user:ana', relation: 'owner', object: 'doc:1'";
    assert!(again.message().starts_with(words), "{}", again.message());
    // All or nothing.
    let read = server.post(&format!("{store}/read"), &json!({}));
    assert_eq!(read.body["tuples"].as_array().unwrap().len(), 2);
    let gone = server.post(&path, &deletes(&[key("user:bo", "owner", "doc:1")]));
    assert_eq!(gone.code(), (400, "write_failed_due_to_invalid_input"));
    let words = "cannot delete a tuple which does not exist: user: 'user:bo', relation: 'owner', object: 'doc:1'";
    assert!(gone.message().starts_with(words), "{}", gone.message());

    let ignored = json!({
        "writes": { "tuple_keys": [ana, key("user:new", "owner", "doc:1")], "on_duplicate": "ignore" },
        "deletes": { "tuple_keys": [key("user:bo", "owner", "doc:1")], "on_missing": "ignore" },
    });
    assert_eq!(server.post(&path, &ignored).status, 200);
    let same = json!({ "writes": { "tuple_keys": [guest("2027-02-01T00:00:00Z")], "on_duplicate": "ignore" } });
    assert_eq!(server.post(&path, &same).status, 200);
    let other = json!({ "writes": { "tuple_keys": [guest("2028-02-01T00:00:00Z")], "on_duplicate": "ignore" } });
    let other = server.post(&path, &other);
    assert_eq!(other.code(), (409, "Aborted"));
    let words = "transactional write failed due to conflict: attempted to write a tuple which already exists with a different condition: user: 'user:ana', relation: 'guest', object: 'doc:1'";
    assert_eq!(other.message(), words);
    let option = json!({ "writes": { "tuple_keys": [key("user:x", "owner", "doc:2")], "on_duplicate": "replace" } });
    let option = server.post(&path, &option);
    assert_eq!((option.code(), option.message()), ((400, "validation_error"), "invalid on_duplicate option: replace"));
    let option = json!({ "deletes": { "tuple_keys": [key("user:x", "owner", "doc:2")], "on_missing": "skip" } });
    assert_eq!(server.post(&path, &option).message(), "invalid on_missing option: skip");
}

#[test]
fn every_bad_write_has_its_code() {
    let (mut server, store, _) = Server::with_model();
    let path = format!("{store}/write");
    let many: Vec<Value> = (0..101).map(|number| key("user:ana", "owner", &format!("doc:{number}"))).collect();
    let twice = [key("user:ana", "owner", "doc:1"), key("user:ana", "owner", "doc:1")];
    let mut short = guest("2027-02-01T00:00:00Z");
    short["condition"]["name"] = json!("u");
    let rows = [
        (json!({}), "invalid_write_input"),
        (writes(&[]), "validation_error"),
        (deletes(&[]), "validation_error"),
        (writes(&twice), "cannot_allow_duplicate_tuples_in_one_request"),
        (writes(&many), "exceeded_entity_limit"),
        (writes(&[key("user:ana", "owner", "nothing:1")]), "validation_error"),
        (writes(&[key("user:ana", "reads", "doc:1")]), "validation_error"),
        (writes(&[key("user:*", "owner", "doc:1")]), "validation_error"),
        (writes(&[key("ana", "owner", "doc:1")]), "validation_error"),
        (writes(&[key("user:ana", "own er", "doc:1")]), "validation_error"),
        (writes(&[key("group:1#member", "member", "group:1")]), "validation_error"),
        (writes(&[key("user:ana", "guest", "doc:1")]), "validation_error"),
        (writes(&[guest("tomorrow")]), "validation_error"),
        (writes(&[short]), "validation_error"),
        (deletes(&[key("no user", "owner", "doc:1")]), "validation_error"),
        (writes(&[key(&format!("user:{}", "a".repeat(512)), "owner", "doc:1")]), "validation_error"),
        (json!({ "authorization_model_id": "x", "writes": { "tuple_keys": twice } }), "validation_error"),
        (
            json!({ "authorization_model_id": "01JZ0000000000000000000009", "writes": { "tuple_keys": twice } }),
            "authorization_model_not_found",
        ),
    ];
    for (body, code) in rows {
        let answer = server.post(&path, &body);
        assert_eq!(answer.code(), (400, code), "{body} {}", answer.message());
    }
    let none = server.post("/stores/01JZ0000000000000000000009/write", &writes(&[key("user:ana", "owner", "doc:1")]));
    assert_eq!(none.code(), (400, "latest_authorization_model_not_found"));
    assert_eq!(none.message(), "No authorization models found for store '01JZ0000000000000000000009'");
    assert_eq!(server.post(&format!("{store}/read"), &json!({})).body["tuples"], json!([]));
}

#[test]
fn tuples_are_read_by_what_they_have() {
    let (mut server, store, _) = Server::with_model();
    server.write(
        &store,
        &[
            ("user:ana", "owner", "doc:1"),
            ("user:ana", "viewer", "doc:2"),
            ("user:bo", "viewer", "doc:1"),
            ("group:1#member", "viewer", "doc:1"),
            ("user:ana", "member", "group:1"),
        ],
    );
    let path = format!("{store}/read");
    let mut count =
        |filter: Value| server.post(&path, &json!({ "tuple_key": filter })).body["tuples"].as_array().map(Vec::len);
    assert_eq!(count(json!(null)), Some(5));
    assert_eq!(count(json!({ "object": "doc:1" })), Some(3));
    assert_eq!(count(json!({ "object": "doc:1", "relation": "viewer" })), Some(2));
    assert_eq!(count(json!({ "object": "doc:", "user": "user:ana" })), Some(2));
    assert_eq!(count(json!({ "object": "doc:", "user": "user:ana", "relation": "owner" })), Some(1));
    assert_eq!(count(json!({ "object": "doc:1", "user": "group:1#member" })), Some(1));
    assert_eq!(count(json!({ "object": "doc:9" })), Some(0));
    assert_eq!(count(json!({ "object": "doc:1", "user": "a:b:c" })), Some(0));
    for filter in [json!({}), json!({ "user": "user:ana" }), json!({ "object": "doc:" }), json!({ "object": "doc" })] {
        let answer = server.post(&path, &json!({ "tuple_key": filter }));
        assert_eq!(answer.code(), (400, "validation_error"));
        let words = "the 'tuple_key' field was provided but the object type field is required";
        assert!(answer.message().starts_with(words), "{}", answer.message());
    }
    let user = server.post(&path, &json!({ "tuple_key": { "object": "doc:1", "user": "ana" } }));
    assert!(user.message().starts_with("invalid ReadRequestTupleKey.User: value does not match"), "{}", user.message());
}

#[test]
fn tuples_are_read_by_pages() {
    let (mut server, store, _) = Server::with_model();
    let names: Vec<String> = (0..7).map(|number| format!("doc:{number}")).collect();
    let tuples: Vec<_> = names.iter().map(|object| ("user:ana", "owner", object.as_str())).collect();
    server.write(&store, &tuples);
    let path = format!("{store}/read");
    let mut read = Vec::new();
    let mut token = String::new();
    loop {
        let page = server.post(&path, &json!({ "page_size": "3", "continuation_token": token }));
        let found = page.body["tuples"].as_array().unwrap();
        read.extend(found.iter().map(|tuple| tuple["key"]["object"].as_str().unwrap().to_owned()));
        token = page.str("continuation_token");
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(read, names);
    for (body, code) in [
        (json!({ "page_size": 0 }), "page_size_invalid"),
        (json!({ "page_size": 101 }), "page_size_invalid"),
        (json!({ "page_size": "all" }), "validation_error"),
        (json!({ "continuation_token": "!" }), "validation_error"),
        (json!({ "continuation_token": "YQ==" }), "invalid_continuation_token"),
        (json!({ "consistency": 7 }), "validation_error"),
    ] {
        assert_eq!(server.post(&path, &body).code(), (400, code), "{body}");
    }
    assert_eq!(server.post(&path, &json!({ "consistency": "HIGHER_CONSISTENCY" })).status, 200);
}

#[test]
fn changes_are_read_in_their_order() {
    let (mut server, store, _) = Server::with_model();
    let path = format!("{store}/changes");
    assert_eq!(server.get(&path).body, json!({ "changes": [], "continuation_token": "" }));
    server.write(&store, &[("user:ana", "owner", "doc:1"), ("user:ana", "member", "group:1")]);
    server.post(&format!("{store}/write"), &deletes(&[key("user:ana", "owner", "doc:1")]));
    let all = server.get(&path);
    let changes = all.body["changes"].as_array().unwrap();
    let operations: Vec<_> = changes.iter().map(|change| change["operation"].as_str().unwrap()).collect();
    assert_eq!(operations, ["TUPLE_OPERATION_WRITE", "TUPLE_OPERATION_WRITE", "TUPLE_OPERATION_DELETE"]);
    assert_eq!(changes[0]["timestamp"], "2027-01-15T08:00:04.000Z");
    // Nothing new: the same token again, and with it what comes later.
    let token = all.str("continuation_token");
    let next = server.get(&format!("{path}?continuation_token={token}"));
    assert_eq!(next.body, json!({ "changes": [], "continuation_token": token }));
    server.write(&store, &[("user:bo", "owner", "doc:1")]);
    let next = server.get(&format!("{path}?continuation_token={token}"));
    assert_eq!(next.body["changes"][0]["tuple_key"]["user"], "user:bo");
    let groups = server.get(&format!("{path}?type=group"));
    assert_eq!(groups.body["changes"].as_array().unwrap().len(), 1);
    let late = server.get(&format!("{path}?start_time=2027-01-15T08:00:05Z"));
    assert_eq!(late.body["changes"].as_array().unwrap().len(), 2);
    let first = server.get(&format!("{path}?page_size=1"));
    assert_eq!(first.body["changes"].as_array().unwrap().len(), 1);
    for (query, code) in [
        (format!("type=doc&continuation_token={token}"), "query_string_type_continuation_token_mismatch"),
        ("continuation_token=YQ==".to_owned(), "invalid_continuation_token"),
        ("page_size=0".to_owned(), "validation_error"),
        ("type=a%20b".to_owned(), "type_invalid_pattern"),
        ("start_time=yesterday".to_owned(), "validation_error"),
        ("start_time=2099-01-01T00:00:00Z".to_owned(), "validation_error"),
    ] {
        assert_eq!(server.get(&format!("{path}?{query}")).code(), (400, code), "{query}");
    }
}
