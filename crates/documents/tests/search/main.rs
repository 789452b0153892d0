//! Documents in a real FTS5: the table, the statements and the questions as the library uses them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "helpers of tests"
)]

mod cranfield;
mod hostile;
mod index;
mod quickstart;
mod rights;
mod scripts;
mod speed;
