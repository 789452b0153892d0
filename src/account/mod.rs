//! The account object: one per user. Sessions and credentials, chat index, connections, budgets and the ledger live here and
//! nowhere else; because one object runs single-threaded, refreshes and exchanges of one user are merged in it.
//!
//! What may be asked of it is a request struct beside the feature that answers it, and a line in [`requests`].

pub mod approvals;
pub mod authority;
pub mod chats;
pub mod connections;
mod core;
mod events;
mod lease_waiters;
mod leases;
pub mod mcp_servers;
mod name;
mod object;
mod request;
mod requests;
mod rows;
mod schema;
pub mod sessions;
pub mod tenant_keys;
pub mod vault;

#[cfg(test)]
mod tests;

pub use events::ChatEvent;
pub use name::{account_name, keyed_hash};
pub use object::{Account, ask, ask_in_session};
pub use request::AccountRequest;
