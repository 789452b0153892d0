//! The tree of an expression.

use super::value::Value;

/// The deepest tree that is read.
pub const MAX_DEPTH: usize = 80;

/// A node, where it is written, and how deep the tree below it is.
#[derive(Debug, Clone)]
pub struct Expr {
    pub kind: ExprKind,
    pub offset: usize,
    pub depth: usize,
}

#[derive(Debug, Clone)]
pub enum ExprKind {
    Literal(Value),
    Variable(String),
    /// `a.b`, or with `test` the question `has(a.b)`.
    Select {
        operand: Box<Expr>,
        field: String,
        test: bool,
    },
    Index {
        operand: Box<Expr>,
        index: Box<Expr>,
    },
    Call {
        function: String,
        target: Option<Box<Expr>>,
        arguments: Vec<Expr>,
    },
    Unary {
        operator: Unary,
        operand: Box<Expr>,
    },
    Binary {
        operator: Binary,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `a && b && …`
    All(Vec<Expr>),
    /// `a || b || …`
    Any(Vec<Expr>),
    Conditional {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Macro(Box<Macro>),
}

/// `range.kind(variable, body)`.
#[derive(Debug, Clone)]
pub struct Macro {
    pub kind: MacroKind,
    pub range: Expr,
    pub variable: String,
    /// What an item is tested by, or made into.
    pub body: Expr,
    /// `map(x, filter, body)`: which items are taken.
    pub filter: Option<Expr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MacroKind {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    Not,
    Negate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}
