//! A permit is not minted outside of the engine.
use deputy_agent::{Digest, Permit};

pub fn permit(digest: &Digest) -> Permit {
    Permit::mint(digest)
}
