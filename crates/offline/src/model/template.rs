//! The small template language of the scripts: `{{ source | filter argument }}`. `data/README.md` is its manual.

use std::collections::BTreeMap;

use jiff::Zoned;
use serde_json::{Map, Number, Value};

use super::cited::cited;
use super::dates;

/// Everything a template can mention.
#[derive(Debug)]
pub struct Context<'a> {
    /// The last user message.
    pub user: &'a str,
    /// Named captures of the rule's pattern.
    pub captures: &'a BTreeMap<String, String>,
    /// Name, arguments and content of the tool result in question.
    pub result: Option<(&'a str, &'a Value, &'a Value)>,
    /// Now, in the user's zone.
    pub clock: &'a Zoned,
    /// Named look-up tables of the script.
    pub tables: &'a BTreeMap<String, BTreeMap<String, String>>,
    /// Named long texts of the script.
    pub texts: &'a BTreeMap<String, String>,
    /// The sentences that work with the tools on offer.
    pub examples: &'a [String],
}

/// A template that cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{{` without `}}`.
    #[error("unclosed {{{{ in a template")]
    Unclosed,
    /// A name that means nothing here.
    #[error("nothing is known of {0:?}")]
    Missing(String),
    /// A filter that does not exist or cannot take this value.
    #[error("the filter {0:?} does not apply")]
    Filter(String),
}

/// Fills in a text.
///
/// # Errors
/// [`TemplateError`] when an expression has no value and no `default`.
pub fn text(template: &str, context: &Context<'_>) -> Result<String, TemplateError> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (expression, tail) = after.split_once("}}").ok_or(TemplateError::Unclosed)?;
        out.push_str(before);
        out.push_str(&plain(&evaluate(expression, context)?));
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

/// Fills in every string of a JSON value. A string that is one expression and nothing else keeps the expression's own type; an
/// object member whose expression is `null` is left out.
///
/// # Errors
/// [`TemplateError`] when an expression has no value and no `default`.
pub fn json(template: &Value, context: &Context<'_>) -> Result<Value, TemplateError> {
    Ok(match template {
        Value::String(template) => match sole_expression(template) {
            Some(expression) => evaluate(expression, context)?,
            None => Value::String(text(template, context)?),
        },
        Value::Array(items) => Value::Array(items.iter().map(|item| json(item, context)).collect::<Result<_, _>>()?),
        Value::Object(members) => {
            let mut out = Map::new();
            for (name, member) in members {
                let value = json(member, context)?;
                if !value.is_null() {
                    out.insert(name.clone(), value);
                }
            }
            Value::Object(out)
        }
        other => other.clone(),
    })
}

/// A value as it reads in a sentence: strings as they are, everything else as JSON.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn sole_expression(template: &str) -> Option<&str> {
    let inner = template.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("{{")).then_some(inner)
}

fn evaluate(expression: &str, context: &Context<'_>) -> Result<Value, TemplateError> {
    let mut parts = split_outside_quotes(expression, '|').into_iter();
    let source = words(&parts.next().unwrap_or_default());
    let mut value = read(&source, context);
    for filter in parts {
        let filter = words(&filter);
        value = apply(value, &filter, context);
    }
    value
}

