//! OpenFGA's authorization semantics, without I/O.

pub mod dsl;
pub mod model;
pub mod names;
pub mod tuple;
