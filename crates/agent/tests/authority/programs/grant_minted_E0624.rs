//! A grant is not minted outside of the engine, out of whatever credentials.
use deputy_agent::{Credentials, Grant};

pub fn grant(credentials: Credentials) -> Grant {
    Grant::mint(credentials)
}
