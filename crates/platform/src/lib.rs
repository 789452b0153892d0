//! Everything that touches JavaScript: the crates' needs on `workers-rs`.
//!
//! What account logic needs stands behind the small traits of [`ports`], so that it runs natively in tests.

pub mod ai;
mod bindings;
pub mod client_proof;
pub mod clock;
pub mod crypto;
pub mod fetch;
pub mod html;
pub mod intl;
pub mod kv;
pub mod later;
pub mod log;
pub mod object;
pub mod outside;
pub mod ports;
pub mod random;
pub mod request;
pub mod sql;
pub mod tenant_keys;
#[cfg(feature = "testing")]
pub mod testing;
pub mod worker_ports;
