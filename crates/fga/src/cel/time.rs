//! Durations as Go writes them, timestamps as RFC 3339 does.

use chrono::{DateTime, Datelike, Utc};

const NANOS: [(&str, i64); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
];
const HOUR: i64 = 3_600_000_000_000;

/// Nanoseconds of a duration such as `1h30m`, `-1.5s`, `0`.
pub fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (whole, after_whole) = digits(rest);
        let (fraction, after) = match after_whole.strip_prefix('.') {
            Some(after_dot) => digits(after_dot),
            None => ("", after_whole),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let unit_end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (name, next) = after.split_at_checked(unit_end)?;
        let unit = match name {
            "h" => HOUR,
            name => NANOS.iter().find(|(known, _)| *known == name)?.1,
        };
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()?.into() };
        total = total.checked_add(whole.checked_mul(i128::from(unit))?)?;
        let (mut fraction_sum, mut scale) = (0_i128, 1_i128);
        for digit in fraction.chars().take(17) {
            // A fraction is cut, not rounded.
            scale *= 10;
            fraction_sum = fraction_sum * 10 + i128::from(digit.to_digit(10)?);
        }
        total += fraction_sum * i128::from(unit) / scale;
        if total > i128::from(i64::MAX) + 1 {
            return None;
        }
        rest = next;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// A timestamp such as `2026-01-31T10:00:00.5+02:00`.
pub fn parse_timestamp(text: &str) -> Option<DateTime<Utc>> {
    let bytes = text.as_bytes();
    // RFC 3339 lets writers choose other forms of `T` and `Z`; OpenFGA's reader does not.
    let strict = bytes.get(10) == Some(&b'T')
        && bytes.get(4) == Some(&b'-')
        && !text.contains(['z', ' '])
        && bytes.get(17..19) != Some(b"60");
    if !strict {
        return None;
    }
    in_range(DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc))
}

/// The timestamp, if its year has four digits.
pub fn in_range(time: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (1..=9999).contains(&time.year()).then_some(time)
}
