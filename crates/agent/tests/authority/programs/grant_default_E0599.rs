//! There is no empty grant either.
use deputy_agent::Grant;

pub fn grant() -> Grant {
    Grant::default()
}
