//! Everything that touches JavaScript: the crates' needs on `workers-rs`.
//!
//! What account logic needs stands behind the small traits of [`ports`], so that it runs natively in tests.

pub mod answer;
pub mod bindings;
pub mod boxed;
pub mod client_proof;
pub mod clock;
pub mod crypto;
pub mod env;
pub mod fetch;
mod headers;
pub mod html;
pub mod inbound;
pub mod incoming;
pub mod intl;
pub mod kv;
pub mod later;
pub mod log;
pub mod object;
pub mod outgoing;
pub mod ports;
pub mod promise;
pub mod random;
pub mod request;
pub mod socket;
pub mod sql;
pub mod state;
#[cfg(test)]
pub mod testing;
