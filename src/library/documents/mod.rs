//! Documents: taken in, listed, read, renamed, moved, removed.

mod add;
mod change;
mod list;
mod read;
pub mod rows;
