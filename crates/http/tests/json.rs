//! The small reader reads what `serde_json` reads.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::fmt::Debug;

use deputy_http::{FromJson, FromJsonOwned, Json, JsonError, Members, Reader, read_json, read_json_value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

#[derive(Debug, PartialEq, Serialize, FromJson)]
#[serde(rename_all = "camelCase")]
struct Everything {
    text: String,
    small: u16,
    signed: i32,
    real: f64,
    flag: bool,
    none: Option<String>,
    some: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    absent: Option<String>,
    list: Vec<Shape>,
    pair: (String, u8),
    map: Members<Wrapped>,
    any: Map<String, Value>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, FromJson)]
struct Wrapped(Vec<String>);

#[derive(Debug, PartialEq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Point,
    Named {},
    Circle { radius: u32 },
    Text(String),
    Pair(u8, u8),
}

fn everything() -> Everything {
    Everything {
        text: "a \"quoted\" line\n\u{1F600}".to_owned(),
        small: 65_535,
        signed: -7,
        real: 2.5,
        flag: true,
        none: None,
        some: Some(u64::MAX),
        absent: None,
        list: vec![
            Shape::Point,
            Shape::Named {},
            Shape::Circle { radius: 3 },
            Shape::Text("t".to_owned()),
            Shape::Pair(1, 2),
        ],
        pair: ("p".to_owned(), 1),
        map: Members::from_iter([("k".to_owned(), Wrapped(vec!["v".to_owned()]))]),
        any: json!({"deep": [1, -1, 1.5, null, {"x": "y"}]}).as_object().cloned().unwrap(),
    }
}

#[test]
fn reads_back_what_was_written() {
    let written = serde_json::to_string(&everything()).unwrap();
    assert_eq!(read_json::<Everything>(written.as_bytes()).unwrap(), everything());
    let value: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(read_json_value::<Everything>(&value).unwrap(), everything());
    assert_eq!(read_json::<Value>(written.as_bytes()).unwrap(), value);
}

#[test]
fn refuses_what_serde_json_refuses() {
    fn agree<T: DeserializeOwned + FromJsonOwned + Debug>(texts: &[&str]) {
        for text in texts {
            let (ours, theirs) = (read_json::<T>(text.as_bytes()), serde_json::from_str::<T>(text));
            assert_eq!(ours.is_ok(), theirs.is_ok(), "{text}: {ours:?}, {theirs:?}");
        }
    }
    agree::<u16>(&["1", "65536", "-1", "1.0", "1.5", "\"1\"", "null", "true", "", "1 2"]);
    agree::<i64>(&["-1", "9223372036854775807", "9223372036854775808", "1e3"]);
    agree::<f64>(&["1", "-1", "1.5", "18446744073709551615", "\"1\""]);
    agree::<Option<String>>(&["null", "\"x\"", "1", "[]"]);
    agree::<Vec<u8>>(&["[]", "[1,2]", "[1,]", "{}", "[256]"]);
    agree::<(u8, u8)>(&["[1,2]", "[1]"]);
    agree::<Shape>(&[
        "\"point\"",
        "{\"point\":null}",
        "{\"point\":1}",
        "\"circle\"",
        "{\"circle\":{\"radius\":1}}",
        "{\"circle\":{\"radius\":1,\"more\":2}}",
        "{\"circle\":{}}",
        "{\"circle\":{\"radius\":1},\"x\":1}",
        "{\"square\":{}}",
        "{}",
        "1",
    ]);
    agree::<Wrapped>(&["[\"a\"]", "\"a\""]);
    agree::<Map<String, Value>>(&["{}", "[]", "{\"a\":1,\"a\":2}"]);
    #[derive(Debug, Deserialize, FromJson)]
    #[allow(dead_code)]
    struct One {
        one: u8,
    }
    #[derive(Debug, Deserialize, FromJson)]
    #[allow(dead_code)]
    struct Defaults {
        #[serde(default)]
        text: String,
        #[serde(default)]
        list: Vec<u8>,
        option: Option<u8>,
        value: Value,
    }
    agree::<Defaults>(&[
        "{}",
        "{\"value\":null}",
        "{\"value\":1,\"text\":null}",
        "{\"value\":1,\"list\":[1],\"x\":[[]]}",
    ]);
    agree::<One>(&["{\"one\":1}", "{\"one\":1,\"one\":2}", "{\"two\":1}", "{\"one\":1,\"two\":[{}]}", "null"]);
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    agree::<Value>(&[&deep]);
    assert!(read_json::<Value>(b"\"\xff\"").is_err(), "not UTF-8");
}

/// `S-21`: an error names what was expected; what was there may be a secret.
#[test]
fn s_21_errors_do_not_show_the_input() {
    #[derive(Debug, Deserialize, FromJson)]
    #[allow(dead_code)]
    struct Tokens {
        expires_in: u64,
    }
    let error = read_json::<Tokens>(b"{\"expires_in\":\"hunter2\"}").unwrap_err().to_string();
    assert_eq!(error, "`expires_in`: a whole number was expected");
    let error = read_json::<Tokens>(b"{}").unwrap_err().to_string();
    assert_eq!(error, "missing field `expires_in`");
    let error = read_json::<Vec<Tokens>>(b"[{\"expires_in\":1},{}]").unwrap_err().to_string();
    assert_eq!(error, "missing field `expires_in`");
    assert_eq!(read_json::<Tokens>(b"[1]").unwrap_err().to_string(), "an object was expected");
}

