//! A session (2025-06-18, 2025-11-25): what it remembers, its streams, its calls. What has to outlive a restart is in a
//! [`SessionStore`]: a question to the client waits there, and its answer goes on with the call wherever it arrives.

mod about;
mod form;
mod live;
mod post;
mod state;
mod store;
mod streams;
mod work;

pub use form::{Formed, form, listening};
pub use live::Sent;
pub use post::Posted;
pub use state::Session;
pub use store::{SessionStore, StoreFailed};
pub use streams::NoSuchEvent;
