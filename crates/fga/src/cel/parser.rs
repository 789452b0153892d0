//! Tokens to a tree.

use super::ast::{Binary, Expr, ExprKind, MAX_DEPTH, Macro, MacroKind, Unary};
use super::fault::Fault;
use super::token::{Token, TokenKind, tokens};
use super::value::Value;

/// Words that are no names.
const RESERVED: [&str; 16] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
];

/// Reads an expression.
pub fn parse(source: &str) -> Result<Expr, Fault> {
    let mut parser = Parser { tokens: tokens(source)?, position: 0, nesting: 0 };
    let root = parser.expression()?;
    match parser.peek() {
        Token { kind: TokenKind::End, .. } => Ok(root),
        token => Err(Fault::new(token.offset, "the expression ends here, but the text goes on")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    position: usize,
    nesting: usize,
}

const END: Token = Token { kind: TokenKind::End, offset: 0 };

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.position).or(self.tokens.last()).unwrap_or(&END)
    }

    fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        self.position += 1;
        token
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let found = matches!(&self.peek().kind, TokenKind::Symbol(found) if *found == symbol);
        if found {
            self.position += 1;
        }
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), Fault> {
        let offset = self.peek().offset;
        if self.accept(symbol) { Ok(()) } else { Err(Fault::new(offset, format!("'{symbol}' is missing here"))) }
    }

    fn expression(&mut self) -> Result<Expr, Fault> {
        self.nesting += 1;
        if self.nesting > MAX_DEPTH {
            return Err(too_deep(self.peek().offset));
        }
        let offset = self.peek().offset;
        let condition = self.any()?;
        let whole = if self.accept("?") {
            let then = self.any()?;
            self.expect(":")?;
            let otherwise = self.expression()?;
            let depth = condition.depth.max(then.depth).max(otherwise.depth);
            let kind = ExprKind::Conditional {
                condition: Box::new(condition),
                then: Box::new(then),
                otherwise: Box::new(otherwise),
            };
            node(kind, offset, depth)
        } else {
            Ok(condition)
        };
        self.nesting -= 1;
        whole
    }

    fn any(&mut self) -> Result<Expr, Fault> {
        self.chain("||", Self::all, ExprKind::Any)
    }

    fn all(&mut self) -> Result<Expr, Fault> {
        self.chain("&&", Self::relation, ExprKind::All)
    }

    fn chain(
        &mut self,
        symbol: &str,
        operand: fn(&mut Self) -> Result<Expr, Fault>,
        whole: fn(Vec<Expr>) -> ExprKind,
    ) -> Result<Expr, Fault> {
        let offset = self.peek().offset;
        let first = operand(self)?;
        if !self.accept(symbol) {
            return Ok(first);
        }
        let mut operands = vec![first, operand(self)?];
        while self.accept(symbol) {
            operands.push(operand(self)?);
        }
        let depth = deepest(&operands);
        node(whole(operands), offset, depth)
    }

    fn relation(&mut self) -> Result<Expr, Fault> {
        const OPERATORS: [(&str, Binary); 7] = [
            ("==", Binary::Equal),
            ("!=", Binary::NotEqual),
            ("<=", Binary::LessOrEqual),
            (">=", Binary::GreaterOrEqual),
            ("<", Binary::Less),
            (">", Binary::Greater),
            ("in", Binary::In),
        ];
        self.binary(&OPERATORS, Self::sum)
    }

    fn sum(&mut self) -> Result<Expr, Fault> {
        self.binary(&[("+", Binary::Add), ("-", Binary::Subtract)], Self::product)
    }

    fn product(&mut self) -> Result<Expr, Fault> {
        const OPERATORS: [(&str, Binary); 3] =
            [("*", Binary::Multiply), ("/", Binary::Divide), ("%", Binary::Remainder)];
        self.binary(&OPERATORS, Self::unary)
    }

    fn binary(
        &mut self,
        operators: &[(&str, Binary)],
        operand: fn(&mut Self) -> Result<Expr, Fault>,
    ) -> Result<Expr, Fault> {
        let mut left = operand(self)?;
        loop {
            let offset = self.peek().offset;
            let Some((_, operator)) = operators.iter().find(|(symbol, _)| self.accept(symbol)) else {
                return Ok(left);
            };
            let right = operand(self)?;
            let depth = left.depth.max(right.depth);
            let kind = ExprKind::Binary { operator: *operator, left: Box::new(left), right: Box::new(right) };
            left = node(kind, offset, depth)?;
        }
    }

    fn unary(&mut self) -> Result<Expr, Fault> {
        let offset = self.peek().offset;
        let operator = if self.accept("!") {
            Unary::Not
        } else if self.accept("-") {
            Unary::Negate
        } else {
            return self.member();
        };
        // A literal's sign belongs to it: else the least integer could not be written.
        if operator == Unary::Negate
            && let TokenKind::Int(value) = self.peek().kind
        {
            let negative = 0_i64.checked_sub_unsigned(value);
            let value = negative.ok_or_else(|| Fault::new(offset, "this integer is too small"))?;
            self.position += 1;
            let literal = node(ExprKind::Literal(Value::Int(value)), offset, 0)?;
            return self.members(literal);
        }
        self.nesting += 1;
        if self.nesting > MAX_DEPTH {
            return Err(too_deep(offset));
        }
        let operand = self.unary()?;
        self.nesting -= 1;
        let depth = operand.depth;
        node(ExprKind::Unary { operator, operand: Box::new(operand) }, offset, depth)
    }

    fn member(&mut self) -> Result<Expr, Fault> {
        let primary = self.primary()?;
        self.members(primary)
    }

    fn members(&mut self, mut operand: Expr) -> Result<Expr, Fault> {
        loop {
            let offset = self.peek().offset;
            if self.accept(".") {
                let (name, name_offset) = self.name()?;
                let depth = operand.depth;
                operand = if self.accept("(") {
                    let arguments = self.items(")")?;
                    member_call(operand, name, arguments, name_offset)?
                } else {
                    let kind = ExprKind::Select { operand: Box::new(operand), field: name, test: false };
                    node(kind, offset, depth)?
                };
            } else if self.accept("[") {
                let index = self.expression()?;
                self.expect("]")?;
                let depth = operand.depth.max(index.depth);
                let kind = ExprKind::Index { operand: Box::new(operand), index: Box::new(index) };
                operand = node(kind, offset, depth)?;
            } else {
                return Ok(operand);
            }
        }
    }

    fn name(&mut self) -> Result<(String, usize), Fault> {
        match self.advance() {
            Token { kind: TokenKind::Identifier(name), offset } => Ok((name, offset)),
            token => Err(Fault::new(token.offset, "a name is missing here")),
        }
    }

    fn items(&mut self, close: &str) -> Result<Vec<Expr>, Fault> {
        let mut items = Vec::new();
        while !self.accept(close) {
            items.push(self.expression()?);
            if !self.accept(",") {
                self.expect(close)?;
                break;
            }
            // Only a list may end with a comma.
            if close == ")" && matches!(self.peek().kind, TokenKind::Symbol(")")) {
                return Err(Fault::new(self.peek().offset, "an argument is missing here"));
            }
        }
        Ok(items)
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        let Token { kind, offset } = self.advance();
        let literal = |value| node(ExprKind::Literal(value), offset, 0);
        match kind {
            TokenKind::Int(value) => {
                literal(Value::Int(i64::try_from(value).map_err(|_| Fault::new(offset, "this integer is too big"))?))
            }
            TokenKind::Uint(value) => literal(Value::Uint(value)),
            TokenKind::Double(value) => literal(Value::Double(value)),
            TokenKind::Text(text) => literal(Value::from(text)),
            TokenKind::Bytes(bytes) => literal(Value::Bytes(bytes.into())),
            TokenKind::Identifier(name) => match name.as_str() {
                "true" => literal(Value::Bool(true)),
                "false" => literal(Value::Bool(false)),
                "null" => literal(Value::Null),
                "while" => Err(reserved(&name, offset)),
                name if RESERVED.contains(&name) => Err(reserved(name, offset)),
                _ if self.accept("(") => {
                    let arguments = self.items(")")?;
                    call(name, arguments, offset)
                }
                _ => node(ExprKind::Variable(name), offset, 0),
            },
            TokenKind::Symbol("(") => {
                let inner = self.expression()?;
                self.expect(")")?;
                Ok(inner)
            }
            TokenKind::Symbol("[") => {
                let items = self.items("]")?;
                let depth = deepest(&items);
                node(ExprKind::List(items), offset, depth)
            }
            TokenKind::Symbol("{") => self.map(offset),
            TokenKind::End => Err(Fault::new(offset, "the expression is not complete")),
            TokenKind::Symbol(symbol) => Err(Fault::new(offset, format!("'{symbol}' is not expected here"))),
        }
    }

    fn map(&mut self, offset: usize) -> Result<Expr, Fault> {
        let mut entries = Vec::new();
        let mut depth = 0;
        while !self.accept("}") {
            let key = self.expression()?;
            self.expect(":")?;
            let value = self.expression()?;
            depth = depth.max(key.depth).max(value.depth);
            entries.push((key, value));
            if !self.accept(",") {
                self.expect("}")?;
                break;
            }
        }
        node(ExprKind::Map(entries), offset, depth)
    }
}

