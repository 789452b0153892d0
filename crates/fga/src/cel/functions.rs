//! Functions on values.

use std::net::IpAddr;

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat, Timelike, Utc};
use regex_lite::{Regex, RegexBuilder};

use super::outcome::{Evaluated, EvaluationProblem, no_overload};
use super::time::{in_range, parse_duration, parse_timestamp};
use super::value::Value;

/// The most memory a compiled pattern may take, in bytes.
const MAX_PATTERN_BYTES: usize = 128 * 1024;

/// How many steps the function takes beside those of its arguments.
pub fn cost(function: &str, values: &[Value]) -> u64 {
    let weights = values.iter().map(Value::weight);
    match function {
        "matches" => match values {
            [Value::String(text), Value::String(pattern)] => pattern_cost(text, pattern),
            _ => 1,
        },
        "contains" | "startsWith" | "endsWith" | "string" | "bytes" => weights.fold(0, u64::saturating_add),
        _ => 1,
    }
}

/// Reading a pattern takes steps for each of its parts, matching for each part at each character. Counted parts are many.
fn pattern_cost(text: &str, pattern: &str) -> u64 {
    let parts = pattern.len() as u64 + if pattern.contains('{') { 1_000 } else { 0 };
    (text.len() as u64 + 1).saturating_mul(parts) / 64 + parts / 4 + 1
}

/// What the function gives. The target, if there is one, is the first value.
pub fn call(function: &str, values: &[Value]) -> Evaluated {
    match (function, values) {
        ("size", [value]) => size(value),
        ("dyn", [value]) => Ok(value.clone()),
        ("bool" | "int" | "uint" | "double" | "string" | "bytes" | "duration" | "timestamp" | "ipaddress", [value]) => {
            convert(function, value)
        }
        ("startsWith" | "endsWith" | "contains" | "matches", [Value::String(text), Value::String(other)]) => {
            let answer = match function {
                "startsWith" => text.starts_with(&**other),
                "endsWith" => text.ends_with(&**other),
                "contains" => text.contains(&**other),
                _ => pattern(other).map_err(EvaluationProblem::Value)?.is_match(text),
            };
            Ok(Value::Bool(answer))
        }
        ("in_cidr", [Value::IpAddress(address), Value::String(network)]) => in_cidr(*address, network),
        (_, [Value::Timestamp(time)]) => of_time(function, &time.fixed_offset()),
        (_, [Value::Timestamp(time), Value::String(zone)]) => {
            let zone = offset(zone).ok_or_else(|| EvaluationProblem::value(format!("unknown time zone {zone}")))?;
            of_time(function, &time.with_timezone(&zone))
        }
        (_, [Value::Duration(nanos)]) => of_duration(function, *nanos),
        (_, [first, ..]) => Err(no_overload(function, first)),
        (_, []) => Err(no_overload(function, &Value::Null)),
    }
}

/// Reads a pattern.
pub fn pattern(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text).size_limit(MAX_PATTERN_BYTES).nest_limit(20).build().map_err(|problem| problem.to_string())
}

fn size(value: &Value) -> Evaluated {
    let count = match value {
        Value::String(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        Value::Map(entries) => entries.len(),
        other => return Err(no_overload("size", other)),
    };
    Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}

fn convert(to: &str, value: &Value) -> Evaluated {
    let failed = || EvaluationProblem::value(format!("this {} is no {to}", value.kind()));
    match (to, value) {
        ("bool", Value::Bool(_))
        | ("int", Value::Int(_))
        | ("uint", Value::Uint(_))
        | ("double", Value::Double(_))
        | ("string", Value::String(_))
        | ("bytes", Value::Bytes(_))
        | ("duration", Value::Duration(_))
        | ("timestamp", Value::Timestamp(_))
        | ("ipaddress", Value::IpAddress(_)) => Ok(value.clone()),
        ("bool", Value::String(text)) => match &**text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Value::Bool(false)),
            _ => Err(failed()),
        },
        ("int", Value::Uint(value)) => i64::try_from(*value).map(Value::Int).map_err(|_| failed()),
        ("int", Value::Double(value)) if value.abs() < 9_223_372_036_854_775_807.0 => Ok(Value::Int(*value as i64)),
        ("int", Value::String(text)) => text.parse().map(Value::Int).map_err(|_| failed()),
        ("int", Value::Timestamp(time)) => Ok(Value::Int(time.timestamp())),
        ("uint", Value::Int(value)) => u64::try_from(*value).map(Value::Uint).map_err(|_| failed()),
        ("uint", Value::Double(value)) if *value >= 0.0 && *value < 18_446_744_073_709_551_615.0 => {
            Ok(Value::Uint(*value as u64))
        }
        ("uint", Value::String(text)) if !text.starts_with('+') => text.parse().map(Value::Uint).map_err(|_| failed()),
        ("double", Value::Int(value)) => Ok(Value::Double(*value as f64)),
        ("double", Value::Uint(value)) => Ok(Value::Double(*value as f64)),
        ("double", Value::String(text)) => text.parse().map(Value::Double).map_err(|_| failed()),
        ("string", _) => text_of(value).map(Value::from).ok_or_else(failed),
        ("bytes", Value::String(text)) => Ok(Value::Bytes(text.as_bytes().into())),
        ("duration", Value::String(text)) => parse_duration(text).map(Value::Duration).ok_or_else(failed),
        ("timestamp", Value::String(text)) => parse_timestamp(text).map(Value::Timestamp).ok_or_else(failed),
        ("timestamp", Value::Int(seconds)) => {
            DateTime::from_timestamp(*seconds, 0).and_then(in_range).map(Value::Timestamp).ok_or_else(failed)
        }
        ("ipaddress", Value::String(text)) => address(text).map(Value::IpAddress).ok_or_else(failed),
        _ => Err(failed()),
    }
}

