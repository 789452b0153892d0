use serde_json::{Map, Value};

/// A JSON object of these members, for what is built in the Worker: `json!` writes every insertion down anew, with what it takes to
/// give up halfway. Of members with the same name the last counts.
pub fn object(members: Vec<(&str, Value)>) -> Value {
    let mut object = Map::new();
    for (name, value) in members {
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

/// The same where all members are texts.
pub fn text_object(members: &[(&str, &str)]) -> Value {
    object(members.iter().map(|(name, text)| (*name, Value::from(*text))).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_those_of_json() {
        let inner = text_object(&[("b", "x"), ("a", "")]);
        assert_eq!(
            object(vec![("n", 1.into()), ("inner", inner), ("n", Value::Null)]),
            json!({"inner": {"a": "", "b": "x"}, "n": null})
        );
        assert_eq!(object(Vec::new()), json!({}));
    }
}
