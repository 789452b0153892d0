//! How a model is shown which text others wrote.

use serde_json::Value;

/// The member that holds what others wrote, in the result the model is given. It is JSON around JSON, so no text in it can end it.
pub(crate) const UNTRUSTED: &str = "untrusted";

/// A way of marking text that others wrote. It is part of a model's profile: a small model loses its thread over a mark. What
/// protects the user is not the mark but the rule (`authority`): no text in a result can say yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Marks {
    /// Under a member of its own.
    #[default]
    Member,
    /// Not at all: the result as it is.
    Bare,
}

/// A result that others may have written in.
pub(crate) fn mark(result: &Value, marks: Marks) -> String {
    match (marks, result) {
        (Marks::Member, result) => format!("{{\"{UNTRUSTED}\":{result}}}"),
        (Marks::Bare, Value::String(text)) => text.clone(),
        (Marks::Bare, result) => result.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mark_is_what_the_profile_says() {
        for (result, member, bare) in [
            (json!({"a": 1}), r#"{"untrusted":{"a":1}}"#, r#"{"a":1}"#),
            (json!("Hi \"}"), r#"{"untrusted":"Hi \"}"}"#, "Hi \"}"),
        ] {
            assert_eq!(mark(&result, Marks::Member), member);
            assert_eq!(mark(&result, Marks::Bare), bare);
        }
    }
}
