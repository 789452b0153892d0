use super::error::{DslError, DslProblem};
use super::lexer::{Kind, Token};
use super::reader::{Parser, error, unexpected};
use super::syntax::{Name, Restriction, RestrictionForm, Rewrite};

/// How deep brackets may be nested: no model needs as many, and a text must not overflow the stack.
const DEEPEST: usize = 64;

/// What stands behind `define name:`.
pub(super) fn rewrite(parser: &mut Parser<'_>) -> Result<Rewrite, DslError> {
    operation(parser, true, 0)
}

/// Operands with one operator between them. `direct`: the first may be `[…]`.
fn operation(parser: &mut Parser<'_>, direct: bool, depth: usize) -> Result<Rewrite, DslError> {
    let first = operand(parser, direct, depth)?;
    let Some((operator, _)) = next_operator(parser) else { return Ok(first) };
    let whole = match operator {
        Operator::Or => Rewrite::Union(operands(parser, first, operator, depth)?),
        Operator::And => Rewrite::Intersection(operands(parser, first, operator, depth)?),
        Operator::ButNot => {
            Rewrite::Difference { base: Box::new(first), subtract: Box::new(right_operand(parser, depth)?) }
        }
    };
    match next_operator(parser) {
        None => Ok(whole),
        Some((next, token)) => {
            let problem = DslProblem::MixedOperators { before: operator.as_str(), found: next.as_str() };
            Err(error(token, problem))
        }
    }
}

/// `first`, and what stands behind the same operator once or more.
fn operands(
    parser: &mut Parser<'_>,
    first: Rewrite,
    operator: Operator,
    depth: usize,
) -> Result<Vec<Rewrite>, DslError> {
    let mut operands = vec![first];
    while next_operator(parser).is_some_and(|(next, _)| next == operator) {
        operands.push(right_operand(parser, depth)?);
    }
    Ok(operands)
}

/// The operator, and what stands behind it.
fn right_operand(parser: &mut Parser<'_>, depth: usize) -> Result<Rewrite, DslError> {
    parser.take();
    let token = parser.peek();
    if token.spaced { operand(parser, false, depth) } else { Err(unexpected(token, "space")) }
}

fn operand(parser: &mut Parser<'_>, direct: bool, depth: usize) -> Result<Rewrite, DslError> {
    let token = parser.peek();
    match token.kind {
        Kind::Mark('[') if direct => restrictions(parser).map(Rewrite::Direct),
        Kind::Mark('[') => Err(error(token, DslProblem::DirectNotFirst)),
        Kind::Mark('(') if depth >= DEEPEST => Err(error(token, DslProblem::TooDeep { limit: DEEPEST })),
        Kind::Mark('(') => {
            parser.take();
            let inner = operation(parser, direct, depth.saturating_add(1))?;
            parser.mark(')', "`)` or an operator")?;
            Ok(inner)
        }
        _ => computed(
            parser,
            if direct { "`[`, `(` or the name of a relation" } else { "`(` or the name of a relation" },
        ),
    }
}

/// `owner` or `viewer from parent`.
fn computed(parser: &mut Parser<'_>, expected: &'static str) -> Result<Rewrite, DslError> {
    let relation = parser.name(expected, false)?;
    let from = parser.peek();
    if from.kind != Kind::Word("from") || !from.spaced {
        return Ok(Rewrite::Computed(relation));
    }
    parser.take();
    Ok(Rewrite::From { relation, tupleset: parser.name("the name of a relation", true)? })
}

fn restrictions(parser: &mut Parser<'_>) -> Result<Vec<Restriction>, DslError> {
    parser.take();
    let mut restrictions = Vec::new();
    loop {
        parser.skip_line_break();
        restrictions.push(restriction(parser)?);
        parser.skip_line_break();
        let token = parser.take();
        match token.kind {
            Kind::Mark(',') => {}
            Kind::Mark(']') => return Ok(restrictions),
            _ => return Err(unexpected(token, "`,` or `]`")),
        }
    }
}

fn restriction(parser: &mut Parser<'_>) -> Result<Restriction, DslError> {
    let object_type = parser.name("the name of a type", false)?;
    let form = form(parser)?;
    let with = parser.peek();
    let condition = if with.kind == Kind::Word("with") && with.spaced { Some(condition(parser)?) } else { None };
    Ok(Restriction { object_type, form, condition })
}

fn form(parser: &mut Parser<'_>) -> Result<RestrictionForm, DslError> {
    match parser.peek() {
        Token { kind: Kind::Mark(':'), spaced: false, .. } => {
            parser.take();
            parser.joined_mark('*', "`*`")?;
            Ok(RestrictionForm::Wildcard)
        }
        Token { kind: Kind::Mark('#'), spaced: false, .. } => {
            parser.take();
            let token = parser.peek();
            if token.spaced {
                return Err(unexpected(token, "the name of a relation"));
            }
            Ok(RestrictionForm::Userset(parser.name("the name of a relation", false)?))
        }
        _ => Ok(RestrictionForm::Object),
    }
}

fn condition(parser: &mut Parser<'_>) -> Result<Name, DslError> {
    parser.take();
    parser.plain_name("the name of a condition")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    ButNot,
}

impl Operator {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::ButNot => "but not",
        }
    }
}

/// The operator that comes next, if it stands apart.
fn next_operator<'a>(parser: &mut Parser<'a>) -> Option<(Operator, Token<'a>)> {
    let token = parser.peek();
    let operator = match token.kind {
        Kind::Word("or") => Operator::Or,
        Kind::Word("and") => Operator::And,
        Kind::ButNot => Operator::ButNot,
        _ => return None,
    };
    token.spaced.then_some((operator, token))
}
