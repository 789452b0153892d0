//! Rich authorization details: Auth0's limits, and a tool call in either schema.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use deputy_auth0::{
    ApprovalCode, AuthorizationDetails, AuthorizationDetailsError as Error, CallDetails, GUARDIAN_DETAILS_TYPE,
};
use deputy_error::Explained as _;
use serde_json::{Map, Value, json};

const AUTH0_TYPE: &str = "urn:auth0:schemas:authorization-details:v1:stock-order";

fn code_of(entries: Value) -> Result<(), &'static str> {
    let entries = entries.as_array().unwrap().clone();
    AuthorizationDetails::new(entries).map(drop).map_err(|error| {
        assert!(!error.user_message().is_empty() && !error.developer_fix().is_empty());
        error.code()
    })
}

fn object(count: usize) -> Value {
    (0..count).map(|index| (format!("p{index}"), json!(index))).collect::<Map<_, _>>().into()
}

fn nested(levels: usize) -> Value {
    (1..levels).fold(json!({"x": 1}), |inner, _| json!({"x": inner}))
}

/// AA-13: each limit, from both sides.
#[test]
fn aa_13_the_limits_of_auth0() {
    let entry = json!({"type": "t"});
    let entries = |count: usize| Value::from(vec![entry.clone(); count]);
    let large: Vec<Value> = (0..5)
        .map(|_| {
            let mut entry: Map<_, _> = (0..8).map(|index| (format!("p{index}"), json!("v".repeat(125)))).collect();
            entry.insert("type".to_owned(), json!("t"));
            entry.into()
        })
        .collect();
    let table = [
        (json!([]), Err("authorization_details_empty")),
        (entries(5), Ok(())),
        (entries(6), Err("authorization_details_too_many")),
        (json!(["t"]), Err("authorization_details_not_an_object")),
        (json!([{}]), Err("authorization_details_no_type")),
        (json!([{"type": ""}]), Err("authorization_details_no_type")),
        (json!([{"type": 1}]), Err("authorization_details_no_type")),
        (json!([{"type": "t", "a": object(10)}]), Ok(())),
        (json!([{"type": "t", "a": object(11)}]), Err("authorization_details_too_many_properties")),
        (json!([{"type": "t", "a": [object(11)]}]), Err("authorization_details_too_many_properties")),
        (json!([{"type": "t", "a.b_c-1": 1}]), Ok(())),
        (json!([{"type": "t", "a b": 1}]), Err("authorization_details_name")),
        (json!([{"type": "t", "": 1}]), Err("authorization_details_name")),
        (json!([{"type": "t", "ä": 1}]), Err("authorization_details_name")),
        (json!([{"type": "t", "n".repeat(255): 1}]), Ok(())),
        (json!([{"type": "t", "n".repeat(256): 1}]), Err("authorization_details_name")),
        (json!([{"type": "t", "a": "ä".repeat(255)}]), Ok(())),
        (json!([{"type": "t", "a": "ä".repeat(256)}]), Err("authorization_details_value_too_long")),
        (json!([{"type": "t", "a": ["v".repeat(256)]}]), Err("authorization_details_value_too_long")),
        (json!([{"type": "t", "a": nested(4)}]), Ok(())),
        (json!([{"type": "t", "a": nested(5)}]), Err("authorization_details_too_deep")),
        (json!([{"type": "t", "a": [[[[[]]]]]}]), Err("authorization_details_too_deep")),
        (Value::from(large), Err("authorization_details_too_large")),
    ];
    for (entries, expected) in table {
        assert_eq!(code_of(entries.clone()), expected, "{entries}");
    }
}

fn call<'a>(kind: &'a str, arguments: &'a Map<String, Value>, digest: &'a str) -> CallDetails<'a> {
    CallDetails { kind, instruction: "Approve this purchase", tool: "buyStock", arguments, digest, question: "q1" }
}

fn order() -> Map<String, Value> {
    json!({"ticker": "GOOGL", "qty": 3}).as_object().unwrap().clone()
}

/// S-09: all arguments, the code of the card, the digest.
#[test]
fn s_09_a_call_says_everything() {
    let details = AuthorizationDetails::for_call(&call("stock_order", &order(), "d1")).unwrap();
    let code = ApprovalCode::of_question("q1", "d1");
    let expected = json!({
        "type": "stock_order", "instruction": "Approve this purchase", "tool": "buyStock",
        "arguments": {"ticker": "GOOGL", "qty": 3}, "code": code.as_str(), "digest": "d1",
    });
    assert_eq!(details.entries(), [expected]);
}