fn read(source: &[String], context: &Context<'_>) -> Result<Value, TemplateError> {
    let name = source.first().map(String::as_str).unwrap_or_default();
    let missing = || TemplateError::Missing(name.to_owned());
    let argument = |at: usize| source.get(at).and_then(|name| context.captures.get(name)).map(String::as_str);
    let (tool, arguments, content) = context.result.unwrap_or(("", &Value::Null, &Value::Null));
    let value = match name {
        "user" => Some(Value::from(context.user)),
        "now" => Some(Value::from(dates::rfc3339(context.clock))),
        "zone" => Some(Value::from(context.clock.time_zone().iana_name().unwrap_or("UTC"))),
        "tool" if !tool.is_empty() => Some(Value::from(tool)),
        "result" => context.result.map(|_| content.clone()),
        "examples" => Some(context.examples.iter().map(|example| Value::from(example.as_str())).collect()),
        "text" => source.get(1).and_then(|name| context.texts.get(name)).map(|text| Value::from(text.as_str())),
        "date" => dates::resolve(context.clock, argument(1), argument(2)).map(|at| Value::from(dates::rfc3339(&at))),
        // Alone it is the capture of that name.
        "day" if source.len() > 1 => dates::start_of_day(context.clock, argument(1).unwrap_or("today"))
            .map(|at| Value::from(dates::rfc3339(&at))),
        "cron" => argument(2).and_then(|time| dates::cron(argument(1), time)).map(Value::from),
        literal if literal.starts_with('"') => Some(Value::from(literal.trim_matches('"'))),
        pointer if pointer.starts_with('/') => content.pointer(pointer).cloned(),
        other => match other.strip_prefix("args") {
            Some(pointer) if pointer.starts_with('/') => arguments.pointer(pointer).cloned(),
            _ => context.captures.get(other).map(|text| Value::from(text.as_str())),
        },
    };
    value.ok_or_else(missing)
}

type Evaluated = Result<Value, TemplateError>;

fn apply(value: Evaluated, filter: &[String], context: &Context<'_>) -> Evaluated {
    let name = filter.first().map(String::as_str).unwrap_or_default();
    let argument = filter.get(1).map(|text| text.trim_matches('"'));
    if name == "default" {
        let fallback = argument.unwrap_or_default();
        return value.or_else(|_| if fallback == "null" { Ok(Value::Null) } else { Ok(Value::from(fallback)) });
    }
    let value = value?;
    let text = plain(&value);
    let filtered = match name {
        "json" => Some(Value::from(value.to_string())),
        "number" => number(&text, context).map(Value::Number),
        "seconds_in" => {
            let unit = argument.and_then(|name| unit(context.captures.get(name)?));
            number(&text, context).and_then(|amount| amount.as_u64()?.checked_mul(unit?)).map(Value::from)
        }
        "title" => Some(Value::from(title(&text))),
        "upper" => Some(Value::from(text.to_uppercase())),
        "lower" => Some(Value::from(text.to_lowercase())),
        "spoken" => dates::spoken(context.clock, &text).map(Value::from),
        "zone" => table("zones", &text, context).or_else(|| dates::zone_of(&text)).map(Value::from),
        "lookup" => argument.and_then(|name| table(name, &text, context)).map(Value::from),
        "cited" => value.as_array().and_then(|passages| cited(context.user, passages)).map(Value::from),
        "count" => value.as_array().map(|items| Value::from(items.len())),
        "list" => value.as_array().map(|items| Value::from(list(items, argument.unwrap_or("{}")))),
        _ => None,
    };
    filtered.ok_or_else(|| TemplateError::Filter(name.to_owned()))
}

/// A numeral, or a word of the table `numbers`.
fn number(text: &str, context: &Context<'_>) -> Option<Number> {
    let text = table("numbers", text, context).unwrap_or_else(|| text.trim().to_owned());
    text.parse::<i64>().ok().map(Number::from).or_else(|| Number::from_f64(text.parse().ok()?))
}

fn unit(word: &str) -> Option<u64> {
    Some(match word.to_lowercase().trim_end_matches('s') {
        "second" | "sec" | "" => 1,
        "minute" | "min" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return None,
    })
}

fn table(name: &str, key: &str, context: &Context<'_>) -> Option<String> {
    context.tables.get(name)?.get(&key.trim().to_lowercase()).cloned()
}

