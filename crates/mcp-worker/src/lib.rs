//! An MCP server on Cloudflare Workers, around what a Worker offers ([`Serves`]). Requests without a session are answered where they
//! arrive; a session is an object of its own ([`SessionObject`]), and so is what tells a caller's clients of changes.
//!
//! A Worker authenticates, then calls [`answer`]; it has a class of objects, with SQLite, that passes its events to a [`SessionObject`].

mod convert;
mod endpoint;
mod handed;
mod object;
mod serves;
mod store;

pub use convert::incoming;
pub use endpoint::{answer, changed};
pub use object::SessionObject;
pub use serves::{Caller, Serves};
