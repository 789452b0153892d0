//! The neutral request and response that every protocol crate of Deputy builds and reads, and
//! secrets that cannot be printed.
//!
//! A remote call is two pure functions around one I/O step: `x_request(&Config, &Input) -> Request`
//! and `x_response(Response, now) -> Result<X, XError>`. The step between them belongs to whoever
//! has a network: the Worker's `platform`, or a test.

mod form;
pub mod json;
mod message;
mod retry;
mod secret;

pub use form::{append_query, form_body, parse_query, percent_encode};
pub use json::JsonError;
pub use message::{Body, Method, Request, Response, TransportError};
pub use retry::retry_after;
pub use secret::Secret;
