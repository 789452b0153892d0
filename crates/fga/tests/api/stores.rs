use deputy_http::Method;
use serde_json::{Value, json};

use crate::Server;

#[test]
fn a_store_is_made_found_and_forgotten() {
    let mut server = Server::default();
    let created = server.post("/stores", &json!({ "name": "my store" }));
    assert_eq!(created.status, 201);
    let id = created.str("id");
    let at = "2027-01-15T08:00:01.000Z";
    assert_eq!(created.body, json!({ "id": id, "name": "my store", "created_at": at, "updated_at": at }));
    let path = format!("/stores/{id}");
    let found = server.get(&path);
    let whole = json!({ "id": id, "name": "my store", "created_at": at, "updated_at": at, "deleted_at": null });
    assert_eq!((found.status, &found.body), (200, &whole));
    assert_eq!(server.get("/stores").body, json!({ "stores": [whole], "continuation_token": "" }));
    let deleted = server.raw(Method::DELETE, &path, "");
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    assert_eq!(server.raw(Method::DELETE, &path, "").status, 204);
    let gone = server.get(&path);
    assert_eq!(gone.code(), (404, "store_id_not_found"));
    assert_eq!(gone.message(), "Store ID not found");
}

#[test]
fn a_store_has_a_name() {
    let mut server = Server::default();
    let long = "a".repeat(65);
    for body in
        [json!({}), json!({ "name": "ab" }), json!({ "name": null }), json!({ "name": long }), json!({ "name": "a;b" })]
    {
        let answer = server.post("/stores", &body);
        assert_eq!(answer.code(), (400, "validation_error"), "{body}");
        let words = r#"invalid CreateStoreRequest.Name: value does not match regex pattern "^[a-zA-Z0-9\\s\\.\\-\\/^_&@]{3,64}$""#;
        assert_eq!(answer.message(), words);
    }
    assert_eq!(server.post("/stores", &json!({ "name": 7 })).code(), (400, "validation_error"));
}

#[test]
fn stores_are_listed_by_pages_and_by_name() {
    let mut server = Server::default();
    for number in 0..7 {
        server.post("/stores", &json!({ "name": if number % 2 == 0 { "even" } else { "odd" } }));
    }
    let mut ids = Vec::new();
    let mut token = String::new();
    loop {
        let page = server.get(&format!("/stores?page_size=3&continuation_token={token}"));
        ids.extend(
            page.body["stores"].as_array().unwrap().iter().map(|store| store["id"].as_str().unwrap().to_owned()),
        );
        token = page.str("continuation_token");
        if token.is_empty() {
            break;
        }
        assert_eq!(page.body["stores"].as_array().unwrap().len(), 3);
    }
    assert!(ids.len() == 7 && ids.is_sorted());
    let odd = server.get("/stores?name=odd").body["stores"].as_array().unwrap().len();
    let none = server.get("/stores?name=eve").body["stores"].clone();
    assert_eq!((odd, none), (3, json!([])));
}

#[test]
fn a_page_is_of_one_to_a_hundred() {
    let mut server = Server::default();
    for (query, code) in [
        ("page_size=0", "page_size_invalid"),
        ("page_size=101", "page_size_invalid"),
        ("page_size=-1", "page_size_invalid"),
        ("page_size=many", "validation_error"),
        ("continuation_token=a%2Bb", "validation_error"),
        ("continuation_token=abc", "invalid_continuation_token"),
        ("name=a", "validation_error"),
    ] {
        assert_eq!(server.get(&format!("/stores?{query}")).code(), (400, code), "{query}");
    }
    let size = server.get("/stores?page_size=101");
    assert_eq!(size.message(), "invalid ListStoresRequest.PageSize: value must be inside range [1, 100]");
    let long = "a".repeat(5_121);
    let token = server.get(&format!("/stores?continuation_token={long}"));
    assert_eq!(token.message(), "invalid ListStoresRequest.ContinuationToken: value length must be at most 5120 bytes");
    assert_eq!(server.get("/stores?page_size=100&unknown=1").body["stores"], Value::Array(Vec::new()));
}
