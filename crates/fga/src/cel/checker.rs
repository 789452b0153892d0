//! Whether the types of an expression fit together.

use std::collections::BTreeMap;

use super::ast::{Binary, Expr, ExprKind, Macro, MacroKind, Unary};
use super::fault::Fault;
use super::signatures::{binary, call};
use super::types::Type;
use super::value::Value;

/// The type of the expression over these variables.
pub fn check(root: &Expr, variables: &BTreeMap<String, Type>) -> Result<Type, Fault> {
    Checker { variables, items: Vec::new() }.expression(root)
}

struct Checker<'a> {
    variables: &'a BTreeMap<String, Type>,
    /// The items of the macros around, the innermost last.
    items: Vec<(String, Type)>,
}

impl Checker<'_> {
    fn expression(&mut self, expr: &Expr) -> Result<Type, Fault> {
        match &expr.kind {
            ExprKind::Literal(value) => Ok(literal(value)),
            ExprKind::Variable(name) => self.variable(name, expr.offset),
            ExprKind::Select { operand, field, test } => {
                let found = match self.expression(operand)? {
                    Type::Map(key, value) if key.fits(&Type::String) => *value,
                    Type::Dyn => Type::Dyn,
                    other => {
                        let message = format!("type '{other}' does not support field selection of '{field}'");
                        return Err(Fault::new(expr.offset, message));
                    }
                };
                Ok(if *test { Type::Bool } else { found })
            }
            ExprKind::Index { operand, index } => {
                let (operand, index) = (self.expression(operand)?, self.expression(index)?);
                match &operand {
                    Type::List(item) if index.fits(&Type::Int) => Ok(item.as_ref().clone()),
                    Type::Map(key, value) if index.fits(key) => Ok(value.as_ref().clone()),
                    Type::Dyn => Ok(Type::Dyn),
                    _ => Err(no_overload(expr.offset, "_[_]", &[operand, index])),
                }
            }
            ExprKind::Call { function, target, arguments } => {
                let target = target.as_ref().map(|target| self.expression(target)).transpose()?;
                let arguments =
                    arguments.iter().map(|argument| self.expression(argument)).collect::<Result<Vec<_>, _>>()?;
                self.patterns(function, expr)?;
                call(function, target.as_ref(), &arguments).ok_or_else(|| {
                    no_overload(expr.offset, function, &target.into_iter().chain(arguments).collect::<Vec<_>>())
                })
            }
            ExprKind::Unary { operator, operand } => {
                let operand = self.expression(operand)?;
                match (operator, &operand) {
                    (Unary::Not, Type::Bool | Type::Dyn) => Ok(Type::Bool),
                    (Unary::Negate, Type::Int | Type::Double | Type::Dyn) => Ok(operand),
                    (Unary::Not, _) => Err(no_overload(expr.offset, "!_", &[operand])),
                    (Unary::Negate, _) => Err(no_overload(expr.offset, "-_", &[operand])),
                }
            }
            ExprKind::Binary { operator, left, right } => {
                let (left, right) = (self.expression(left)?, self.expression(right)?);
                binary(*operator, &left, &right)
                    .ok_or_else(|| no_overload(expr.offset, symbol(*operator), &[left, right]))
            }
            ExprKind::All(operands) | ExprKind::Any(operands) => {
                for operand in operands {
                    self.boolean(operand)?;
                }
                Ok(Type::Bool)
            }
            ExprKind::Conditional { condition, then, otherwise } => {
                self.boolean(condition)?;
                let (then, otherwise) = (self.expression(then)?, self.expression(otherwise)?);
                if then.fits(&otherwise) {
                    Ok(then.join(&otherwise))
                } else {
                    Err(no_overload(expr.offset, "_?_:_", &[Type::Bool, then, otherwise]))
                }
            }
            ExprKind::List(items) => {
                let items = items.iter().map(|item| self.expression(item)).collect::<Result<Vec<_>, _>>()?;
                Ok(Type::List(Box::new(joined(items))))
            }
            ExprKind::Map(entries) => {
                let (mut keys, mut values) = (Vec::new(), Vec::new());
                for (key, value) in entries {
                    let key_type = self.expression(key)?;
                    if !matches!(key_type, Type::Bool | Type::Int | Type::Uint | Type::String | Type::Dyn) {
                        return Err(Fault::new(key.offset, format!("a map has no keys of type '{key_type}'")));
                    }
                    keys.push(key_type);
                    values.push(self.expression(value)?);
                }
                Ok(Type::Map(Box::new(joined(keys)), Box::new(joined(values))))
            }
            ExprKind::Macro(comprehension) => self.comprehension(comprehension),
        }
    }

    fn variable(&self, name: &str, offset: usize) -> Result<Type, Fault> {
        let item = self.items.iter().rev().find(|(item, _)| item == name).map(|(_, found)| found);
        item.or_else(|| self.variables.get(name))
            .cloned()
            .ok_or_else(|| Fault::new(offset, format!("undeclared reference to '{name}'")))
    }

    fn boolean(&mut self, expr: &Expr) -> Result<(), Fault> {
        match self.expression(expr)? {
            Type::Bool | Type::Dyn => Ok(()),
            other => Err(Fault::new(expr.offset, format!("expected type 'bool' but found '{other}'"))),
        }
    }

    fn comprehension(&mut self, found: &Macro) -> Result<Type, Fault> {
        let range = self.expression(&found.range)?;
        let item = match range {
            Type::List(item) => *item,
            Type::Map(key, _) => *key,
            Type::Dyn => Type::Dyn,
            other => {
                let message = format!("expression of type '{other}' cannot be range of a comprehension");
                return Err(Fault::new(found.range.offset, message));
            }
        };
        self.items.push((found.variable.clone(), item.clone()));
        if let Some(filter) = &found.filter {
            self.boolean(filter)?;
        }
        let result = match found.kind {
            MacroKind::Map => Type::List(Box::new(self.expression(&found.body)?)),
            MacroKind::Filter => {
                self.boolean(&found.body)?;
                Type::List(Box::new(item))
            }
            MacroKind::All | MacroKind::Exists | MacroKind::ExistsOne => {
                self.boolean(&found.body)?;
                Type::Bool
            }
        };
        self.items.pop();
        Ok(result)
    }

    /// A pattern that is written out is read now, not first when somebody asks.
    fn patterns(&self, function: &str, expr: &Expr) -> Result<(), Fault> {
        let ExprKind::Call { target, arguments, .. } = &expr.kind else { return Ok(()) };
        if function != "matches" {
            return Ok(());
        }
        let pattern = if target.is_some() { arguments.first() } else { arguments.get(1) };
        if let Some(Expr { kind: ExprKind::Literal(Value::String(pattern)), offset, .. }) = pattern {
            super::functions::pattern(pattern).map_err(|problem| Fault::new(*offset, problem))?;
        }
        Ok(())
    }
}

