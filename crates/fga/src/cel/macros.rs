//! `all`, `exists`, `exists_one`, `map`, `filter`.

use std::sync::Arc;

use super::ast::{Expr, Macro, MacroKind};
use super::eval::{Evaluated, EvaluationProblem, Evaluator, no_overload};
use super::value::Value;

pub fn evaluate<'a>(evaluator: &mut Evaluator<'a>, found: &'a Macro) -> Evaluated {
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
