use serde_json::{Value, json};

use super::service::SETTINGS;
use super::*;

const STORE: &str = "/stores/01JZ0000000000000000000001";

fn call(library: &Core<FakeHost>, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let call = FgaCall { method: method.to_owned(), path: format!("{STORE}{path}"), body };
    let reply = ask(library, call).unwrap();
    (reply.status, serde_json::from_str(&reply.body).unwrap_or_default())
}

fn tuple(user: &str, relation: &str, object: &str) -> Value {
    json!({ "user": user, "relation": relation, "object": object })
}

fn code_of(answer: (u16, Value)) -> (u16, String) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default().to_owned())
}

/// What the page shares is seen by OpenFGA's clients, and what these write counts at once.
#[test]
fn the_api_is_over_the_librarys_own_tuples() {
    let host = FakeHost::new();
    let library = library(&host, &[]);
    add(&library, "ana", "plan", None).unwrap();
    let check = |user: &str| {
        let question = json!({ "tuple_key": tuple(user, "can_view", "doc:plan") });
        call(&library, "POST", "/check", &question).1["allowed"].clone()
    };
    assert_eq!((check("user:auth0|ana"), check("user:auth0|bo")), (json!(true), json!(false)));
    let written = json!({ "writes": { "tuple_keys": [tuple("user:auth0|bo", "viewer", "doc:plan")] } });
    assert_eq!(call(&library, "POST", "/write", &written), (200, json!({})));
    assert!(sees(&library, "bo", "plan"));
    let deleted = json!({ "deletes": { "tuple_keys": [tuple("user:auth0|bo", "viewer", "doc:plan")] } });
    assert_eq!(call(&library, "POST", "/write", &deleted).0, 200);
    assert!(!sees(&library, "bo", "plan"));
    let twice = call(&library, "POST", "/write", &deleted);
    assert_eq!(code_of(twice), (400, "write_failed_due_to_invalid_input".to_owned()));
}

#[test]
fn tuples_are_read_by_pages_and_filters() {
    let host = FakeHost::new();
    let library = library(&host, &[]);
    for id in ["a", "b", "c"] {
        add(&library, "ana", id, None).unwrap();
    }
    share(&library, "ana", "b", ShareWith::Everybody).unwrap();
    let read = |body: Value| call(&library, "POST", "/read", &body).1;
    let first = read(json!({ "page_size": 3 }));
    let second = read(json!({ "page_size": 3, "continuation_token": first["continuation_token"] }));
    let users = |page: &Value| {
        page["tuples"].as_array().unwrap().iter().map(|one| one["key"]["user"].clone()).collect::<Vec<_>>()
    };
    assert_eq!([users(&first), users(&second)].concat().len(), 4);
    assert_eq!(second["continuation_token"], "");
    assert_eq!(users(&read(json!({ "tuple_key": { "object": "doc:b", "relation": "viewer" } }))), ["user:*"]);
    assert_eq!(users(&read(json!({ "tuple_key": { "object": "doc:", "user": "user:auth0|ana" } }))).len(), 3);
}

/// The library is one store with one model, and says so.
#[test]
fn what_the_library_does_not_do_is_said() {
    let host = FakeHost::new();
    let library = library(&host, &[]);
    let unimplemented = || (404, "unimplemented".to_owned());
    let (_, models) = call(&library, "GET", "/authorization-models", &Value::Null);
    let model = &models["authorization_models"][0];
    assert_eq!(code_of(call(&library, "POST", "/authorization-models", model)), unimplemented());
    assert_eq!(code_of(call(&library, "DELETE", "", &Value::Null)), unimplemented());
    assert_eq!(code_of(call(&library, "GET", "/changes", &Value::Null)), unimplemented());
    let listed = FgaCall { method: "GET".to_owned(), path: "/stores".to_owned(), body: String::new() };
    assert!(ask(&library, listed).unwrap().body.contains("01JZ0000000000000000000001"));
    let other = FgaCall { method: "GET".to_owned(), path: STORE.replace("001", "009"), body: String::new() };
    assert_eq!(ask(&library, other).unwrap().status, 404);
}

#[test]
fn where_a_service_decides_its_api_is_there() {
    let host = FakeHost::new();
    let library = library(&host, SETTINGS);
    let call = FgaCall { method: "GET".to_owned(), path: STORE.to_owned(), body: String::new() };
    assert_eq!(refused(ask(&library, call)), code(404, "fga_elsewhere"));
}
