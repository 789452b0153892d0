//! The server without a network: what arrives, what is answered, in every revision.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "all of it is test code")]

mod arrivals;
mod desk;
mod memory;
mod sessions;
mod stateless;
