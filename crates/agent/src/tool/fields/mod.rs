//! Members of inputs that carry their rule: what the schema says and what is checked come from the same type.

mod bounded;
mod email;

pub use bounded::{Integer, Line, List, Text};
pub use email::{EmailAddress, EmailAddresses};
