//! A condition over parameters of every type.

use std::sync::LazyLock;

use deputy_fga::model::{Condition, ParameterType};
use deputy_fga::tuple::Context;
use deputy_fga::{CompiledCondition, ConditionError};
use serde_json::{Map, Value as Json, json};

/// What a question is told where the bytes say nothing else.
static VALUES: LazyLock<Map<String, Json>> = LazyLock::new(|| {
    let values = json!({
        "a": [1, "b", null], "b": true, "d": 1.5, "h": "1h30m", "i": 3, "l": ["ab", "c"], "m": { "k": "v" },
        "n": [[1, 2], []], "p": "10.1.2.3", "s": "text", "t": "2026-06-01T00:00:00Z", "u": 7
    });
    values.as_object().cloned().unwrap_or_default()
});

fn parameters() -> serde_json::Result<Vec<(String, ParameterType)>> {
    let of = |kind: &str| json!({ "type_name": format!("TYPE_NAME_{kind}") });
    let generic =
        |kind: &str, inner: Json| json!({ "type_name": format!("TYPE_NAME_{kind}"), "generic_types": [inner] });
    let types = [
        ("a", of("ANY")),
        ("b", of("BOOL")),
        ("d", of("DOUBLE")),
        ("h", of("DURATION")),
        ("i", of("INT")),
        ("l", generic("LIST", of("STRING"))),
        ("m", generic("MAP", of("STRING"))),
        ("n", generic("LIST", generic("LIST", of("INT")))),
        ("p", of("IPADDRESS")),
        ("s", of("STRING")),
        ("t", of("TIMESTAMP")),
        ("u", of("UINT")),
    ];
    types.into_iter().map(|(name, kind)| Ok((name.to_owned(), serde_json::from_value(kind)?))).collect()
}

pub fn run(text: &str) {
    let (expression, values) = text.split_once("\n--\n").unwrap_or((text, ""));
    let Ok(parameters) = parameters() else { return };
    let condition = Condition {
        name: "fuzzed".into(),
        expression: expression.to_owned(),
        parameters: parameters.into_iter().collect(),
        metadata: None,
    };
    let compiled = match CompiledCondition::compile(&condition) {
        Ok(compiled) => compiled,
        Err(error) => {
            // The parameters' types are complete.
            let ConditionError::Expression(error) = error else { return assert_eq!(error.to_string(), "") };
            let lines = expression.split('\n').count();
            assert!((1..=lines).contains(&error.line) && error.column > 0, "an error beyond the text: {error}");
            return;
        }
    };
    let mut request = VALUES.clone();
    let given: Context = serde_json::from_str(values).unwrap_or_default();
    request.extend(given.clone());
    // A tuple's values are read like a request's, and win.
    let _ = compiled.accepts(Some(&given));
    let mut before: Option<bool> = None;
    for budget in [0, 1, 10, 100, 1_000, 20_000] {
        let answer = compiled.holds(Some(&request), Some(&given), budget);
        if let Some(before) = before {
            assert_eq!(answer, Ok(before), "another answer with more steps");
        }
        before = before.or(answer.ok());
    }
}
