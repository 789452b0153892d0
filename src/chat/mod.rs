//! The chat object: one per chat. Its log, its sockets, its turns and its schedules live here and nowhere else.
//!
//! `core` decides, over ports; the other files bind it to Cloudflare.

mod account;
mod core;
mod identity;
mod library;
mod model;
mod object;
mod program;
mod requests;
#[cfg(test)]
mod tests;
mod worker_platform;

pub use identity::{IDENTITY_HEADER, Identity};
pub use object::{Chat, ask};
pub use program::{Invoke, Invoked, ProgramAnswer};
pub use requests::{CancelSchedule, Erase};
