//! What a fuzzer's bytes are turned into. A target panics where something does not hold; that is how a fuzzer and a test find out.

mod condition;
mod language;
mod model;
mod questions;
mod tuple;

use strum::{EnumIter, EnumString, IntoStaticStr};

/// What is fuzzed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Target {
    /// A condition's expression, and after a line `--` values as JSON: lexer, parser, checker, evaluator with its budget.
    Condition,
    /// A model's text; several modules with a line `==` between them: parser, printer, modules, places of errors.
    Language,
    /// A model's JSON: reader, validation, writer, printer.
    Model,
    /// Lines `object relation user`: users, objects, tuples.
    Tuple,
    /// Choices of a random model, tuples and questions: the whole evaluator.
    Questions,
}

impl Target {
    /// Tries the bytes.
    ///
    /// # Panics
    /// Where something does not hold.
    pub fn run(self, bytes: &[u8]) {
        let text = || String::from_utf8_lossy(bytes);
        match self {
            Self::Condition => condition::run(&text()),
            Self::Language => language::run(&text()),
            Self::Model => model::run(&text()),
            Self::Tuple => tuple::run(&text()),
            Self::Questions => questions::run(bytes),
        }
    }
}
