use deputy_fga::client::{
    ApiError, Consistency, ErrorCode, ObjectStream, Page, TupleFilter, batch_check_requests, check_request,
    check_response, create_store_request, expand_request, expand_response, get_store_request, list_models_request,
    list_models_response, list_objects_request, list_objects_response, list_stores_request, list_stores_response,
    list_users_request, list_users_response, read_model_request, read_model_response, read_request, read_response,
    store_response, streamed_list_objects_request, write_model_request, write_model_response, write_requests,
    write_response,
};
use deputy_fga::model::AuthorizationModel;
use deputy_fga::tuple::{Context, Object, TupleKey, User};
use deputy_fga::write::{OnConflict, WriteRequest};
use deputy_fga::{
    CheckRequest, CutOff, Decision, ExpandRequest, Leaf, ListObjectsRequest, ListUsersRequest, NodeValue, UserFilter,
};
use serde_json::{Value, json};

use crate::{MODEL, NOW, STORE, access, answer, json_of, plain};

fn context(value: Value) -> Context {
    value.as_object().unwrap().clone()
}

#[test]
fn a_check_has_its_context_and_its_consistency() {
    let connection = plain();
    let question = CheckRequest {
        context: Some(context(json!({ "ip": "10.0.0.1" }))),
        contextual_tuples: vec![TupleKey::new("user:anne", "member", "group:x")],
        ..CheckRequest::new("user:anne", "can_view", "doc:1")
    };
    let access = access(&connection).with_consistency(Consistency::HigherConsistency);
    let request = check_request(&access, &question).unwrap();
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri().to_string(), format!("https://api.eu1.fga.dev/stores/{STORE}/check"));
    assert!(!request.headers().contains_key("authorization"));
    assert_eq!(
        json_of(&request),
        json!({
            "tuple_key": { "user": "user:anne", "relation": "can_view", "object": "doc:1" },
            "contextual_tuples": { "tuple_keys": [{ "user": "user:anne", "relation": "member", "object": "group:x" }] },
            "context": { "ip": "10.0.0.1" },
            "authorization_model_id": MODEL,
            "consistency": "HIGHER_CONSISTENCY",
        })
    );
    let plain_question = CheckRequest::new("user:*", "can_view", "doc:1");
    let body = json_of(&check_request(&crate::access(&connection), &plain_question).unwrap());
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["authorization_model_id", "tuple_key"]);
}

#[test]
fn only_a_clear_yes_is_one() {
    let read = |body| check_response(&answer(200, &body), NOW);
    assert_eq!(read(json!({ "allowed": true, "resolution": "" })), Ok(true));
    assert_eq!(read(json!({ "allowed": false })), Ok(false));
    for body in [json!({}), json!({ "allowed": null }), json!({ "allowed": "true" }), json!([]), json!("yes")] {
        assert!(matches!(read(body), Err(ApiError::Malformed { .. })));
    }
    assert!(check_response(&deputy_http::response(200, "<html>"), NOW).is_err());
    assert!(check_response(&deputy_http::response(302, ""), NOW).is_err());
}

/// What the service could not read takes a whole batch down, so it is not sent.
#[test]
fn a_malformed_question_is_not_asked() {
    let connection = plain();
    let long = format!("doc:{}", "x".repeat(253));
    for (question, field) in [
        (CheckRequest::new("anne", "r", "doc:1"), "user"),
        (CheckRequest::new("", "r", "doc:1"), "user"),
        (CheckRequest::new("user:anne smith", "r", "doc:1"), "user"),
        (CheckRequest::new("user:a", "", "doc:1"), "relation"),
        (CheckRequest::new("user:a", "r#s", "doc:1"), "relation"),
        (CheckRequest::new("user:a", "r", "doc"), "object"),
        (CheckRequest::new("user:a", "r", "doc:*"), "object"),
        (CheckRequest::new("user:a", "r", "doc:a\u{a0}b"), "object"),
        (CheckRequest::new("user:a", "r", long), "object"),
    ] {
        assert_eq!(check_request(&access(&connection), &question).unwrap_err(), ApiError::Question { field });
        let batch = batch_check_requests(&access(&connection), &[question, CheckRequest::new("user:a", "r", "doc:1")]);
        assert_eq!(batch.not_asked, [(0, ApiError::Question { field })]);
        assert_eq!(batch.calls[0].questions().collect::<Vec<_>>(), [1]);
    }
}

