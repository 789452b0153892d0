//! A model that has been validated, and what it allows.

mod entry;
mod paths;
mod reach;
mod relation;
mod tuples;
mod type_system;
mod validate;

pub(crate) use paths::UserSort;
pub use relation::Relation;
pub use tuples::TupleError;
pub use type_system::TypeSystem;
pub use validate::{ModelError, ModelLimits, RelationProblem};
