//! What the model gave, read as the input of a tool, or what is wrong with it in words.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{number, rule};

/// The input of a tool does not fit. The model reads this and can repair its call: every problem names the member and the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The input of {tool} does not fit: {}.", sentence(problems))]
pub struct InputError {
    /// Name of the tool.
    pub tool: String,
    /// What is wrong; never empty.
    pub problems: Vec<InputProblem>,
}

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{rule}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct InputProblem {
    /// Like `qty` or `to[2]`; empty for the whole input.
    pub path: String,
    /// The rule that is not kept, such as `at least 1`.
    pub rule: String,
}

/// Longest rule that is shown, characters: serde's own texts quote what the model gave.
const LONGEST_RULE: usize = 160;

fn sentence(problems: &[InputProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The input as its schema means it: models write whole numbers as `10.0` (which JSON Schema takes for one) or `"10"`, truth as
/// `"true"`, and a list of one as that one.
pub fn fitted(schema: &Value, input: &Value) -> Value {
    match (schema.get("type").and_then(Value::as_str), input) {
        (Some("integer"), Value::Number(_) | Value::String(_)) => number::whole(input),
        (Some("number"), Value::String(_)) => number::any(input),
        (Some("boolean"), Value::String(text)) => {
            text.trim().to_ascii_lowercase().parse::<bool>().ok().map(Value::from)
        }
        (Some("array"), Value::Array(items)) => {
            schema.get("items").map(|schema| items.iter().map(|item| fitted(schema, item)).collect())
        }
        (Some("array"), Value::String(_)) => {
            let of_texts = schema.pointer("/items/type").is_some_and(|kind| kind == "string");
            of_texts.then(|| Value::from(vec![input.clone()]))
        }
        (_, Value::Object(members)) => {
            let known = schema.get("properties").and_then(Value::as_object);
            let member = |(name, value): (&String, &Value)| {
                let schema = known.and_then(|known| known.get(name));
                (name.clone(), schema.map_or_else(|| value.clone(), |schema| fitted(schema, value)))
            };
            Some(members.iter().map(member).collect())
        }
        _ => None,
    }
    .unwrap_or_else(|| input.clone())
}

/// Reads an input. The type decides whether it fits, `schema`, which was made from the same type, says what does not.
///
/// Errors: everything the schema finds, and what only the type knows.
pub fn read<Input: DeserializeOwned + JsonSchema>(
    tool: &str,
    schema: &Value,
    input: &Value,
) -> Result<Input, InputError> {
    let input = fitted(schema, input);
    serde_path_to_error::deserialize(&input).map_err(|error| {
        let mut problems = problems(schema, &input);
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        let text = error.inner().to_string();
        // serde names a member that is missing in its text.
        let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        let (path, text) = match missing {
            Some(name) if path.is_empty() => (name.to_owned(), rule::MISSING.to_owned()),
            Some(name) => (format!("{path}.{name}"), rule::MISSING.to_owned()),
            None => (path, text),
        };
        // What the schema has not found is a rule of the type alone.
        let said = problems.iter().any(|problem| path.is_empty() || problem.path == path);
        if !said {
            problems.push(InputProblem { path, rule: text.chars().take(LONGEST_RULE).collect() });
        }
        InputError { tool: tool.to_owned(), problems }
    })
}

/// What in `input` does not keep the rules that stand in `schema`: type, enum, bounds of numbers, lengths of texts and lists,
/// required members, and unknown ones where the schema forbids them. `null` counts as left out.
pub fn problems(schema: &Value, input: &Value) -> Vec<InputProblem> {
    let mut found = Vec::new();
    look(schema, input, String::new(), &mut found);
    found
}

fn look(schema: &Value, value: &Value, path: String, found: &mut Vec<InputProblem>) {
    let mut problem = |rule: String| found.push(InputProblem { path: path.clone(), rule });
    if let Some(kind) = schema.get("type").and_then(Value::as_str)
        && !is_a(kind, value)
    {
        return problem(rule::kind(kind));
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array)
        && !values.contains(value)
    {
        return problem(rule::one_of(values));
    }
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let length = |name: &str| schema.get(name).and_then(Value::as_u64);
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            if let Some(least) = bound("minimum").filter(|least| number < *least) {
                problem(rule::at_least(least));
            }
            if let Some(most) = bound("maximum").filter(|most| number > *most) {
                problem(rule::at_most(most));
            }
        }
        Value::String(text) => {
            let rule = rule::length(text.chars().count(), length("minLength"), length("maxLength"), "characters");
            rule.into_iter().for_each(problem);
        }
        Value::Array(items) => {
            let rule = rule::length(items.len(), length("minItems"), length("maxItems"), "items");
            rule.into_iter().for_each(problem);
            if let Some(schema) = schema.get("items") {
                for (place, item) in items.iter().enumerate() {
                    look(schema, item, format!("{path}[{place}]"), found);
                }
            }
        }
        Value::Object(members) => look_inside(schema, members, &path, found),
        Value::Null | Value::Bool(_) => {}
    }
}

