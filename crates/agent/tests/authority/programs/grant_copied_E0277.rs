//! A grant is not kept for later: it is handed over and used up.
use deputy_agent::Grant;

pub fn again(grant: &Grant) -> Grant {
    Grant::clone(grant)
}
