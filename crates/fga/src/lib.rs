//! OpenFGA's authorization semantics, without I/O.

pub mod client;
pub mod decision;
pub mod dsl;
pub mod filter;
pub mod model;
pub mod names;
pub mod tuple;
