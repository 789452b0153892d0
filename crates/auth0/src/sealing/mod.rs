//! What is stored or given to a browser is sealed: AES-256-GCM under a ring of keys.

pub(crate) mod envelope;
pub(crate) mod key_ring;
pub(crate) mod seal;

pub use envelope::{Confidential, Envelope};
pub use key_ring::{KeyRing, KeyRingError, Purpose};
pub use seal::{AssociatedData, Opened, SEAL_NONCE_LENGTH, SealError, SealNonce};
