//! OpenFGA's authorization semantics, without I/O.

pub mod cel;
mod condition;
mod error;
pub mod model;
pub mod names;
pub mod store;
mod system;
pub mod tuple;

pub use condition::{CompiledCondition, ConditionError};
pub use error::FgaError;
pub use system::{ModelError, ModelLimits, Relation, RelationProblem, TupleError, TypeSystem};
