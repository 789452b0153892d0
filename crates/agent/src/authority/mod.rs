//! What a call needs before it may run, and the two proofs that it has it: a [`Permit`] (the policy's answer, bound to a digest) and
//! a [`Grant`] (the credentials). Both have private fields and are minted in this crate alone, so a tool cannot be called without
//! them.

mod digest;
mod grant;
mod kinds;
mod permit;
mod relation;
mod rule;

pub use digest::Digest;
pub(crate) use grant::token_of;
pub use grant::{Credentials, Grant};
pub use kinds::{Authority, Effect};
pub use permit::Permit;
pub use relation::{Related, Relation, Unrelated, VerifiedUser};
pub use rule::{Answers, Ruling, rule};
pub(crate) use rule::{effective, relations};
