//! Evaluation within a budget.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ast::{Expr, ExprKind, Macro, MacroKind, Unary};
use super::outcome::{Evaluated, EvaluationProblem, no_overload};
use super::value::{Key, MapValue, Value};
use super::{functions, operators};

/// Steps for one evaluation. A condition of OpenFGA's examples takes fewer than 50.
pub const DEFAULT_BUDGET: u64 = 10_000;

pub fn evaluate(root: &Expr, variables: &BTreeMap<String, Value>, budget: u64) -> Result<bool, EvaluationProblem> {
    match (Evaluator { variables, items: Vec::new(), left: budget }).expression(root)? {
        Value::Bool(answer) => Ok(answer),
        other => Err(EvaluationProblem::value(format!("the condition gave a {}, not a bool", other.kind()))),
    }
}

pub(super) struct Evaluator<'a> {
    variables: &'a BTreeMap<String, Value>,
    /// The items of the macros around, the innermost last.
    pub(super) items: Vec<(&'a str, Value)>,
    left: u64,
}

impl<'a> Evaluator<'a> {
    /// Takes steps from the budget.
    pub(super) fn spend(&mut self, steps: u64) -> Result<(), EvaluationProblem> {
        self.left = self.left.checked_sub(steps).ok_or(EvaluationProblem::OverBudget)?;
        Ok(())
    }

    pub(super) fn expression(&mut self, expr: &'a Expr) -> Evaluated {
        self.spend(1)?;
        match &expr.kind {
            ExprKind::Literal(value) => Ok(value.clone()),
            ExprKind::Variable(name) => self.variable(name),
            ExprKind::Select { operand, field, test } => self.select(operand, field, *test),
            ExprKind::Index { operand, index } => {
                let operand = self.expression(operand)?;
                let index = self.expression(index)?;
                operators::index(&operand, &index)
            }
            ExprKind::Call { function, target, arguments } => self.call(function, target.as_deref(), arguments),
            ExprKind::Unary { operator, operand } => match (operator, self.expression(operand)?) {
                (Unary::Not, Value::Bool(value)) => Ok(Value::Bool(!value)),
                (Unary::Negate, value) => operators::negate(&value),
                (Unary::Not, other) => Err(no_overload("!", &other)),
            },
            ExprKind::Binary { operator, left, right } => {
                let left = self.expression(left)?;
                let right = self.expression(right)?;
                self.spend(operators::cost(*operator, &left, &right))?;
                operators::binary(*operator, &left, &right)
            }
            ExprKind::All(operands) => self.logic(operands, false),
            ExprKind::Any(operands) => self.logic(operands, true),
            ExprKind::Conditional { condition, then, otherwise } => match self.expression(condition)? {
                Value::Bool(true) => self.expression(then),
                Value::Bool(false) => self.expression(otherwise),
                other => Err(no_overload("?:", &other)),
            },
            ExprKind::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.expression(item)?);
                }
                Ok(Value::List(Arc::new(values)))
            }
            ExprKind::Map(entries) => self.map(entries),
            ExprKind::Macro(found) => comprehension(self, found),
        }
    }

    fn variable(&self, name: &str) -> Evaluated {
        let item = self.items.iter().rev().find(|(item, _)| *item == name).map(|(_, value)| value);
        item.or_else(|| self.variables.get(name))
            .cloned()
            .ok_or_else(|| EvaluationProblem::value(format!("no such attribute: {name}")))
    }

    fn select(&mut self, operand: &'a Expr, field: &str, test: bool) -> Evaluated {
        let Value::Map(entries) = self.expression(operand)? else {
            return Err(EvaluationProblem::value(format!("the value has no fields, and so no '{field}'")));
        };
        let found = entries.get(&Key::String(field.into())).map(|(_, value)| value.clone());
        if test {
            return Ok(Value::Bool(found.is_some()));
        }
        found.ok_or_else(|| EvaluationProblem::value(format!("no such key: {field}")))
    }

    fn call(&mut self, function: &str, target: Option<&'a Expr>, arguments: &'a [Expr]) -> Evaluated {
        let mut values = Vec::with_capacity(arguments.len() + 1);
        for value in target.into_iter().chain(arguments) {
            values.push(self.expression(value)?);
        }
        self.spend(functions::cost(function, &values))?;
        functions::call(function, &values)
    }

    /// `&&` (decided by a no) or `||` (decided by a yes): an operand that decides wins over one that fails.
    fn logic(&mut self, operands: &'a [Expr], deciding: bool) -> Evaluated {
        let mut problem = None;
        for operand in operands {
            match self.expression(operand) {
                Ok(Value::Bool(value)) if value == deciding => return Ok(Value::Bool(deciding)),
                Ok(Value::Bool(_)) => {}
                Ok(other) => problem = problem.or(Some(no_overload("&& or ||", &other))),
                Err(EvaluationProblem::OverBudget) => return Err(EvaluationProblem::OverBudget),
                Err(found) => problem = problem.or(Some(found)),
            }
        }
        problem.map_or(Ok(Value::Bool(!deciding)), Err)
    }

    fn map(&mut self, entries: &'a [(Expr, Expr)]) -> Evaluated {
        let mut map = MapValue::new();
        for (key, value) in entries {
            let (key, value) = (self.expression(key)?, self.expression(value)?);
            let place = Key::of(&key).ok_or_else(|| no_overload("a key", &key))?;
            if map.insert(place, (key, value)).is_some() {
                return Err(EvaluationProblem::value("a key is there twice"));
            }
        }
        Ok(Value::Map(Arc::new(map)))
    }
}

