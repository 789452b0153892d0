//! What is read, and what an error of it may say.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::fmt::Debug;

use deputy_http::{Secret, json};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    id: String,
    expires_in: u64,
    #[serde(default)]
    scopes: Vec<String>,
    shape: Option<Shape>,
    #[serde(default)]
    limits: BTreeMap<String, u8>,
    #[serde(default)]
    next: Option<Box<Account>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Point,
    Circle { radius: u32 },
    Text(String),
    Pair(u8, u8),
}

/// A value with a rule of its own.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
struct Even(String);

impl TryFrom<String> for Even {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len().is_multiple_of(2) { Ok(Self(text)) } else { Err(format!("{text} is odd")) }
    }
}

fn error<T: DeserializeOwned + Debug>(text: &str) -> String {
    let error = json::read::<T>(text.as_bytes()).unwrap_err();
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        // A value has each name once.
        let of_value = json::read_value::<T>(&value).map_err(|error| error.to_string()).err();
        assert!(of_value.is_none_or(|of_value| of_value == error.to_string()), "{text}");
    }
    error.to_string()
}

#[test]
fn members_that_are_not_known_are_passed_over_and_null_is_nothing() {
    let text = r#"{"id":"a","expiresIn":5,"more":[{"x":null}],"shape":null,
        "next":{"id":"b","expiresIn":6,"shape":{"circle":{"radius":1,"x":2}}}}"#;
    let account: Account = json::read(text.as_bytes()).unwrap();
    assert_eq!((account.expires_in, &account.shape), (5, &None));
    assert_eq!(account.next.unwrap().shape, Some(Shape::Circle { radius: 1 }));
    assert_eq!(json::read_value::<Shape>(&json!({"pair": [1, 2]})).unwrap(), Shape::Pair(1, 2));
    assert_eq!(json::write(&json!({"b": 1, "a": "\n"})), r#"{"a":"\n","b":1}"#);
    let secret: Secret = json::read(br#""hunter2""#).unwrap();
    assert_eq!(secret.expose(), "hunter2");
}

/// `S-21`: where it is, and what is wrong there.
#[test]
fn s_21_errors_name_place_and_problem() {
    for (text, expected) in [
        ("{", "the JSON cannot be read"),
        ("", "the JSON cannot be read"),
        ("[1,]", "the JSON cannot be read"),
        (r#"{"id":1} x"#, "the JSON cannot be read"),
        ("null", "the JSON has another type"),
        ("{}", "`id` is missing"),
        (r#"{"id":"a"}"#, "`expiresIn` is missing"),
        (r#"{"id":"a","expiresIn":"5"}"#, "`expiresIn` has another type"),
        (r#"{"id":"a","expiresIn":-5}"#, "`expiresIn` has a value that is not allowed"),
        (r#"{"id":"a","expiresIn":5,"id":"a"}"#, "the JSON has a value that is not allowed"),
        (r#"{"id":"a","expiresIn":5,"scopes":null}"#, "`scopes` has another type"),
        (r#"{"id":"a","expiresIn":5,"scopes":["a",7]}"#, "`scopes[1]` has another type"),
        (r#"{"id":"a","expiresIn":5,"shape":"square"}"#, "`shape` has a value that is not allowed"),
        (r#"{"id":"a","expiresIn":5,"shape":{"circle":{}}}"#, "`shape.circle.radius` is missing"),
        (r#"{"id":"a","expiresIn":5,"shape":{"circle":{"radius":{}}}}"#, "`shape.circle.radius` has another type"),
        (r#"{"id":"a","expiresIn":5,"shape":{"pair":[1,"2"]}}"#, "`shape.pair[1]` has another type"),
        (r#"{"id":"a","expiresIn":5,"shape":{"text":1}}"#, "`shape.text` has another type"),
        (r#"{"id":"a","expiresIn":5,"shape":{"point":1}}"#, "`shape.point` has a value that is not allowed"),
        (r#"{"id":"a","expiresIn":5,"shape":{}}"#, "`shape` has a value that is not allowed"),
        (r#"{"id":"a","expiresIn":5,"shape":1}"#, "`shape` has another type"),
        (r#"{"id":"a","expiresIn":5,"next":{"id":"b"}}"#, "`next.expiresIn` is missing"),
        (r#"{"id":"a","expiresIn":5,"limits":{"x":256}}"#, "`limits.*` has a value that is not allowed"),
    ] {
        assert_eq!(error::<Account>(text), expected, "{text}");
    }
    assert_eq!(error::<Vec<Vec<u8>>>("[[1],[2,null]]"), "`[1][1]` has another type");
    assert_eq!(error::<Even>(r#""odd""#), "the JSON has a value that is not allowed");
    assert_eq!(error::<Value>("\"\\"), "the JSON cannot be read");
    assert!(json::read::<Value>(b"\"\xff\"").is_err(), "not UTF-8");
}

/// `S-21`: texts, numbers and names of the input are in no error, whatever is wrong.
#[test]
fn s_21_errors_never_show_the_input() {
    const INPUTS: [&str; 12] = [
        r#""hunter2""#,
        r#"["hunter2", 20051005]"#,
        r#"{"hunter2": 20051005}"#,
        r#"{"hunter2": "hunter2", "id": "hunter2"}"#,
        r#"{"id": {"hunter2": 20051005}, "expiresIn": "hunter2", "hunter2": 1}"#,
        r#"{"id": "hunter2", "expiresIn": 20051005, "limits": {"hunter2": 20051005}}"#,
        r#"{"id": "hunter2", "expiresIn": 20051005, "shape": {"hunter2": 20051005}}"#,
        r#"{"id": "hunter2", "expiresIn": 20051005, "shape": "hunter2"}"#,
        r#"{"circle": {"hunter2": 20051005}}"#,
        "20051005",
        "hunter2",
        r#"{"hunter2": 20051005"#,
    ];
    fn refused<T: DeserializeOwned + Debug>() {
        for text in INPUTS {
            let error = json::read::<T>(text.as_bytes()).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hunter2") && !shown.contains("20051005"), "{text}: {shown}");
        }
    }
    refused::<Account>();
    refused::<Shape>();
    refused::<u8>();
    refused::<bool>();
    refused::<Vec<Shape>>();
    refused::<BTreeMap<String, Even>>();
    refused::<BTreeMap<String, BTreeMap<String, String>>>();
}