/// AA-14: what the Guardian app shows, in order; the digest is there and not shown.
#[test]
fn aa_14_s_09_a_call_in_the_schema_of_the_guardian_app() {
    let mut arguments = order();
    arguments.insert("code".to_owned(), json!("FAKE-FAKE"));
    arguments.insert("legs".to_owned(), json!([{"b": 1}]));
    let details = AuthorizationDetails::for_call(&call(AUTH0_TYPE, &arguments, "d1")).unwrap();
    let [entry] = details.entries() else { panic!("exactly one object") };
    assert_eq!((&entry["type"], &entry["instruction"]), (&json!(AUTH0_TYPE), &json!("Approve this purchase")));
    assert_eq!(entry.as_object().unwrap().len(), 3, "nothing beside the schema");
    let properties = entry["properties"].as_object().unwrap();
    let shown = |name: &str| {
        let property = &properties[name];
        assert_eq!(property["display"], true, "{name}");
        (property["name"].clone(), property["value"].clone())
    };
    let code = ApprovalCode::of_question("q1", "d1");
    assert_eq!(shown("code"), (json!("Code"), json!(code.as_str())), "no argument passes for the code");
    assert_eq!(shown("argument.code"), (json!("code"), json!("FAKE-FAKE")));
    assert_eq!(shown("argument.qty"), (json!("qty"), json!(3)));
    assert_eq!(shown("argument.ticker"), (json!("ticker"), json!("GOOGL")));
    assert_eq!(shown("argument.legs"), (json!("legs"), json!("[{\"b\":1}]")));
    assert_eq!(properties["digest"], json!({"display": false, "value": "d1"}));
    let mut orders: Vec<u64> = properties.values().filter_map(|p| p["display_order"].as_u64()).collect();
    orders.sort_unstable();
    assert_eq!(orders, [1, 2, 3, 4, 5]);
    assert!(details.shown_by_guardian());
}

/// AA-14: which details the Guardian app shows.
#[test]
fn aa_14_guardian_shows_one_entry_of_auth0s_schema() {
    let shown =
        |entries: Value| AuthorizationDetails::new(entries.as_array().unwrap().clone()).unwrap().shown_by_guardian();
    let own = AuthorizationDetails::for_call(&call("stock_order", &order(), "d1")).unwrap();
    assert!(!own.shown_by_guardian());
    let default = AuthorizationDetails::for_call(&call(GUARDIAN_DETAILS_TYPE, &order(), "d1")).unwrap();
    assert!(default.shown_by_guardian());
    assert!(shown(json!([{"type": AUTH0_TYPE}])));
    assert!(!shown(json!([{"type": AUTH0_TYPE}, {"type": AUTH0_TYPE}])), "exactly one");
    assert!(!shown(json!([{"type": "urn:auth0:schemas:authorization"}])));
}

/// S-09: what cannot be shown is not asked for.
#[test]
fn s_09_a_call_that_does_not_fit_is_refused_and_not_shortened() {
    let many = |count: usize| object(count).as_object().unwrap().clone();
    for (kind, most) in [("stock_order", 10), (AUTH0_TYPE, 8)] {
        assert!(AuthorizationDetails::for_call(&call(kind, &many(most), "d")).is_ok(), "{kind}");
        let error = AuthorizationDetails::for_call(&call(kind, &many(most + 1), "d")).unwrap_err();
        assert!(matches!(error, Error::TooManyProperties { .. }), "{kind}: {error}");
        let long = json!({"note": "n".repeat(256)}).as_object().unwrap().clone();
        let error = AuthorizationDetails::for_call(&call(kind, &long, "d")).unwrap_err();
        assert!(matches!(error, Error::ValueTooLong { .. }), "{kind}: {error}");
        assert!(!error.to_string().contains("nnn"), "no value in an error");
    }
}

/// S-09: a changed byte of the digest is another code and another request.
#[test]
fn s_09_another_digest_is_another_request() {
    let one = AuthorizationDetails::for_call(&call("stock_order", &order(), "d1")).unwrap();
    let other = AuthorizationDetails::for_call(&call("stock_order", &order(), "d2")).unwrap();
    assert_ne!(one, other);
    assert!(!one.granted_by(other.entries()) && one.granted_by(one.entries()));
    assert_ne!(one.entries()[0]["code"], other.entries()[0]["code"]);
}
