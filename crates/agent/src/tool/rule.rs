//! The rules of inputs in words: the same for what a schema says and for what a type checks.

use std::fmt::Display;

use serde_json::Value;

pub const MISSING: &str = "is missing";
pub const UNKNOWN: &str = "there is no such input";

/// By the name of a type in JSON Schema.
pub fn kind(kind: &str) -> String {
    let article = match kind {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        _ => "an object",
    };
    format!("must be {article}")
}

pub fn one_of(values: &[Value]) -> String {
    let words: Vec<String> =
        values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    format!("must be one of {}", words.join(", "))
}

pub fn at_least(least: impl Display) -> String {
    format!("at least {least}")
}

pub fn at_most(most: impl Display) -> String {
    format!("at most {most}")
}

/// The rule that a length does not keep, if there is one.
pub fn length(length: usize, least: Option<u64>, most: Option<u64>, unit: &str) -> Option<String> {
    let length = length as u64;
    match (least, most) {
        (Some(1), _) if length == 0 => Some("must not be empty".to_owned()),
        (Some(least), _) if length < least => Some(format!("at least {least} {unit}")),
        (_, Some(most)) if length > most => Some(format!("at most {most} {unit}")),
        _ => None,
    }
}
