//! Conditions, ready to be asked: the types of their parameters, and how JSON becomes values of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use thiserror::Error;

use crate::cel::{CompileError, Key, MapValue, Program, Type, Value, parse_duration, parse_timestamp};
use crate::model::{Condition, ParameterKind, ParameterType};
use crate::names::ConditionName;
use crate::tuple::Context;

/// The deepest nesting of lists and maps, in types and in values.
const MAX_NESTING: usize = 64;

/// Why a condition is refused with its model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConditionError {
    /// The type of a parameter is not complete.
    #[error("failed to decode parameter type for parameter '{parameter}': {problem}")]
    Parameter {
        /// The parameter.
        parameter: String,
        /// What is wrong with its type.
        problem: String,
    },
    /// The expression.
    #[error("failed to compile expression: {0}")]
    Expression(#[from] CompileError),
}

/// A condition that can be asked.
#[derive(Debug, Clone)]
pub struct CompiledCondition {
    /// Its name.
    pub name: ConditionName,
    parameters: BTreeMap<String, Type>,
    program: Program,
}

impl CompiledCondition {
    /// Reads the expression and fits its types.
    pub fn compile(condition: &Condition) -> Result<Self, ConditionError> {
        let mut parameters = BTreeMap::new();
        for (parameter, written) in &condition.parameters {
            let decoded = decode(written, 0)
                .map_err(|problem| ConditionError::Parameter { parameter: parameter.clone(), problem })?;
            parameters.insert(parameter.clone(), decoded);
        }
        let program = Program::compile(&condition.expression, &parameters)?;
        Ok(Self { name: condition.name.clone(), parameters, program })
    }

    /// Whether a tuple may bring these values along: all of them are parameters, and of their types.
    pub fn accepts(&self, context: Option<&Context>) -> Result<(), String> {
        let Some(context) = context.filter(|context| !context.is_empty()) else { return Ok(()) };
        plain_text(context)?;
        self.values(context, None)?;
        match context.keys().find(|key| !self.parameters.contains_key(*key)) {
            Some(unknown) => Err(format!("found invalid context parameter: {unknown}")),
            None => Ok(()),
        }
    }

    /// Whether it holds. The tuple's values win over the request's. A parameter that is in neither is an error, even where the
    /// expression could do without it.
    pub fn holds(&self, request: Option<&Context>, tuple: Option<&Context>, budget: u64) -> Result<bool, String> {
        let empty = Context::new();
        let values = self.values(request.unwrap_or(&empty), tuple)?;
        let missing: Vec<&str> =
            self.parameters.keys().filter(|name| !values.contains_key(*name)).map(String::as_str).collect();
        if !missing.is_empty() {
            return Err(format!("context is missing parameters '[{}]'", missing.join(" ")));
        }
        self.program.evaluate(&values, budget).map_err(|problem| problem.to_string())
    }

    fn values(&self, context: &Context, over: Option<&Context>) -> Result<BTreeMap<String, Value>, String> {
        let given = !context.is_empty() || over.is_some_and(|over| !over.is_empty());
        if self.parameters.is_empty() && given {
            return Err("no parameters defined for the condition".to_owned());
        }
        let mut values = BTreeMap::new();
        for (name, kind) in &self.parameters {
            let Some(json) = over.and_then(|over| over.get(name)).or_else(|| context.get(name)) else { continue };
            let value = convert(kind, json, 0)
                .map_err(|problem| format!("failed to convert context parameter '{name}': {problem}"))?;
            values.insert(name.clone(), value);
        }
        Ok(values)
    }
}

/// Refuses control characters in keys and texts.
pub fn plain_text(context: &Context) -> Result<(), String> {
    context.iter().try_for_each(|(key, value)| {
        if key.contains(char::is_control) {
            return Err(format!("context key {key:?} contains forbidden characters"));
        }
        plain_value(value, 0)
    })
}

fn plain_value(value: &Json, depth: usize) -> Result<(), String> {
    if depth > MAX_NESTING {
        return Err(too_deep());
    }
    match value {
        Json::String(text) if text.contains(char::is_control) => {
            Err(format!("context value {text:?} contains forbidden characters"))
        }
        Json::Array(items) => items.iter().try_for_each(|item| plain_value(item, depth + 1)),
        Json::Object(entries) => entries.iter().try_for_each(|(key, value)| {
            if key.contains(char::is_control) {
                return Err(format!("context key {key:?} contains forbidden characters"));
            }
            plain_value(value, depth + 1)
        }),
        _ => Ok(()),
    }
}

fn decode(written: &ParameterType, depth: usize) -> Result<Type, String> {
    if depth > MAX_NESTING {
        return Err(too_deep());
    }
    let generic = || match written.generic_types.as_slice() {
        [generic] => decode(generic, depth + 1),
        generics => Err(format!(
            "condition parameter type `{}` requires 1 generic types; found {}",
            written.type_name.keyword(),
            generics.len()
        )),
    };
    Ok(match written.type_name {
        ParameterKind::Unspecified => return Err("unknown condition parameter type".to_owned()),
        ParameterKind::Any => Type::Dyn,
        ParameterKind::Bool => Type::Bool,
        ParameterKind::String => Type::String,
        ParameterKind::Int => Type::Int,
        ParameterKind::Uint => Type::Uint,
        ParameterKind::Double => Type::Double,
        ParameterKind::Duration => Type::Duration,
        ParameterKind::Timestamp => Type::Timestamp,
        ParameterKind::IpAddress => Type::IpAddress,
        ParameterKind::List => Type::List(Box::new(generic()?)),
        ParameterKind::Map => Type::Map(Box::new(Type::String), Box::new(generic()?)),
    })
}

