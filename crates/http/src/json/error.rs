use std::fmt;

/// Text is no JSON, or not the JSON that a type has. Says what was expected and never shows what was there, which may be a
/// secret. Small, because every function that reads passes it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonError {
    member: &'static str,
    expected: &'static str,
}

const MEMBER_MISSING: JsonError = JsonError { member: "", expected: "all members" };

impl JsonError {
    pub(super) const NOT_JSON: Self = Self::expected("JSON");

    pub(super) const fn expected(expected: &'static str) -> Self {
        Self { member: "", expected }
    }

    /// The same error, within that member.
    pub(super) fn within(self, member: &'static str) -> Self {
        if self.member.is_empty() { Self { member, ..self } } else { self }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.expected == MEMBER_MISSING.expected;
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

impl serde::de::Error for JsonError {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self::expected("another value")
    }

    fn invalid_type(_found: serde::de::Unexpected<'_>, _expected: &dyn serde::de::Expected) -> Self {
        Self::expected("another type")
    }

    fn invalid_value(_found: serde::de::Unexpected<'_>, _expected: &dyn serde::de::Expected) -> Self {
        Self::expected("another value")
    }

    /// How a derived reader of a list says that it has no more items, and of a struct that a member is not there.
    fn invalid_length(_length: usize, _expected: &dyn serde::de::Expected) -> Self {
        MEMBER_MISSING
    }

    fn unknown_variant(_variant: &str, _expected: &'static [&'static str]) -> Self {
        Self::expected("another name")
    }

    fn missing_field(field: &'static str) -> Self {
        MEMBER_MISSING.within(field)
    }
}
