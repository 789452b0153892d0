use deputy_http::Method;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Server;

const POSTED: [&str; 8] =
    ["write", "read", "check", "batch-check", "expand", "list-objects", "streamed-list-objects", "list-users"];

/// Every refusal has a status, a code and words.
fn refuses(server: &mut Server, method: Method, path: &str, body: impl Into<Vec<u8>>) -> (u16, Value) {
    let answer = server.raw(method, path, body);
    assert!(answer.status >= 400, "{path} {answer:?}");
    let said = answer.body["code"].is_string() && answer.body["message"].is_string();
    assert!(said || answer.body["error"]["message"].is_string(), "{path} {answer:?}");
    (answer.status, answer.body)
}

#[test]
fn bodies_that_are_no_json_are_refused() {
    let (mut server, store, _) = Server::with_model();
    let deep = "[".repeat(100_000);
    let nested = format!("{}1{}", "{\"tuple_key\":".repeat(300), "}".repeat(300));
    let bodies: [&[u8]; 9] =
        [b"{", b"[]", b"7", b"\"text\"", b"null", b"\xff\xfe", b"{\"a\":}", deep.as_bytes(), nested.as_bytes()];
    for body in bodies {
        for route in POSTED {
            let (status, _) = refuses(&mut server, Method::POST, &format!("{store}/{route}"), body);
            assert_eq!(status, 400);
        }
        refuses(&mut server, Method::POST, "/stores", body);
        refuses(&mut server, Method::POST, &format!("{store}/authorization-models"), body);
    }
}

#[test]
fn a_body_that_is_too_large_is_refused_and_says_how_large_it_may_be() {
    let (mut server, store, _) = Server::with_model();
    let body = json!({ "tuple_key": {}, "filler": "a".repeat(512 * 1024) }).to_string();
    let size = body.len();
    for route in POSTED {
        let (status, refusal) = refuses(&mut server, Method::POST, &format!("{store}/{route}"), body.clone());
        assert_eq!((status, refusal["code"].as_str()), (500, Some("resource_exhausted")));
        assert_eq!(refusal["message"], format!("grpc: received message larger than max ({size} vs. 524288)"));
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "tuple_key",
        "tuple_keys",
        "user",
        "relation",
        "object",
        "type",
        "id",
        "writes",
        "deletes",
        "checks",
        "context",
        "condition",
        "name",
        "correlation_id",
        "contextual_tuples",
        "user_filters",
        "page_size",
        "consistency",
        "this",
        "type_definitions",
        "relations",
        "difference",
        "base",
        "subtract",
        "union",
        "child",
        "conditions",
        "expression",
    ]);
    let text = prop::sample::select(vec![
        "",
        "user:ana",
        "doc:1",
        "user:*",
        "group:1#member",
        "viewer",
        "ü:#@ \u{0}",
        "01JZ0000000000000000000001",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        text.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(name.clone(), inner, 0..5)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_json_and_no_query_makes_it_panic(body in any_json(), query in "[ -~]{0,40}") {
        let (mut server, store, id) = Server::with_model();
        server.write(&store, &[("user:ana", "owner", "doc:1")]);
        for route in POSTED.iter().chain(&["authorization-models"]) {
            let answer = server.post(&format!("{store}/{route}"), &body);
            prop_assert!(answer.status < 500, "{route} {answer:?}");
        }
        server.put(&format!("{store}/assertions/{id}"), &body);
        let query: String = query.chars().filter(|c| !"#\"<>\\^`{|} ".contains(*c)).collect();
        for path in ["/stores".to_owned(), format!("{store}/changes"), format!("{store}/authorization-models")] {
            server.get(&format!("{path}?{query}"));
        }
    }
}
