use super::error::{DslError, DslProblem};
use super::lexer::{Kind, Lexer, Token};
use super::syntax::Name;

/// Words of the language that name nothing.
const RESERVED: [&str; 11] =
    ["and", "or", "from", "with", "define", "relations", "condition", "in", "true", "false", "null"];

/// A place among the tokens of a file, and what was found there so far.
pub(super) struct Parser<'a> {
    pub lexer: Lexer<'a>,
    peeked: Option<Token<'a>>,
    /// What does not stop the reading.
    pub errors: Vec<DslError>,
}

impl<'a> Parser<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { lexer: Lexer::new(text), peeked: None, errors: Vec::new() }
    }

    pub fn complain(&mut self, name: &Name, problem: DslProblem) {
        self.errors.push(DslError { file: None, at: name.at, problem });
    }

    pub fn peek(&mut self) -> Token<'a> {
        match self.peeked {
            Some(token) => token,
            None => {
                let token = self.lexer.next();
                self.peeked = Some(token);
                token
            }
        }
    }

    pub fn take(&mut self) -> Token<'a> {
        let token = self.peek();
        self.peeked = None;
        token
    }

    pub fn skip_line_break(&mut self) {
        if self.peek().kind == Kind::NewLine {
            self.take();
        }
    }

    pub fn line_break(&mut self) -> Result<(), DslError> {
        let token = self.take();
        if token.kind == Kind::NewLine { Ok(()) } else { Err(unexpected(token, "a line break")) }
    }

    pub fn word(&mut self, word: &str, expected: &'static str) -> Result<(), DslError> {
        let token = self.take();
        if token.kind == Kind::Word(word) { Ok(()) } else { Err(unexpected(token, expected)) }
    }

    pub fn mark(&mut self, mark: char, expected: &'static str) -> Result<Token<'a>, DslError> {
        let token = self.take();
        if token.kind == Kind::Mark(mark) { Ok(token) } else { Err(unexpected(token, expected)) }
    }

    /// A mark without space before it.
    pub fn joined_mark(&mut self, mark: char, expected: &'static str) -> Result<Token<'a>, DslError> {
        let token = self.peek();
        if token.spaced { Err(unexpected(token, expected)) } else { self.mark(mark, expected) }
    }

    /// The name of a type or relation; `spaced` if space has to stand before it.
    pub fn name(&mut self, expected: &'static str, spaced: bool) -> Result<Name, DslError> {
        let token = self.take();
        match token.kind {
            Kind::Word(text) if !RESERVED.contains(&text) && (token.spaced || !spaced) => {
                Ok(Name { text: text.to_owned(), at: token.at })
            }
            _ => Err(unexpected(token, expected)),
        }
    }

    /// The name of a module, or of a condition that is used: no `/` and no `.`.
    pub fn plain_name(&mut self, expected: &'static str) -> Result<Name, DslError> {
        let token = self.peek();
        match token.kind {
            Kind::Word(text) if text.contains(['/', '.']) => Err(unexpected(token, expected)),
            _ => self.name(expected, true),
        }
    }
}

pub(super) fn unexpected(token: Token<'_>, expected: &'static str) -> DslError {
    error(token, DslProblem::Unexpected { expected, found: token.kind.shown() })
}

pub(super) fn error(token: Token<'_>, problem: DslProblem) -> DslError {
    DslError { file: None, at: token.at, problem }
}