#[test]
fn a_batch_asks_the_same_once_and_never_merges_contexts() {
    let connection = plain();
    let day = |hour: u64| CheckRequest {
        context: Some(context(json!({ "hour": hour }))),
        ..CheckRequest::new("user:a", "r", "doc:1")
    };
    let with_tuple = CheckRequest {
        contextual_tuples: vec![TupleKey::new("user:a", "m", "g:1")],
        ..CheckRequest::new("user:a", "r", "doc:1")
    };
    let questions = [day(9), day(23), CheckRequest::new("user:a", "r", "doc:1"), day(9), with_tuple];
    let batch = batch_check_requests(&access(&connection), &questions);
    let call = &batch.calls[0];
    let body = json_of(&call.request);
    assert!(call.request.uri().path().ends_with("/batch-check"));
    let ids: Vec<_> =
        body["checks"].as_array().unwrap().iter().map(|item| item["correlation_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["0", "1", "2", "3"]);
    assert_eq!(body["checks"][1]["context"], json!({ "hour": 23 }));
    let result = json!({ "result": {
        "0": { "allowed": true },
        "1": { "allowed": false },
        "2": { "error": { "input_error": "validation_error", "message": "no such relation" } },
        "9": { "allowed": true },
    } });
    let mut answers = call.answers(&answer(200, &result), NOW).unwrap();
    answers.sort_by_key(|(number, _)| *number);
    let refused = ApiError::Refused { code: ErrorCode::ValidationError, message: "no such relation".to_owned() };
    assert_eq!(
        answers.into_iter().map(|(_, decision)| decision).collect::<Vec<_>>(),
        [
            Decision::Allowed,
            Decision::Denied,
            Decision::Unchecked(refused),
            Decision::Allowed,
            // The answer has none for this one.
            Decision::Unchecked(ApiError::Malformed { field: "allowed" }),
        ]
    );
    let failed = call.answers(&answer(400, &json!({ "code": "validation_error", "message": "m" })), NOW);
    assert!(matches!(failed, Err(ApiError::Refused { code: ErrorCode::ValidationError, .. })));
}

#[test]
fn a_batch_is_cut_at_fifty() {
    let connection = plain();
    for (count, sizes) in [(0, vec![]), (50, vec![50]), (51, vec![50, 1]), (101, vec![50, 50, 1])] {
        let questions: Vec<_> = (0..count).map(|n| CheckRequest::new("user:a", "r", format!("doc:{n}"))).collect();
        let batch = batch_check_requests(&access(&connection), &questions);
        let found: Vec<_> = batch.calls.iter().map(|call| call.questions().count()).collect();
        assert_eq!(found, sizes);
        let all: Vec<_> = batch.calls.iter().flat_map(|call| call.questions()).collect();
        assert_eq!(all, (0..count).collect::<Vec<_>>());
    }
}

#[test]
fn a_write_is_cut_at_forty_with_deletes_first() {
    let connection = plain();
    let key = |n: usize| TupleKey::new("user:a", "viewer", format!("doc:{n}"));
    let changes = WriteRequest {
        writes: (0..60).map(key).chain([key(0)]).collect(),
        deletes: (100..130).map(key).chain([key(100).with_condition("c", None)]).collect(),
        on_duplicate: OnConflict::Ignore,
        on_missing: OnConflict::Ignore,
    };
    let bodies: Vec<_> = write_requests(&access(&connection), &changes).iter().map(json_of).collect();
    let size = |body: &Value, part: &str| body[part]["tuple_keys"].as_array().map_or(0, Vec::len);
    let sizes: Vec<_> = bodies.iter().map(|body| (size(body, "deletes"), size(body, "writes"))).collect();
    assert_eq!(sizes, [(30, 10), (0, 40), (0, 10)]);
    assert_eq!(bodies[0]["deletes"]["on_missing"], "ignore");
    assert_eq!(bodies[0]["writes"]["on_duplicate"], "ignore");
    assert!(bodies[1].get("deletes").is_none());
    assert!(write_requests(&access(&connection), &WriteRequest::default()).is_empty());

    let conditional =
        TupleKey::new("user:a", "viewer", "doc:1").with_condition("open", Some(context(json!({ "until": 5 }))));
    let changes = WriteRequest { writes: vec![conditional], ..WriteRequest::default() };
    let body = json_of(&write_requests(&access(&connection), &changes)[0]);
    assert_eq!(
        body,
        json!({
            "authorization_model_id": MODEL,
            "writes": { "tuple_keys": [{
                "user": "user:a", "relation": "viewer", "object": "doc:1",
                "condition": { "name": "open", "context": { "until": 5 } },
            }] },
        })
    );
    assert_eq!(write_response(&answer(200, &json!({})), NOW), Ok(()));
    let refused =
        write_response(&answer(400, &json!({ "code": "write_failed_due_to_invalid_input", "message": "m" })), NOW);
    assert_eq!(refused.unwrap_err().error_code(), Some(ErrorCode::WriteFailed));
}

#[test]
fn a_page_ends_with_an_empty_token() {
    let connection = plain();
    let filter = TupleFilter { user: Some("user:a".into()), object: Some("doc:".into()), relation: None };
    let page = Page { size: Some(200), token: None }.after("t".to_owned());
    let body = json_of(&read_request(&access(&connection), &filter, &page));
    assert_eq!(
        body,
        json!({ "tuple_key": { "user": "user:a", "object": "doc:" }, "page_size": 100, "continuation_token": "t" })
    );
    assert_eq!(json_of(&read_request(&access(&connection), &TupleFilter::default(), &Page::default())), json!({}));
    let tuples = json!([{ "key": { "user": "user:a", "relation": "viewer", "object": "doc:1", "condition": null },
        "timestamp": "2026-01-01T00:00:00Z" }]);
    for (token, next) in [(json!("more"), Some("more".to_owned())), (json!(""), None), (json!(null), None)] {
        let page = read_response(&answer(200, &json!({ "tuples": tuples, "continuation_token": token })), NOW).unwrap();
        assert_eq!((page.tuples[0].key.object.as_str(), page.next), ("doc:1", next));
    }
}

fn objects() -> ListObjectsRequest {
    ListObjectsRequest {
        type_name: "doc".into(),
        relation: "viewer".into(),
        user: "user:a".into(),
        contextual_tuples: Vec::new(),
        context: None,
    }
}

#[test]
fn a_list_that_may_be_cut_says_so() {
    let connection = plain();
    let request = list_objects_request(&access(&connection), &objects());
    assert!(request.uri().path().ends_with("/list-objects"));
    assert_eq!(
        json_of(&request),
        json!({ "type": "doc", "relation": "viewer", "user": "user:a", "authorization_model_id": MODEL })
    );
    for count in [0_usize, 999, 1000] {
        let objects: Vec<_> = (0..count).map(|n| format!("doc:{n}")).collect();
        let list = list_objects_response(&answer(200, &json!({ "objects": objects })), NOW).unwrap();
        assert_eq!((list.items.len(), list.cut_off), (count, (count == 1000).then_some(CutOff::Results)));
    }
}

#[test]
fn a_streamed_list_is_read_wherever_the_network_cuts_it() {
    let connection = plain();
    let request = streamed_list_objects_request(&access(&connection), &objects());
    assert!(request.uri().path().ends_with("/streamed-list-objects"));
    let text = "{\"result\":{\"object\":\"doc:ä\"}}\n\n{\"result\":{\"object\":\"doc:2\"}}\r\n{\"result\":{\"object\":\"doc:3\"}}".as_bytes();
    for cut in 0..text.len() {
        let mut stream = ObjectStream::default();
        let mut found = stream.push(&text[..cut]).unwrap();
        found.extend(stream.push(&text[cut..]).unwrap());
        found.extend(stream.finish().unwrap());
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, ["doc:ä", "doc:2", "doc:3"], "{cut}");
    }
    let mut broken = ObjectStream::default();
    broken.push(b"{\"result\":{\"ob").unwrap();
    assert!(broken.finish().is_err());
    let failed = |line: &[u8]| ObjectStream::default().push(line).unwrap_err();
    assert!(matches!(
        failed(b"{\"error\":{\"code\":2000,\"message\":\"m\"}}\n"),
        ApiError::Refused { code: ErrorCode::ValidationError, .. }
    ));
    assert!(matches!(failed(b"{\"error\":{\"code\":4,\"message\":\"m\"}}\n"), ApiError::Down { .. }));
    assert!(matches!(failed(b"{}\n"), ApiError::Malformed { .. }));
    assert!(matches!(failed(&[b'x'; 20_000]), ApiError::Malformed { .. }));
}

#[test]
fn users_are_of_three_forms_and_their_contextual_tuples_are_not_wrapped() {
    let connection = plain();
    let question = ListUsersRequest {
        object: Object::new("doc", "1"),
        relation: "viewer".into(),
        filter: UserFilter { type_name: "group".into(), relation: Some("member".into()) },
        contextual_tuples: vec![TupleKey::new("user:a", "viewer", "doc:1")],
        context: None,
    };
    let body = json_of(&list_users_request(&access(&connection), &question));
    assert_eq!(
        body,
        json!({
            "object": { "type": "doc", "id": "1" },
            "relation": "viewer",
            "user_filters": [{ "type": "group", "relation": "member" }],
            "contextual_tuples": [{ "user": "user:a", "relation": "viewer", "object": "doc:1" }],
            "authorization_model_id": MODEL,
        })
    );
    let users = json!({ "users": [
        { "object": { "type": "user", "id": "a" } },
        { "userset": { "type": "group", "id": "x", "relation": "member" } },
        { "wildcard": { "type": "user" } },
    ] });
    assert_eq!(
        list_users_response(&answer(200, &users), NOW).unwrap().items,
        [
            User::Object(Object::new("user", "a")),
            User::Userset(Object::new("group", "x"), "member".into()),
            User::Wildcard("user".into()),
        ]
    );
}

#[test]
fn a_tree_is_read() {
    let connection = plain();
    let question = ExpandRequest { relation: "viewer".into(), object: "doc:1".into(), contextual_tuples: Vec::new() };
    let body = json_of(&expand_request(&access(&connection), &question));
    assert_eq!(body["tuple_key"], json!({ "relation": "viewer", "object": "doc:1" }));
    let tree = json!({ "tree": { "root": { "name": "doc:1#viewer", "union": { "nodes": [
        { "name": "doc:1#viewer", "leaf": { "users": { "users": ["user:a"] } } },
        { "name": "doc:1#viewer", "difference": {
            "base": { "name": "doc:1#viewer", "leaf": { "computed": { "userset": "doc:1#owner" } } },
            "subtract": { "name": "doc:1#viewer", "leaf": { "tupleToUserset": {
                "tupleset": "doc:1#parent", "computed": [{ "userset": "folder:x#viewer" }] } } },
        } },
    ] } } } });
    let read = expand_response(&answer(200, &tree), NOW).unwrap();
    let NodeValue::Union { nodes } = &read.root.value else { panic!("{read:?}") };
    assert_eq!(nodes[0].value, NodeValue::Leaf(Leaf::Users { users: vec!["user:a".parse().unwrap()] }));
    assert_eq!(serde_json::to_value(&read).unwrap(), tree["tree"]);
    assert!(expand_response(&answer(200, &json!({})), NOW).is_err());
}

#[test]
fn models_and_stores() {
    let connection = plain();
    let access = access(&connection);
    let mut model: AuthorizationModel =
        serde_json::from_value(json!({ "schema_version": "1.1", "type_definitions": [{ "type": "user" }] })).unwrap();
    model.id = "old".to_owned();
    let request = write_model_request(&access, &model);
    assert!(json_of(&request).get("id").is_none());
    let written = write_model_response(&answer(201, &json!({ "authorization_model_id": MODEL })), NOW);
    assert_eq!(written.as_deref(), Ok(MODEL));
    assert_eq!(
        read_model_request(&access, MODEL).uri().to_string(),
        format!("https://api.eu1.fga.dev/stores/{STORE}/authorization-models/{MODEL}")
    );
    let read = read_model_response(
        &answer(200, &json!({ "authorization_model": { "id": MODEL, "schema_version": "1.1" } })),
        NOW,
    );
    assert_eq!(read.unwrap().id, MODEL);
    let page = Page { size: Some(1), token: Some("a b&c".to_owned()) };
    let listed = list_models_request(&access, &page);
    assert_eq!(listed.method(), "GET");
    assert_eq!(listed.uri().query(), Some("page_size=1&continuation_token=a+b%26c"));
    let models = json!({ "authorization_models": [{ "id": MODEL }], "continuation_token": "x" });
    assert_eq!(list_models_response(&answer(200, &models), NOW).unwrap().next.as_deref(), Some("x"));

    assert_eq!(json_of(&create_store_request(&access, "docs")), json!({ "name": "docs" }));
    assert!(get_store_request(&access).uri().path().ends_with(STORE));
    let store = json!({ "id": STORE, "name": "docs", "created_at": "2026-01-01T00:00:00Z" });
    assert_eq!(store_response(&answer(201, &store), NOW).unwrap().name, "docs");
    let listed = list_stores_request(&access, Some("docs"), &Page::default());
    assert_eq!(listed.uri().to_string(), "https://api.eu1.fga.dev/stores?name=docs");
    let stores = json!({ "stores": [store], "continuation_token": "" });
    let page = list_stores_response(&answer(200, &stores), NOW).unwrap();
    assert_eq!((page.stores.len(), page.next), (1, None));
}
