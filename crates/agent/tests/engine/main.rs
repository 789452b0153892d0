//! The engine in an in-memory world: scenarios as data, a crash at every point, random interleavings, commits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "all of it is test code"
)]

mod crashes;
mod driving;
mod flushing;
mod interleavings;
mod mutations;
mod ordeals;
mod relations;
mod repeats;
mod scenarios;
mod small;
mod support;
mod unreadable;
