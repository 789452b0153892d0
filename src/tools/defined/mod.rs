//! Tools defined in data: one authenticated request to a connection's API, without code of its own (`docs/data-tools.md`).
//! They run through the same authority as every other tool; what they may do is fixed when they are read.

mod definition;
mod error;
mod input;
mod template;
mod tool;

pub use definition::{Definition, read};
use error::DefinitionError;
pub use error::DefinitionProblem;
pub use tool::DefinedTool;

/// The definitions this repository ships. They are read like those of the setting `CONNECTION_TOOLS`.
pub const SHIPPED: &str = include_str!("tools.json");
