//! Numbers as models write them.

use serde_json::Value;

/// Beyond this a double does not hold every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Longest text that is read as a number.
const LONGEST: usize = 30;

/// A whole number: as one, as `10.0`, or as either of them in a text.
pub fn whole(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) if number.is_u64() || number.is_i64() => Some(value.clone()),
        Value::Number(number) => of_double(number.as_f64()?),
        Value::String(text) => {
            let text = plain(text)?;
            let exact = text.parse::<u64>().map(Value::from).or_else(|_| text.parse::<i64>().map(Value::from));
            exact.ok().or_else(|| of_double(text.parse().ok()?))
        }
        _ => None,
    }
}

/// A number in a text.
pub fn any(value: &Value) -> Option<Value> {
    whole(value).or_else(|| plain(value.as_str()?)?.parse::<f64>().ok().map(Value::from))
}

fn of_double(number: f64) -> Option<Value> {
    let whole = number.fract() == 0.0 && number.abs() <= EXACT;
    // Checked: it is whole, and small enough to be held exactly.
    whole.then(|| if number < 0.0 { Value::from(number as i64) } else { Value::from(number as u64) })
}

/// Digits, with a sign before and a point inside: no exponent, no words such as `inf`.
fn plain(text: &str) -> Option<&str> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    (text.len() <= LONGEST && number(whole) && number(fraction)).then_some(text)
}
