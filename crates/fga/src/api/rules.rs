//! OpenFGA's rules for the fields of requests, and the words in which it says what breaks one.

use std::fmt;

use super::refusal::{
    ASSERTIONS_TOO_MANY_ITEMS, Code, PAGE_SIZE_INVALID, RELATIONS_INVALID_PATTERN, Refusal,
    TUPLE_KEY_VALUE_NOT_SPECIFIED, TYPE_DEFINITIONS_TOO_FEW_ITEMS, TYPE_INVALID_PATTERN, VALIDATION_ERROR,
};

/// What a text has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    Id,
    Type,
    ChangesType,
    Relation,
    Object,
    ObjectId,
    CheckUser,
    ReadUser,
    StoreName,
    CorrelationId,
    ContinuationToken,
}

impl Pattern {
    /// As OpenFGA prints it.
    fn text(self) -> &'static str {
        match self {
            Self::Id => "^[ABCDEFGHJKMNPQRSTVWXYZ0-9]{26}$",
            Self::Type => r"^[^:#@\\s]{1,254}$",
            Self::ChangesType => r"^[^:#\\s]{1,254}$",
            Self::Relation => r"^[^:#@\\s]{1,50}$",
            Self::Object => r"^[^\\s]{2,256}$",
            Self::ObjectId => r"[^#:\\s]+$",
            Self::CheckUser => r"^[^\\s]{2,512}$",
            Self::ReadUser => r"^[^\\s]{1,511}:[^\\s]{1,511}$",
            Self::StoreName => r"^[a-zA-Z0-9\\s\\.\\-\\/^_&@]{3,64}$",
            Self::CorrelationId => r"^[\\w\\d-]{1,36}$",
            Self::ContinuationToken => "^$|^[A-Za-z0-9-_]+={0,2}$",
        }
    }

    fn matches(self, text: &str) -> bool {
        let plain = |least, most, others: &str| {
            let count = text.chars().count();
            (least..=most).contains(&count) && !text.chars().any(|c| is_space(c) || others.contains(c))
        };
        let of = |least, most, others: &str| {
            (least..=most).contains(&text.len())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
        };
        match self {
            Self::Id => of(26, 26, "") && !text.contains(|c: char| c.is_lowercase() || "ILOU".contains(c)),
            Self::Type => plain(1, 254, ":#@"),
            Self::ChangesType => plain(1, 254, ":#"),
            Self::Relation => plain(1, 50, ":#@"),
            Self::Object => plain(2, 256, ""),
            Self::ObjectId => text.chars().next_back().is_some_and(|c| !is_space(c) && !"#:".contains(c)),
            Self::CheckUser => plain(2, 512, ""),
            Self::ReadUser => {
                plain(3, 1_023, "") && {
                    let last = text.chars().count().saturating_sub(1);
                    text.chars().enumerate().any(|(place, c)| {
                        c == ':' && (1..=511).contains(&place) && (1..=511).contains(&last.saturating_sub(place))
                    })
                }
            }
            Self::StoreName => of(3, 64, "\t\n\u{c}\r .-/^_&@"),
            Self::CorrelationId => of(1, 36, "_-"),
            Self::ContinuationToken => {
                let token = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
                let plain = token.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
                text.is_empty() || (!token.is_empty() && plain)
            }
        }
    }
}

/// What `\s` is for OpenFGA.
fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{c}' | '\r' | ' ')
}

/// Which rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    Pattern(Pattern),
    Required,
    AtLeastOneItem,
    ExactlyOneItem,
    MoreItemsThan(usize),
    MorePairsThan(usize),
    MoreBytesThan(usize),
    BytesOutside(usize, usize),
    Outside(u32, u32),
    LessThan(u32),
    NotBeforeNow,
    NotATime,
    NotInList(&'static str),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern(pattern) => write!(f, "value does not match regex pattern \"{}\"", pattern.text()),
            Self::Required => f.write_str("value is required"),
            Self::AtLeastOneItem => f.write_str("value must contain at least 1 item(s)"),
            Self::ExactlyOneItem => f.write_str("value must contain exactly 1 item(s)"),
            Self::MoreItemsThan(most) => write!(f, "value must contain no more than {most} item(s)"),
            Self::MorePairsThan(most) => write!(f, "value must contain no more than {most} pair(s)"),
            Self::MoreBytesThan(most) => write!(f, "value length must be at most {most} bytes"),
            Self::BytesOutside(least, most) => {
                write!(f, "value length must be between {least} and {most} bytes, inclusive")
            }
            Self::Outside(least, most) => write!(f, "value must be inside range [{least}, {most}]"),
            Self::LessThan(least) => write!(f, "value must be greater than or equal to {least}"),
            Self::NotBeforeNow => f.write_str("value must be less than now"),
            Self::NotATime => f.write_str("value is not a valid timestamp"),
            Self::NotInList(list) => write!(f, "value must be in list [{list}]"),
        }
    }
}

