//! What every Durable Object of the Worker shares: how one is asked, how it refuses, how tokens cross, how its tables grow.
//!
//! A new object is a folder with its requests and its shell, a line in `lib.rs`, a line in `wrangler.toml`, and a route.

mod refusal;
mod request;
mod storage;
mod title;
mod token;

pub use refusal::Refusal;
pub(crate) use request::dispatch;
pub use request::{
    HoldsSessions, ObjectClass, ObjectRequest, answered, ask, ask_in_session, forward, read_request, refusal_response,
    refused, unreadable, write_reply,
};
pub use storage::{meta, migrate, set_meta};
pub use title::one_line;
pub use token::TokenEnvelope;
