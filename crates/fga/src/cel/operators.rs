//! Operators on values. Whatever overflows is an error.

use std::cmp::Ordering;
use std::sync::Arc;

use chrono::TimeDelta;

use super::ast::Binary;
use super::outcome::{Evaluated, EvaluationProblem, no_overload};
use super::time::in_range;
use super::value::{Key, Value};

/// How many steps the operator takes beside those of its operands.
pub fn cost(operator: Binary, left: &Value, right: &Value) -> u64 {
    match operator {
        Binary::Equal | Binary::NotEqual => left.weight().min(right.weight()),
        Binary::In => match right {
            Value::List(items) => left.weight().saturating_mul(items.len() as u64),
            _ => 1,
        },
        Binary::Add => left.weight().saturating_add(right.weight()),
        _ => 1,
    }
}

/// What the operator gives.
pub fn binary(operator: Binary, left: &Value, right: &Value) -> Evaluated {
    match operator {
        Binary::Equal => Ok(Value::Bool(left.equals(right))),
        Binary::NotEqual => Ok(Value::Bool(!left.equals(right))),
        Binary::Less => ordered(left, right, Ordering::is_lt),
        Binary::LessOrEqual => ordered(left, right, Ordering::is_le),
        Binary::Greater => ordered(left, right, Ordering::is_gt),
        Binary::GreaterOrEqual => ordered(left, right, Ordering::is_ge),
        Binary::In => match right {
            Value::List(items) => Ok(Value::Bool(items.iter().any(|item| item.equals(left)))),
            Value::Map(entries) => Ok(Value::Bool(Key::of(left).is_some_and(|key| entries.contains_key(&key)))),
            other => Err(no_overload("in", other)),
        },
        Binary::Add => add(left, right),
        Binary::Subtract => subtract(left, right),
        Binary::Multiply => match (left, right) {
            (Value::Int(left), Value::Int(right)) => int(left.checked_mul(*right)),
            (Value::Uint(left), Value::Uint(right)) => uint(left.checked_mul(*right)),
            (Value::Double(left), Value::Double(right)) => Ok(Value::Double(left * right)),
            _ => Err(no_overload("*", left)),
        },
        Binary::Divide => match (left, right) {
            (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => {
                Err(EvaluationProblem::value("division by zero"))
            }
            (Value::Int(left), Value::Int(right)) => int(left.checked_div(*right)),
            (Value::Uint(left), Value::Uint(right)) => uint(left.checked_div(*right)),
            (Value::Double(left), Value::Double(right)) => Ok(Value::Double(left / right)),
            _ => Err(no_overload("/", left)),
        },
        Binary::Remainder => match (left, right) {
            (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => {
                Err(EvaluationProblem::value("modulus by zero"))
            }
            (Value::Int(left), Value::Int(right)) => int(left.checked_rem(*right)),
            (Value::Uint(left), Value::Uint(right)) => uint(left.checked_rem(*right)),
            _ => Err(no_overload("%", left)),
        },
    }
}

/// `-value`.
pub fn negate(value: &Value) -> Evaluated {
    match value {
        Value::Int(value) => int(value.checked_neg()),
        Value::Double(value) => Ok(Value::Double(-value)),
        other => Err(no_overload("-", other)),
    }
}

/// `operand[index]`.
pub fn index(operand: &Value, index: &Value) -> Evaluated {
    match operand {
        Value::List(items) => {
            let position = match Key::of(index) {
                Some(Key::Number(position)) => usize::try_from(position).ok(),
                _ => return Err(no_overload("an index", index)),
            };
            let found = position.and_then(|position| items.get(position));
            found.cloned().ok_or_else(|| EvaluationProblem::value("index out of bounds"))
        }
        Value::Map(entries) => {
            let found = Key::of(index).and_then(|key| entries.get(&key));
            found.map(|(_, value)| value.clone()).ok_or_else(|| EvaluationProblem::value("no such key"))
        }
        other => Err(no_overload("[]", other)),
    }
}

fn ordered(left: &Value, right: &Value, holds: fn(Ordering) -> bool) -> Evaluated {
    match left.compare(right) {
        Some(ordering) => Ok(Value::Bool(holds(ordering))),
        // Nothing is less or more than what is not a number.
        None if left.are_numbers(right) => Ok(Value::Bool(false)),
        None => Err(no_overload("an order", left)),
    }
}

fn add(left: &Value, right: &Value) -> Evaluated {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => int(left.checked_add(*right)),
        (Value::Uint(left), Value::Uint(right)) => uint(left.checked_add(*right)),
        (Value::Double(left), Value::Double(right)) => Ok(Value::Double(left + right)),
        (Value::String(left), Value::String(right)) => Ok(Value::from([&**left, &**right].concat())),
        (Value::Bytes(left), Value::Bytes(right)) => Ok(Value::Bytes([&**left, &**right].concat().into())),
        (Value::List(left), Value::List(right)) => {
            Ok(Value::List(Arc::new(left.iter().chain(right.iter()).cloned().collect())))
        }
        (Value::Duration(left), Value::Duration(right)) => duration(left.checked_add(*right)),
        (Value::Timestamp(time), Value::Duration(by)) | (Value::Duration(by), Value::Timestamp(time)) => {
            let moved = time.checked_add_signed(TimeDelta::nanoseconds(*by)).and_then(in_range);
            moved.map(Value::Timestamp).ok_or_else(|| overflow("timestamp"))
        }
        _ => Err(no_overload("+", left)),
    }
}

fn subtract(left: &Value, right: &Value) -> Evaluated {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => int(left.checked_sub(*right)),
        (Value::Uint(left), Value::Uint(right)) => uint(left.checked_sub(*right)),
        (Value::Double(left), Value::Double(right)) => Ok(Value::Double(left - right)),
        (Value::Duration(left), Value::Duration(right)) => duration(left.checked_sub(*right)),
        (Value::Timestamp(left), Value::Timestamp(right)) => {
            duration(left.signed_duration_since(*right).num_nanoseconds())
        }
        (Value::Timestamp(time), Value::Duration(by)) => {
            let moved = time.checked_sub_signed(TimeDelta::nanoseconds(*by)).and_then(in_range);
            moved.map(Value::Timestamp).ok_or_else(|| overflow("timestamp"))
        }
        _ => Err(no_overload("-", left)),
    }
}

fn int(value: Option<i64>) -> Evaluated {
    value.map(Value::Int).ok_or_else(|| overflow("integer"))
}

fn uint(value: Option<u64>) -> Evaluated {
    value.map(Value::Uint).ok_or_else(|| overflow("unsigned integer"))
}

fn duration(value: Option<i64>) -> Evaluated {
    value.map(Value::Duration).ok_or_else(|| overflow("duration"))
}

fn overflow(kind: &str) -> EvaluationProblem {
    EvaluationProblem::value(format!("{kind} overflow"))
}
