//! Which operators and functions take which types, and what they give.

use super::ast::Binary;
use super::types::Type;

/// What the operator gives for operands of these types; `None`: it does not take them.
pub fn binary(operator: Binary, left: &Type, right: &Type) -> Option<Type> {
    use Type::{Bool, Bytes, Double, Duration, Dyn, Int, List, Map, String, Timestamp, Uint};
    match operator {
        Binary::Equal | Binary::NotEqual => left.fits(right).then_some(Bool),
        Binary::Less | Binary::LessOrEqual | Binary::Greater | Binary::GreaterOrEqual => match (left, right) {
            (Dyn, other) | (other, Dyn) => orderable(other).then_some(Bool),
            (left, right) => (left == right && orderable(left)).then_some(Bool),
        },
        Binary::In => match right {
            List(item) => left.fits(item).then_some(Bool),
            Map(key, _) => left.fits(key).then_some(Bool),
            Dyn => Some(Bool),
            _ => None,
        },
        Binary::Add => match (left, right) {
            (Duration, Duration) => Some(Duration),
            (Duration, Timestamp) | (Timestamp, Duration) => Some(Timestamp),
            (List(_), List(_)) => left.fits(right).then(|| left.clone().join(right)),
            (String, String) | (Bytes, Bytes) => Some(left.clone()),
            (Dyn, other) | (other, Dyn) => {
                let addable =
                    matches!(other, Dyn | Int | Uint | Double | String | Bytes | Duration | Timestamp | List(_));
                addable.then_some(Dyn)
            }
            _ => arithmetic(left, right),
        },
        Binary::Subtract => match (left, right) {
            (Duration, Duration) | (Timestamp, Timestamp) => Some(Duration),
            (Timestamp, Duration) => Some(Timestamp),
            (Dyn, Duration | Timestamp) | (Duration | Timestamp, Dyn) => Some(Dyn),
            _ => arithmetic(left, right),
        },
        Binary::Multiply | Binary::Divide => arithmetic(left, right),
        Binary::Remainder => match (left, right) {
            (Double, _) | (_, Double) => None,
            _ => arithmetic(left, right),
        },
    }
}

fn orderable(of: &Type) -> bool {
    use Type::{Bool, Bytes, Double, Duration, Dyn, Int, String, Timestamp, Uint};
    matches!(of, Dyn | Bool | Int | Uint | Double | String | Bytes | Duration | Timestamp)
}

fn arithmetic(left: &Type, right: &Type) -> Option<Type> {
    let number = |of: &Type| matches!(of, Type::Dyn | Type::Int | Type::Uint | Type::Double);
    (number(left) && number(right) && left.fits(right)).then(|| left.clone().join(right))
}

/// What the function gives; `None`: there is none of this name that takes these types.
pub fn call(function: &str, target: Option<&Type>, arguments: &[Type]) -> Option<Type> {
    match (target, arguments) {
        (None, [value]) => conversion(function, value),
        (None, [text, pattern]) if function == "matches" => {
            (text.fits(&Type::String) && pattern.fits(&Type::String)).then_some(Type::Bool)
        }
        (Some(target), []) => getter(function, target),
        (Some(target), [argument]) => with_argument(function, target, argument),
        _ => None,
    }
}

fn conversion(function: &str, value: &Type) -> Option<Type> {
    use Type::{Bool, Bytes, Double, Duration, Dyn, Int, IpAddress, String, Timestamp, Uint};
    let (takes, gives): (&[Type], Type) = match function {
        "dyn" => return Some(Dyn),
        "size" => return sized(value).then_some(Int),
        "bool" => (&[Bool, String], Bool),
        "int" => (&[Int, Uint, Double, String, Timestamp], Int),
        "uint" => (&[Int, Uint, Double, String], Uint),
        "double" => (&[Int, Uint, Double, String], Double),
        "string" => (&[String, Bool, Int, Uint, Double, Bytes, Timestamp, Duration], String),
        "bytes" => (&[Bytes, String], Bytes),
        "duration" => (&[Duration, String], Duration),
        "timestamp" => (&[Timestamp, String, Int], Timestamp),
        "ipaddress" => (&[String], IpAddress),
        _ => return None,
    };
    (*value == Dyn || takes.contains(value)).then_some(gives)
}

fn sized(of: &Type) -> bool {
    matches!(of, Type::Dyn | Type::String | Type::Bytes | Type::List(_) | Type::Map(..))
}

fn getter(function: &str, target: &Type) -> Option<Type> {
    let takes = match function {
        "size" => sized(target),
        "getHours" | "getMinutes" | "getSeconds" | "getMilliseconds" => {
            target.fits(&Type::Timestamp) || target.fits(&Type::Duration)
        }
        "getFullYear" | "getMonth" | "getDate" | "getDayOfMonth" | "getDayOfWeek" | "getDayOfYear" => {
            target.fits(&Type::Timestamp)
        }
        _ => false,
    };
    (takes && *target != Type::Null).then_some(Type::Int)
}

fn with_argument(function: &str, target: &Type, argument: &Type) -> Option<Type> {
    let text = argument.fits(&Type::String);
    match function {
        "startsWith" | "endsWith" | "contains" | "matches" => {
            (target.fits(&Type::String) && text).then_some(Type::Bool)
        }
        "in_cidr" => (target.fits(&Type::IpAddress) && text).then_some(Type::Bool),
        "getFullYear" | "getMonth" | "getDate" | "getDayOfMonth" | "getDayOfWeek" | "getDayOfYear" | "getHours"
        | "getMinutes" | "getSeconds" | "getMilliseconds" => {
            (target.fits(&Type::Timestamp) && text).then_some(Type::Int)
        }
        _ => None,
    }
}