/// A call without a target; `has(a.b)` is a question about a field.
fn call(name: String, mut arguments: Vec<Expr>, offset: usize) -> Result<Expr, Fault> {
    if name == "has" {
        return match (arguments.pop(), arguments.is_empty()) {
            (Some(Expr { kind: ExprKind::Select { operand, field, test: false }, depth, .. }), true) => {
                node(ExprKind::Select { operand, field, test: true }, offset, depth)
            }
            _ => Err(Fault::new(offset, "has() takes one field: has(value.field)")),
        };
    }
    let depth = deepest(&arguments);
    node(ExprKind::Call { function: name, target: None, arguments }, offset, depth)
}

/// A call on a target, or a macro over one.
fn member_call(target: Expr, name: String, arguments: Vec<Expr>, offset: usize) -> Result<Expr, Fault> {
    let kind = match (name.as_str(), arguments.len()) {
        ("all", 2) => Some(MacroKind::All),
        ("exists", 2) => Some(MacroKind::Exists),
        ("exists_one" | "existsOne", 2) => Some(MacroKind::ExistsOne),
        ("map", 2 | 3) => Some(MacroKind::Map),
        ("filter", 2) => Some(MacroKind::Filter),
        _ => None,
    };
    let depth = target.depth.max(deepest(&arguments));
    let Some(kind) = kind else {
        return node(ExprKind::Call { function: name, target: Some(Box::new(target)), arguments }, offset, depth);
    };
    let mut arguments = arguments.into_iter();
    let Some(Expr { kind: ExprKind::Variable(variable), .. }) = arguments.next() else {
        return Err(Fault::new(offset, format!("the first argument of {name}() is the name of an item")));
    };
    let Some(second) = arguments.next() else {
        return Err(Fault::new(offset, format!("{name}() takes an expression")));
    };
    let (filter, body) = match arguments.next() {
        Some(third) => (Some(second), third),
        None => (None, second),
    };
    node(ExprKind::Macro(Box::new(Macro { kind, range: target, variable, body, filter })), offset, depth)
}

fn deepest(expressions: &[Expr]) -> usize {
    expressions.iter().map(|expression| expression.depth).max().unwrap_or(0)
}

fn node(kind: ExprKind, offset: usize, below: usize) -> Result<Expr, Fault> {
    if below >= MAX_DEPTH { Err(too_deep(offset)) } else { Ok(Expr { kind, offset, depth: below + 1 }) }
}

fn too_deep(offset: usize) -> Fault {
    Fault::new(offset, format!("the expression is nested deeper than {MAX_DEPTH} levels"))
}

fn reserved(name: &str, offset: usize) -> Fault {
    Fault::new(offset, format!("'{name}' is a reserved word"))
}
