use deputy_fga::api::Refusal;
use deputy_http::{Method, ReadResponse as _};
use serde_json::{Value, json};

use crate::Server;

const STORE: &str = "/stores/01JZ0000000000000000000001";

#[test]
fn health_is_served() {
    let answer = Server::default().get("/healthz");
    assert_eq!((answer.status, answer.body), (200, json!({ "status": "SERVING" })));
}

#[test]
fn what_is_at_no_path_is_said_so() {
    let mut server = Server::default();
    let long = format!("{STORE}/authorization-models/a/b");
    for path in ["/", "/store", "/stores/", &format!("{STORE}/nothing"), &long, &format!("{STORE}/check/"), "/healthz/"]
    {
        let answer = server.get(path);
        assert_eq!(answer.body, json!({ "code": "undefined_endpoint", "message": "Not Found" }), "{path}");
        assert_eq!(answer.status, 404);
    }
    for (method, path) in [
        (Method::PUT, "/stores"),
        (Method::POST, STORE),
        (Method::GET, &format!("{STORE}/check")),
        (Method::DELETE, &format!("{STORE}/authorization-models/01JZ0000000000000000000001")),
        (Method::POST, "/healthz"),
    ] {
        let answer = server.raw(method, path, "");
        assert_eq!(answer.body, json!({ "code": "unimplemented", "message": "Method Not Allowed" }), "{path}");
        assert_eq!(answer.status, 404);
    }
}

#[test]
fn a_store_id_is_a_ulid_at_every_route() {
    let mut server = Server::default();
    let routes = [
        (Method::GET, "", "GetStoreRequest"),
        (Method::DELETE, "", "DeleteStoreRequest"),
        (Method::POST, "/authorization-models", "WriteAuthorizationModelRequest"),
        (Method::GET, "/authorization-models", "ReadAuthorizationModelsRequest"),
        (Method::GET, "/authorization-models/x", "ReadAuthorizationModelRequest"),
        (Method::PUT, "/assertions/x", "WriteAssertionsRequest"),
        (Method::GET, "/assertions/x", "ReadAssertionsRequest"),
        (Method::GET, "/changes", "ReadChangesRequest"),
        (Method::POST, "/write", "WriteRequest"),
        (Method::POST, "/read", "ReadRequest"),
        (Method::POST, "/check", "CheckRequest"),
        (Method::POST, "/batch-check", "BatchCheckRequest"),
        (Method::POST, "/expand", "ExpandRequest"),
        (Method::POST, "/list-objects", "ListObjectsRequest"),
        (Method::POST, "/streamed-list-objects", "StreamedListObjectsRequest"),
        (Method::POST, "/list-users", "ListUsersRequest"),
    ];
    for (method, path, message) in routes {
        let answer = server.raw(method, &format!("/stores/mine{path}"), "");
        let words = "value does not match regex pattern \"^[ABCDEFGHJKMNPQRSTVWXYZ0-9]{26}$\"";
        assert_eq!(answer.code(), (400, "validation_error"));
        assert_eq!(answer.message(), format!("invalid {message}.StoreId: {words}"));
    }
}

#[test]
fn who_may_not_call_hears_it_in_openfgas_words() {
    for (refusal, code) in [
        (Refusal::bearer_token_missing(), "bearer_token_missing"),
        (Refusal::unauthenticated(), "unauthenticated"),
        (Refusal::invalid_claims(), "invalid_claims"),
    ] {
        let response = refusal.response();
        assert_eq!(response.status(), 401);
        assert_eq!(response.json::<Value>().unwrap()["code"], code);
    }
}
