use std::fmt;

/// Text is no JSON, or not the JSON that a type has. Says what was expected and never shows what was there, which may be a
/// secret. Small, because every function that reads passes it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonError {
    member: &'static str,
    expected: &'static str,
}

impl JsonError {
    /// A member is not there; which, says the reader of what it is in.
    pub const MISSING: Self = Self::expected("all members");
    /// A value has the right type and is none of those that are allowed.
    pub const ANOTHER_VALUE: Self = Self::expected("another value");
    /// A value has another type than any of those that are allowed.
    pub const ANOTHER_TYPE: Self = Self::expected("another type");
    pub(super) const NOT_JSON: Self = Self::expected("JSON");

    pub(super) const fn expected(expected: &'static str) -> Self {
        Self { member: "", expected }
    }

    /// The same error, within that member.
    #[must_use]
    pub fn within(self, member: &'static str) -> Self {
        if self.member.is_empty() { Self { member, ..self } } else { self }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.expected == Self::MISSING.expected;
        let parts = match self.member {
            "" => [self.expected, " was expected", "", ""],
            member if missing => ["missing field `", member, "`", ""],
            member => ["`", member, "`: ", self.expected],
        };
        parts.iter().try_for_each(|part| f.write_str(part))?;
        if self.member.is_empty() || missing { Ok(()) } else { f.write_str(" was expected") }
    }
}

impl std::error::Error for JsonError {}
