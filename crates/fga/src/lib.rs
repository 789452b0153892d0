//! OpenFGA's authorization semantics, without I/O.

pub mod cel;
pub mod client;
mod condition;
pub mod decision;
pub mod dsl;
mod error;
pub mod filter;
pub mod model;
pub mod names;
pub mod store;
mod system;
pub mod tuple;

pub use condition::{CompiledCondition, ConditionError};
pub use decision::Decision;
pub use error::FgaError;
pub use filter::{Checker, FgaFilter};
pub use system::{ModelError, ModelLimits, Relation, RelationProblem, TupleError, TypeSystem};