fn literal(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::Int,
        Value::Uint(_) => Type::Uint,
        Value::Double(_) => Type::Double,
        Value::String(_) => Type::String,
        Value::Bytes(_) => Type::Bytes,
        Value::Duration(_) => Type::Duration,
        Value::Timestamp(_) => Type::Timestamp,
        Value::IpAddress(_) => Type::IpAddress,
        Value::List(_) | Value::Map(_) => Type::Dyn,
    }
}

fn joined(types: Vec<Type>) -> Type {
    types.into_iter().reduce(|left, right| left.join(&right)).unwrap_or(Type::Dyn)
}

fn symbol(operator: Binary) -> &'static str {
    match operator {
        Binary::Equal => "_==_",
        Binary::NotEqual => "_!=_",
        Binary::Less => "_<_",
        Binary::LessOrEqual => "_<=_",
        Binary::Greater => "_>_",
        Binary::GreaterOrEqual => "_>=_",
        Binary::In => "@in",
        Binary::Add => "_+_",
        Binary::Subtract => "_-_",
        Binary::Multiply => "_*_",
        Binary::Divide => "_/_",
        Binary::Remainder => "_%_",
    }
}

fn no_overload(offset: usize, function: &str, types: &[Type]) -> Fault {
    let types = types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Fault::new(offset, format!("found no matching overload for '{function}' applied to '({types})'"))
}
