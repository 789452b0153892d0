//! A grant is not made by hand: its members are private.
use deputy_agent::Grant;

pub fn grant() -> Grant {
    Grant { session: None, vault: Default::default(), approval: None }
}
