use serde_json::{Number, Value};

/// JSON Schema takes `10.0` for an integer, and some models write every number so: what is whole is written as a whole number, before
/// anything is bound to it or shown.
pub(crate) fn whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *number = whole;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(whole_numbers),
        Value::Object(members) => members.values_mut().for_each(whole_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn whole(number: &Number) -> Option<Number> {
    // Beyond that a float may stand for several numbers.
    const MOST: f64 = 9_007_199_254_740_992.0;
    let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0 && float.abs() < MOST)?;
    format!("{float:.0}").parse::<i64>().ok().map(Number::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn t18_whole_numbers_are_whole_however_they_are_written() {
        let mut value: Value =
            serde_json::from_str(r#"{"a":10.0,"b":[3.0,-2.0,1e2,-0.0,{"c":7.5}],"d":"5","e":1e300,"f":5,"g":0.1}"#)
                .unwrap();
        whole_numbers(&mut value);
        assert_eq!(value, json!({"a": 10, "b": [3, -2, 100, 0, {"c": 7.5}], "d": "5", "e": 1e300, "f": 5, "g": 0.1}));
        assert!(value["a"].is_u64() && value["b"][3].is_i64());
    }
}