/// Names are those that serde writes, whatever the case, and what may be missing is what serde lets be missing.
#[test]
fn names_and_defaults_are_those_of_serde() {
    #[derive(Debug, PartialEq, Clone, Copy, Default, Serialize, Deserialize, FromJson)]
    #[serde(rename_all = "camelCase")]
    enum Camel {
        OneWord,
        #[default]
        TwoMoreWords,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize, FromJson)]
    #[serde(rename_all = "lowercase")]
    enum Lower {
        OneWord,
        #[serde(rename = "other")]
        Another,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize, FromJson)]
    enum AsItIs {
        OneWord,
        #[serde(rename_all = "camelCase")]
        WithMembers {
            two_words: u8,
        },
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize, FromJson)]
    #[serde(transparent)]
    struct Maybe(Option<u8>);
    #[derive(Debug, PartialEq, Serialize, Deserialize, FromJson)]
    #[serde(rename_all = "camelCase")]
    struct Names {
        r#type: String,
        #[serde(rename = "s")]
        long_name: Lower,
        three_word_name: Vec<AsItIs>,
        #[serde(default)]
        with_default: Camel,
        #[serde(skip)]
        not_there: u8,
        maybe: Maybe,
        boxed: Option<Box<Names>>,
    }
    let names = |boxed| Names {
        r#type: "t".to_owned(),
        long_name: Lower::Another,
        three_word_name: vec![AsItIs::OneWord, AsItIs::WithMembers { two_words: 2 }],
        with_default: Camel::OneWord,
        not_there: 0,
        maybe: Maybe(None),
        boxed,
    };
    let names = names(Some(Box::new(names(None))));
    assert_eq!(read_json::<Names>(serde_json::to_string(&names).unwrap().as_bytes()).unwrap(), names);
    let short = br#"{"type":"t","s":"oneword","threeWordName":[]}"#;
    let read: Names = read_json(short).unwrap();
    assert_eq!(read, serde_json::from_slice(short).unwrap());
    assert_eq!((read.with_default, read.maybe), (Camel::TwoMoreWords, Maybe(None)));
    for name in ["type", "s", "threeWordName"] {
        let less = String::from_utf8(short.to_vec()).unwrap().replace(&format!("\"{name}\""), "\"x\"");
        let error = read_json::<Names>(less.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, format!("missing field `{name}`"));
    }
}

/// What was wrong, and in which member: of the innermost object only.
#[test]
fn errors_say_where_and_what() {
    fn error<T: FromJsonOwned + Debug>(text: &str) -> String {
        read_json::<T>(text.as_bytes()).unwrap_err().to_string()
    }
    #[derive(Debug, FromJson)]
    #[allow(dead_code)]
    struct Outer {
        inner: Option<Vec<Shape>>,
        numbers: Members<u8>,
    }
    assert_eq!(error::<Outer>("{"), "JSON was expected");
    assert_eq!(error::<Outer>("null"), "an object was expected");
    assert_eq!(error::<Outer>(r#"{"inner":1}"#), "`inner`: a list was expected");
    assert_eq!(error::<Outer>(r#"{"inner":[1]}"#), "`inner`: an object was expected");
    assert_eq!(error::<Outer>(r#"{"inner":[{}]}"#), "`inner`: an object with one member was expected");
    assert_eq!(error::<Outer>(r#"{"inner":["square"]}"#), "`inner`: another name was expected");
    assert_eq!(error::<Outer>(r#"{"inner":[{"point":1}]}"#), "`inner`: a name alone was expected");
    assert_eq!(error::<Outer>(r#"{"inner":["circle"]}"#), "`inner`: an object was expected");
    assert_eq!(error::<Outer>(r#"{"inner":[{"circle":{}}]}"#), "missing field `radius`");
    assert_eq!(error::<Outer>(r#"{"inner":[{"circle":{"radius":-1}}]}"#), "`radius`: a whole number was expected");
    assert_eq!(error::<Outer>(r#"{"inner":[{"pair":[1]}]}"#), "missing field `inner`");
    assert_eq!(error::<Outer>(r#"{"inner":[],"inner":[]}"#), "`inner`: one value was expected");
    assert_eq!(error::<Outer>(r#"{"numbers":{"a":256}}"#), "`numbers`: another value was expected");
    assert_eq!(error::<Outer>("{}"), "missing field `numbers`");
    assert_eq!(error::<Value>("[1,]"), "JSON was expected");
    assert_eq!(error::<String>("1"), "a string was expected");
}

#[test]
fn strings_without_escapes_are_borrowed() {
    struct Line<'a>(&'a str);
    impl<'n> FromJson<'n> for Line<'n> {
        fn empty() -> Self {
            Self("")
        }

        fn read(&mut self, value: Reader<'n>) -> Result<(), JsonError> {
            self.0 = value.text()?;
            Ok(())
        }
    }
    let text = br#"["as it is","a\nb"]"#;
    let json = Json::parse(text).unwrap();
    let lines: Vec<Line<'_>> = json.read().unwrap();
    assert!(text.as_ptr_range().contains(&lines[0].0.as_ptr()), "it is where it was");
    assert_eq!((lines[0].0, lines[1].0), ("as it is", "a\nb"));
}