/// The refusal of a field of a message, both named as in OpenFGA's protocol buffers.
pub(super) fn refused(message: &str, field: &str, broken: Broken) -> Refusal {
    Refusal::new(code(field, broken), format!("invalid {message}.{field}: {broken}"))
}

/// Some fields have codes of their own.
fn code(field: &str, broken: Broken) -> Code {
    match (field, broken) {
        ("Assertions", Broken::MoreItemsThan(_)) => ASSERTIONS_TOO_MANY_ITEMS,
        ("PageSize", Broken::Outside(..)) => PAGE_SIZE_INVALID,
        ("TupleKey", Broken::Required) => TUPLE_KEY_VALUE_NOT_SPECIFIED,
        ("Type", Broken::Pattern(_)) => TYPE_INVALID_PATTERN,
        ("TypeDefinitions", Broken::AtLeastOneItem) => TYPE_DEFINITIONS_TOO_FEW_ITEMS,
        (field, Broken::Pattern(_)) if field.starts_with("Relations[") => RELATIONS_INVALID_PATTERN,
        _ => VALIDATION_ERROR,
    }
}

/// Refuses what does not match.
pub(super) fn matching(message: &str, field: &str, pattern: Pattern, text: &str) -> Result<(), Refusal> {
    if pattern.matches(text) { Ok(()) } else { Err(refused(message, field, Broken::Pattern(pattern))) }
}

/// The same of a text that may be left out.
pub(super) fn unless_empty(message: &str, field: &str, pattern: Pattern, text: &str) -> Result<(), Refusal> {
    if text.is_empty() { Ok(()) } else { matching(message, field, pattern, text) }
}

/// Refuses more items than a list may have.
pub(super) fn at_most<T>(message: &str, field: &str, most: usize, items: &[T]) -> Result<(), Refusal> {
    if items.len() > most { Err(refused(message, field, Broken::MoreItemsThan(most))) } else { Ok(()) }
}

/// Refuses more bytes than a text may have.
pub(super) fn short(message: &str, field: &str, most: usize, text: &str) -> Result<(), Refusal> {
    if text.len() > most { Err(refused(message, field, Broken::MoreBytesThan(most))) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_what_openfga_takes() {
        let long = "a".repeat(256);
        let rows = [
            (Pattern::Id, "01JZ0000000000000000000001", true),
            (Pattern::Id, "01JZ000000000000000000000I", false),
            (Pattern::Id, "01jz0000000000000000000001", false),
            (Pattern::Id, "", false),
            (Pattern::Type, "a\u{b}", true),
            (Pattern::Type, "a b", false),
            (Pattern::Type, "a@", false),
            (Pattern::ChangesType, "a@", true),
            (Pattern::Object, &long, true),
            (Pattern::Object, "a", false),
            (Pattern::ObjectId, "a b", true),
            (Pattern::ObjectId, "a:", false),
            (Pattern::ObjectId, "", false),
            (Pattern::ReadUser, "a:", false),
            (Pattern::ReadUser, ":a", false),
            (Pattern::ReadUser, "::a", true),
            (Pattern::ReadUser, "user:anne", true),
            (Pattern::StoreName, "my store/1", true),
            (Pattern::StoreName, "ab", false),
            (Pattern::StoreName, "ünï", false),
            (Pattern::CorrelationId, "a_b-1", true),
            (Pattern::CorrelationId, "a.b", false),
            (Pattern::ContinuationToken, "", true),
            (Pattern::ContinuationToken, "=", false),
            (Pattern::ContinuationToken, "MQ==", true),
            (Pattern::ContinuationToken, "a+b", false),
        ];
        for (pattern, text, matches) in rows {
            assert_eq!(pattern.matches(text), matches, "{pattern:?} {text:?}");
        }
    }
}