fn convert(to: &Type, json: &Json, depth: usize) -> Result<Value, String> {
    if depth > MAX_NESTING {
        return Err(too_deep());
    }
    let unexpected = || format!("expected a value of type '{to}', but found {}", kind(json));
    match (to, json) {
        (Type::Dyn, json) => any(json, depth),
        (Type::Bool, Json::Bool(value)) => Ok(Value::Bool(*value)),
        (Type::String, Json::String(text)) => Ok(Value::from(text.clone())),
        (Type::Int | Type::Uint | Type::Double, Json::Number(_) | Json::String(_)) => {
            number(to, json).ok_or_else(unexpected)
        }
        (Type::Duration, Json::String(text)) => parse_duration(text).map(Value::Duration).ok_or_else(unexpected),
        (Type::Timestamp, Json::String(text)) => parse_timestamp(text).map(Value::Timestamp).ok_or_else(unexpected),
        (Type::IpAddress, Json::String(text)) => {
            crate::cel::parse_address(text).map(Value::IpAddress).ok_or_else(unexpected)
        }
        (Type::List(item), Json::Array(items)) => {
            let items: Result<Vec<Value>, String> = items.iter().map(|json| convert(item, json, depth + 1)).collect();
            Ok(Value::List(Arc::new(items?)))
        }
        (Type::Map(_, item), Json::Object(entries)) => map(entries, |json| convert(item, json, depth + 1)),
        _ => Err(unexpected()),
    }
}

/// A value whose type nobody has named: JSON's numbers are doubles.
fn any(json: &Json, depth: usize) -> Result<Value, String> {
    if depth > MAX_NESTING {
        return Err(too_deep());
    }
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Double(number.as_f64().ok_or("the number is too big")?),
        Json::String(text) => Value::from(text.clone()),
        Json::Array(items) => {
            let items: Result<Vec<Value>, String> = items.iter().map(|item| any(item, depth + 1)).collect();
            Value::List(Arc::new(items?))
        }
        Json::Object(entries) => map(entries, |value| any(value, depth + 1))?,
    })
}

fn map(entries: &Context, item: impl Fn(&Json) -> Result<Value, String>) -> Result<Value, String> {
    let mut map = MapValue::new();
    for (key, json) in entries {
        let key: Arc<str> = key.as_str().into();
        map.insert(Key::String(key.clone()), (Value::String(key), item(json)?));
    }
    Ok(Value::Map(Arc::new(map)))
}

/// A number from JSON's, or from a decimal text. Whole numbers beyond the type's range are its nearest; a text that no double is
/// exactly equal to is no double.
fn number(to: &Type, json: &Json) -> Option<Value> {
    let (float, exact) = match json {
        Json::Number(number) => (number.as_f64()?, None),
        Json::String(text) => {
            let decimal = Decimal::parse(text)?;
            (text.parse().ok()?, Some(decimal))
        }
        _ => return None,
    };
    if *to == Type::Double {
        return exact.is_none_or(|decimal| decimal.is(float)).then_some(Value::Double(float));
    }
    let whole = match &exact {
        Some(decimal) => decimal.whole()?,
        None if float.fract() == 0.0 => float as i128,
        None => return None,
    };
    let int = i64::try_from(whole).unwrap_or(if whole < 0 { i64::MIN } else { i64::MAX });
    match to {
        Type::Int => Some(Value::Int(int)),
        // The nearest of OpenFGA's is that of its signed integers.
        _ => u64::try_from(int).ok().map(Value::Uint),
    }
}

/// `digits × 10^exponent`, as far as it can be held.
struct Decimal {
    digits: i128,
    exponent: i32,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        let mut digits: i128 = 0;
        for digit in whole.chars().chain(fraction.chars()) {
            digits = digits.checked_mul(10)?.checked_add(i128::from(digit.to_digit(10)?))?;
        }
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        Some(Self { digits: if negative { -digits } else { digits }, exponent })
    }

    fn whole(&self) -> Option<i128> {
        let power = 10_i128.checked_pow(self.exponent.unsigned_abs());
        if self.digits == 0 {
            return Some(0);
        }
        if self.exponent >= 0 {
            let saturated = if self.digits < 0 { i128::MIN } else { i128::MAX };
            return Some(power.and_then(|power| self.digits.checked_mul(power)).unwrap_or(saturated));
        }
        let power = power?;
        (self.digits % power == 0).then(|| self.digits / power)
    }

    /// Whether the double is exactly this number.
    fn is(&self, float: f64) -> bool {
        if let Some(whole) = self.whole() {
            return float as i128 == whole && float.is_finite();
        }
        // digits / 10^n is a double only if it is a fraction of a power of two: then n doublings make it whole.
        let Some(power) = 5_i128.checked_pow(self.exponent.unsigned_abs()) else { return false };
        self.digits % power == 0
            && (float * 2_f64.powi(self.exponent.unsigned_abs().try_into().unwrap_or(i32::MAX))) as i128
                == self.digits / power
    }
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number that is none of it",
        Json::String(_) => "a text that is none of it",
        Json::Array(_) => "a list",
        Json::Object(_) => "a map",
    }
}

fn too_deep() -> String {
    format!("nested deeper than {MAX_NESTING} levels")
}
