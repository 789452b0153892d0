//! The tools of a server that somebody else runs, as an agent may offer them: under names and with schemas that every model API takes,
//! and pinned, so that a server cannot change what a tool is after the user has looked at it.

mod name;
mod pin;
mod schema;

pub use name::{LONGEST_NAME, legal_name, legal_names, server_word};
pub use pin::{Pinned, ToolChange, pin};
pub use schema::{LARGEST_SCHEMA_BYTES, Unusable, legal_schema};