fn look_inside(schema: &Value, members: &Map<String, Value>, path: &str, found: &mut Vec<InputProblem>) {
    let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let empty = Map::new();
    let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let unknown: Vec<&String> = members.keys().filter(|name| !known.contains_key(*name)).collect();
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        let missing = members.get(name).is_none_or(Value::is_null);
        // A member by another name may be an alias of the one that is missing: the type knows.
        if missing && (closed || unknown.is_empty()) {
            found.push(InputProblem { path: at(name), rule: rule::MISSING.to_owned() });
        }
    }
    if closed {
        found.extend(unknown.iter().map(|name| InputProblem { path: at(name), rule: rule::UNKNOWN.to_owned() }));
    }
    for (name, schema) in known {
        if let Some(value) = members.get(name).filter(|value| !value.is_null()) {
            look(schema, value, at(name), found);
        }
    }
}

fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::tool::fields::{Integer, Line};
    use crate::tool::schema::parameters;

    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "read, not used")]
    struct Order {
        ticker: Line<1, 20>,
        #[serde(alias = "quantity")]
        qty: Integer<1, 1_000_000>,
        side: Option<Side>,
        #[serde(default)]
        notes: Vec<Line<1, 9>>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum Side {
        Buy,
        Sell,
    }

    fn why(input: Value) -> String {
        let problems = read::<Order>("order", &parameters::<Order>(), &input).err().map(|error| error.problems);
        sentence(&problems.unwrap_or_default())
    }

    #[test]
    fn every_problem_is_named_with_its_member_and_its_rule() {
        for (input, said) in [
            (json!({"ticker": "GOOGL", "qty": 1}), ""),
            (json!({"ticker": "GOOGL", "quantity": 1, "side": null, "else": "x"}), ""),
            (json!({"ticker": "", "qty": 0}), "qty: at least 1; ticker: must not be empty"),
            (json!({"ticker": " ", "qty": 1}), "ticker: must not be empty"),
            (json!({"ticker": "a\nb", "qty": 1}), "ticker: must be one line of text"),
            (
                json!({"ticker": "x".repeat(21), "qty": 1_000_001}),
                "qty: at most 1000000; ticker: at most 20 characters",
            ),
            (json!({"ticker": 7, "qty": 1.5}), "qty: must be a whole number; ticker: must be a text"),
            (json!({"ticker": "GOOGL", "qty": "three"}), "qty: must be a whole number"),
            (json!({"ticker": "GOOGL", "qty": "0"}), "qty: at least 1"),
            (json!({"ticker": "GOOGL", "qty": -1}), "qty: at least 1"),
            (json!({"ticker": "GOOGL", "quantity": 0}), "quantity: at least 1"),
            (json!({"ticker": "GOOGL"}), "qty: is missing"),
            (json!({"ticker": "GOOGL", "amount": 1}), "qty: is missing"),
            (json!({"ticker": "GOOGL", "qty": null}), "qty: is missing"),
            (json!({"ticker": "GOOGL", "qty": 1, "side": "hold"}), "side: must be one of buy, sell"),
            (
                json!({"ticker": "GOOGL", "qty": 1, "notes": ["a", "", 3]}),
                "notes[1]: must not be empty; notes[2]: must be a text",
            ),
            (json!([]), "must be an object"),
        ] {
            assert_eq!(why(input.clone()), said, "{input}");
        }
    }

    /// Trial 18: a whole number is one however it is written, also by another name; what is no number is none.
    #[test]
    fn t18_whole_numbers_as_models_write_them() {
        let qty = |qty: Value| {
            let read = |name: &str| {
                let input = json!({"ticker": "GOOGL", name: qty});
                read::<Order>("order", &parameters::<Order>(), &input).ok().map(|order| order.qty.get())
            };
            assert_eq!(read("qty"), read("quantity"), "{qty}");
            read("qty")
        };
        for ten in [json!(10), json!(10.0), json!(1e1), json!("10"), json!(" 10 "), json!("10.0"), json!("+10")] {
            assert_eq!(qty(ten.clone()), Some(10), "{ten}");
        }
        for none in ["", "ten", "1e1", "0x10", "10.5", "1,000", "NaN", "inf", "10 shares", "--10", "1.", "."] {
            assert_eq!(qty(json!(none)), None, "{none}");
        }
        for none in [json!(10.5), json!(true), json!([10]), json!({"n": 10}), json!(1e300), json!(-0.5)] {
            assert_eq!(qty(none.clone()), None, "{none}");
        }
    }

    #[test]
    fn an_input_is_read_as_its_schema_means_it() {
        let schema = json!({"type": "object", "properties": {
            "on": {"type": "boolean"}, "price": {"type": "number"}, "to": {"type": "array", "items": {"type": "string"}},
            "many": {"type": "array", "items": {"type": "integer"}}, "name": {"type": "string"}
        }});
        let given = json!({"on": "True", "price": "9.50", "to": "a", "many": ["1", 2.0], "name": "5", "else": "7"});
        let meant = json!({"on": true, "price": 9.5, "to": ["a"], "many": [1, 2], "name": "5", "else": "7"});
        assert_eq!(fitted(&schema, &given), meant);
        let odd = json!({"on": "yes", "price": "much", "to": 7, "many": "1", "name": 5});
        assert_eq!(fitted(&schema, &odd), odd);
    }

    #[test]
    fn the_model_is_not_told_its_own_long_values() {
        let long = "secret ".repeat(400);
        let error = read::<Order>("order", &parameters::<Order>(), &json!({"ticker": "a", "amount": 1, "side": long}));
        let said = error.err().unwrap().to_string();
        assert!(said.starts_with("The input of order does not fit: ") && said.ends_with('.'), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}