fn title(text: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// A Markdown list, one line an item. In the line `{a/b,c}` is the first of its members a/b and c that exists, `{}` the item itself.
fn list(items: &[Value], line: &str) -> String {
    items.iter().map(|item| format!("- {}", member_text(line, item))).collect::<Vec<_>>().join("\n")
}

fn member_text(line: &str, item: &Value) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((names, tail)) = after.split_once('}') else { break };
        out.push_str(before);
        let member = |name: &str| if name.is_empty() { Some(item) } else { item.pointer(&format!("/{name}")) };
        let found = names.split(',').filter_map(member).find(|value| !value.is_null());
        out.push_str(&found.map(plain).unwrap_or_default());
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn words(text: &str) -> Vec<String> {
    split_outside_quotes(text, ' ').into_iter().filter(|word| !word.is_empty()).collect()
}

fn split_outside_quotes(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        quoted ^= c == '"';
        if c == separator && !quoted {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json as value;

    fn fill(template: &Value, content: &Value) -> Result<Value, TemplateError> {
        let captures = [
            ("n", "three"),
            ("m", "5"),
            ("unit", "minutes"),
            ("place", "san francisco"),
            ("day", "tomorrow"),
            ("time", "9"),
        ];
        let captures = captures.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let tables = BTreeMap::from([
            ("numbers".to_owned(), BTreeMap::from([("three".to_owned(), "3".to_owned())])),
            ("zones".to_owned(), BTreeMap::from([("san francisco".to_owned(), "America/Los_Angeles".to_owned())])),
        ]);
        let arguments = value!({"date": "2026-08-06T09:00:00+02:00"});
        let context = Context {
            user: "hello",
            captures: &captures,
            result: Some(("checkUsersCalendar", &arguments, content)),
            clock: &dates::clock("2026-08-05T10:30:00Z".parse().unwrap(), Some("Europe/Berlin")),
            tables: &tables,
            texts: &BTreeMap::new(),
            examples: &[],
        };
        json(template, &context)
    }

    #[test]
    fn a_sole_expression_keeps_its_type() {
        let filled = fill(
            &value!({"qty": "{{n | number}}", "at": "{{date day time}}", "all": "{{result}}", "left": "{{x | default null}}"}),
            &value!([1]),
        );
        assert_eq!(filled.unwrap(), value!({"qty": 3, "at": "2026-08-06T09:00:00+02:00", "all": [1]}));
    }

    #[test]
    fn a_text_is_filled_in_place() {
        let filled = fill(
            &value!("{{tool}}: {{/a/0}} {{args/date | spoken}}, {{place | title}}, {{place | zone}}"),
            &value!({"a": [true]}),
        );
        assert_eq!(filled.unwrap(), "checkUsersCalendar: true tomorrow at 09:00, San Francisco, America/Los_Angeles");
        assert_eq!(fill(&value!("{{m | seconds_in unit}}"), &Value::Null).unwrap(), 300);
        assert_eq!(fill(&value!("every {{day}}"), &Value::Null).unwrap(), "every tomorrow");
    }

    #[test]
    fn lists_name_members() {
        let content = value!([{"id": 1, "payload": "a"}, {"id": 2, "description": "b"}]);
        let filled = fill(&value!("{{result | list \"{id}: {payload,description}\"}} {{result | count}}"), &content);
        assert_eq!(filled.unwrap(), "- 1: a\n- 2: b 2");
        assert_eq!(fill(&value!("{{result | list}}"), &value!(["x", "y"])).unwrap(), "- x\n- y");
    }

    #[test]
    fn what_is_unknown_is_an_error_unless_it_has_a_default() {
        assert_eq!(fill(&value!("{{nobody}}"), &Value::Null), Err(TemplateError::Missing("nobody".into())));
        assert_eq!(fill(&value!("{{nobody | default \"some | one\"}}!"), &Value::Null).unwrap(), "some | one!");
        assert_eq!(fill(&value!("{{place | number}}"), &Value::Null), Err(TemplateError::Filter("number".into())));
        assert_eq!(fill(&value!("a {{b"), &Value::Null), Err(TemplateError::Unclosed));
    }
}
