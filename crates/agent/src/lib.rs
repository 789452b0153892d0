//! The turn engine of Deputy: transcript, tool calls, authority, interrupts, schedules, recovery. No I/O.

mod authority;
mod permit;

pub use authority::{Authority, Effect, Ruling, rule};
pub use permit::{Credentials, Digest, Grant, Permit};
