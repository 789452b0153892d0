//! The account object: one per user. Sessions and credentials, chat index, connections, budgets and the ledger live here and
//! nowhere else; because one object runs single-threaded, refreshes and exchanges of one user are merged in it.

mod approval_poll;
mod approval_rows;
mod approvals;
mod backoff;
mod bearers;
pub mod call;
mod chats;
mod choice;
pub mod client;
mod connect;
mod connection_call;
mod connections;
mod core;
mod counters;
mod flights;
mod ledger;
mod memory;
mod name;
mod object;
mod obtain;
mod provider_logout;
mod provider_revocation;
mod refusal;
mod rows;
mod schedules;
mod schema;
mod session_tokens;
mod sessions;
mod threads;
mod turns;
mod usage;
mod vault;
mod vault_key;
mod waiting;

#[cfg(test)]
mod tests;

pub use name::account_name;
pub use object::Account;
pub use sessions::sid_hint_key;
