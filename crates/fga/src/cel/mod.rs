//! The part of CEL that OpenFGA's conditions are written in: lexer, parser, type checker, and an evaluator with a budget.
//!
//! Small on purpose. Nothing panics and nothing recurses without a bound, whatever the text or the values are: text and nesting are
//! limited when a condition is compiled, steps and sizes when it is evaluated.
//!
//! Left out of CEL, and refused when the model is written: `type()`, messages, time zones by name (`"Europe/Paris"`; offsets such as
//! `"+02:00"` work), and Unicode classes in patterns (`\pL`).

mod ast;
mod checker;
mod eval;
mod fault;
mod functions;
mod operators;
mod outcome;
mod parser;
mod signatures;
mod time;
mod token;
mod types;
mod value;

use std::collections::BTreeMap;

use thiserror::Error;

pub use eval::DEFAULT_BUDGET;
pub use functions::address as parse_address;
pub use outcome::EvaluationProblem;
pub use time::{parse_duration, parse_timestamp};
pub use types::Type;
pub use value::{Key, MapValue, Value};

use fault::Fault;

/// The longest expression that is read, in bytes.
pub const MAX_EXPRESSION_BYTES: usize = 16 * 1024;

/// Why an expression is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{line}:{column}: {message}")]
pub struct CompileError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl CompileError {
    fn at(source: &str, offset: usize, message: String) -> Self {
        let before = source.get(..offset).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or("").chars().count() + 1,
            message,
        }
    }
}

/// An expression that has been read and whose types fit.
#[derive(Debug, Clone)]
pub struct Program {
    root: ast::Expr,
}

impl Program {
    /// Reads an expression over variables of these types. It must say yes or no.
    pub fn compile(source: &str, variables: &BTreeMap<String, Type>) -> Result<Self, CompileError> {
        Self::read(source, variables).map_err(|fault| CompileError::at(source, fault.offset, fault.message))
    }

    fn read(source: &str, variables: &BTreeMap<String, Type>) -> Result<Self, Fault> {
        if source.len() > MAX_EXPRESSION_BYTES {
            return Err(Fault::new(0, format!("the expression is longer than {MAX_EXPRESSION_BYTES} bytes")));
        }
        let root = parser::parse(source)?;
        let output = checker::check(&root, variables)?;
        if output != Type::Bool {
            return Err(Fault::new(0, format!("expected a bool condition expression output, but got '{output}'")));
        }
        Ok(Self { root })
    }

    /// Whether it holds for these values, within so many steps.
    pub fn evaluate(&self, variables: &BTreeMap<String, Value>, budget: u64) -> Result<bool, EvaluationProblem> {
        eval::evaluate(&self.root, variables, budget)
    }
}
