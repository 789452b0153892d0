//! OpenFGA's language of models, schema 1.1 and 1.2 with modules: text to model and back.

mod error;
mod lexer;
mod locate;
mod model;
mod modules;
mod parser;
mod print;
mod reader;
mod rewrite;
pub mod syntax;

pub use error::{DslError, DslErrors, DslProblem};
pub use locate::{LoadError, load};
pub use modules::{ModuleFile, parse_modules};
pub use parser::parse;
pub use print::{PrintError, Sources, print};
