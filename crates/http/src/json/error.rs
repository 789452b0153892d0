use std::fmt;

use serde::de::{Error, Expected, Unexpected};

/// Text is no JSON, or not the JSON that a type has. Names the place and the problem, and shows nothing of what was there: neither
/// values nor names that the type does not know (those are `*` in the path). serde's own texts quote values, which may be secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct JsonError {
    /// Like `accounts[2].scopes`; empty for the whole.
    pub path: String,
    /// What is wrong there.
    pub problem: JsonProblem,
}

/// What can be wrong with JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonProblem {
    /// The text is no JSON.
    NotJson,
    /// A member is not there.
    Missing,
    /// Text instead of a number, a list instead of an object, and the like.
    AnotherType,
    /// The type is right, the value is not one that is allowed.
    AnotherValue,
}

impl JsonError {
    pub(super) const NOT_JSON: Self = Self::new(JsonProblem::NotJson);
    /// It does not fit, and where is not known.
    pub(super) const ANOTHER: Self = Self::new(JsonProblem::AnotherValue);

    const fn new(problem: JsonProblem) -> Self {
        Self { path: String::new(), problem }
    }

    /// The same error, in that member.
    pub(super) fn in_member(mut self, name: &str) -> Self {
        let separator = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{name}{separator}{}", self.path);
        self
    }

    /// The same error, in that item of a list.
    pub(super) fn in_item(mut self, index: usize) -> Self {
        let separator = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("[{index}]{separator}{}", self.path);
        self
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str("the JSON")?
        } else {
            write!(f, "`{}`", self.path)?
        }
        f.write_str(match self.problem {
            JsonProblem::NotJson => " cannot be read",
            JsonProblem::Missing => " is missing",
            JsonProblem::AnotherType => " has another type",
            JsonProblem::AnotherValue => " has a value that is not allowed",
        })
    }
}

impl Error for JsonError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::ANOTHER
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new(JsonProblem::AnotherType)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(JsonProblem::Missing).in_member(field)
    }
}