fn text_of(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        Value::Double(value) => value.to_string(),
        Value::Bytes(bytes) => String::from_utf8(bytes.to_vec()).ok()?,
        Value::Timestamp(time) => time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        Value::Duration(nanos) => {
            let (sign, nanos) = (if *nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
            let fraction = format!("{:09}", nanos % 1_000_000_000);
            let fraction = fraction.trim_end_matches('0');
            let point = if fraction.is_empty() { "" } else { "." };
            format!("{sign}{}{point}{fraction}s", nanos / 1_000_000_000)
        }
        _ => return None,
    })
}

/// An address; IPv4 in IPv6 is IPv4.
pub fn address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn in_cidr(address: IpAddr, network: &str) -> Evaluated {
    let malformed = || EvaluationProblem::value(format!("'{network}' is a malformed CIDR string"));
    let (base, bits_text) = network.rsplit_once('/').ok_or_else(malformed)?;
    let base: IpAddr = base.parse().map_err(|_| malformed())?;
    let plain =
        bits_text.bytes().all(|byte| byte.is_ascii_digit()) && (bits_text == "0" || !bits_text.starts_with('0'));
    let bits: u32 = bits_text.parse().ok().filter(|_| plain).ok_or_else(malformed)?;
    let width = if base.is_ipv4() { 32 } else { 128 };
    if bits > width {
        return Err(malformed());
    }
    let (base, bits) = match base.to_canonical() {
        // The network of mapped addresses is one of IPv4, unless it is wider than IPv4 as a whole.
        IpAddr::V4(mapped) if base.is_ipv6() && bits >= 96 => (IpAddr::V4(mapped), bits - 96),
        _ => (base, bits),
    };
    let inside = match (address, base) {
        (IpAddr::V4(address), IpAddr::V4(base)) => {
            (address.to_bits() ^ base.to_bits()).checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(address), IpAddr::V6(base)) => {
            (address.to_bits() ^ base.to_bits()).checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    };
    Ok(Value::Bool(inside))
}

fn of_time(function: &str, time: &DateTime<FixedOffset>) -> Evaluated {
    let value = match function {
        "getFullYear" => i64::from(time.year()),
        "getMonth" => i64::from(time.month0()),
        "getDate" => i64::from(time.day()),
        "getDayOfMonth" => i64::from(time.day0()),
        "getDayOfWeek" => i64::from(time.weekday().num_days_from_sunday()),
        "getDayOfYear" => i64::from(time.ordinal0()),
        "getHours" => i64::from(time.hour()),
        "getMinutes" => i64::from(time.minute()),
        "getSeconds" => i64::from(time.second()),
        "getMilliseconds" => i64::from(time.nanosecond() / 1_000_000),
        _ => return Err(no_overload(function, &Value::Timestamp(time.with_timezone(&Utc)))),
    };
    Ok(Value::Int(value))
}

fn of_duration(function: &str, nanos: i64) -> Evaluated {
    let value = match function {
        "getHours" => nanos / 3_600_000_000_000,
        "getMinutes" => nanos / 60_000_000_000,
        "getSeconds" => nanos / 1_000_000_000,
        "getMilliseconds" => nanos / 1_000_000 % 1_000,
        _ => return Err(no_overload(function, &Value::Duration(nanos))),
    };
    Ok(Value::Int(value))
}

/// `UTC`, or hours and minutes from it: `+02:00`, `-05:30`, `02:00`.
fn offset(zone: &str) -> Option<FixedOffset> {
    if matches!(zone, "UTC" | "") {
        return FixedOffset::east_opt(0);
    }
    let (sign, rest) = match zone.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, zone.strip_prefix('+').unwrap_or(zone)),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let two_digits = |text: &str| (text.len() == 2).then(|| text.parse::<u8>().ok()).flatten();
    let seconds = i32::from(two_digits(hours)?) * 3600 + i32::from(two_digits(minutes)?) * 60;
    FixedOffset::east_opt(sign * seconds)
}