/// `all`, `exists`, `exists_one`, `map`, `filter`.
fn comprehension<'a>(evaluator: &mut Evaluator<'a>, found: &'a Macro) -> Evaluated {
    let items: Vec<Value> = match evaluator.expression(&found.range)? {
        Value::List(items) => items.to_vec(),
        Value::Map(entries) => entries.values().map(|(key, _)| key.clone()).collect(),
        other => return Err(no_overload("a comprehension", &other)),
    };
    evaluator.spend(items.len() as u64)?;
    match found.kind {
        MacroKind::All => decide(evaluator, found, items, false),
        MacroKind::Exists => decide(evaluator, found, items, true),
        MacroKind::ExistsOne => {
            let mut count = 0_usize;
            for item in items {
                count += usize::from(test(evaluator, found, &found.body, item)?);
            }
            Ok(Value::Bool(count == 1))
        }
        MacroKind::Filter => {
            let mut kept = Vec::new();
            for item in items {
                if test(evaluator, found, &found.body, item.clone())? {
                    kept.push(item);
                }
            }
            Ok(Value::List(Arc::new(kept)))
        }
        MacroKind::Map => {
            let mut made = Vec::new();
            for item in items {
                let taken = match &found.filter {
                    Some(filter) => test(evaluator, found, filter, item.clone())?,
                    None => true,
                };
                if taken {
                    let value = with_item(evaluator, found, &found.body, item)?;
                    evaluator.spend(value.weight())?;
                    made.push(value);
                }
            }
            Ok(Value::List(Arc::new(made)))
        }
    }
}

/// `all` and `exists` are `&&` and `||` over the items: one that decides wins over one that fails.
fn decide<'a>(evaluator: &mut Evaluator<'a>, found: &'a Macro, items: Vec<Value>, deciding: bool) -> Evaluated {
    let mut problem = None;
    for item in items {
        match test(evaluator, found, &found.body, item) {
            Ok(value) if value == deciding => return Ok(Value::Bool(deciding)),
            Ok(_) => {}
            Err(EvaluationProblem::OverBudget) => return Err(EvaluationProblem::OverBudget),
            Err(found) => problem = problem.or(Some(found)),
        }
    }
    problem.map_or(Ok(Value::Bool(!deciding)), Err)
}

fn test<'a>(
    evaluator: &mut Evaluator<'a>,
    found: &'a Macro,
    body: &'a Expr,
    item: Value,
) -> Result<bool, EvaluationProblem> {
    match with_item(evaluator, found, body, item)? {
        Value::Bool(value) => Ok(value),
        other => Err(no_overload("a test", &other)),
    }
}

fn with_item<'a>(evaluator: &mut Evaluator<'a>, found: &'a Macro, body: &'a Expr, item: Value) -> Evaluated {
    evaluator.items.push((&found.variable, item));
    let value = evaluator.expression(body);
    evaluator.items.pop();
    value
}
