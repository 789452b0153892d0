//! The neutral request and response that every protocol crate of Deputy builds and reads, and
//! secrets that cannot be printed.
//!
//! A remote call is two pure functions around one I/O step: `x_request(&Config, &Input) -> Request`
//! and `x_response(Response, now) -> Result<X, XError>`. The step between them belongs to whoever
//! has a network: the Worker's `platform`, or a test.

mod form;
mod json;
mod message;
mod object;
mod retry;
mod secret;

/// Derives [`trait@FromJson`] from the `#[serde(...)]` attributes of a type.
pub use deputy_json_derive::FromJson;
pub use form::{append_query, form_body, parse_query, percent_encode};
pub use json::{
    FromJson, FromJsonOwned, Items, Json, JsonError, Members, Reader, read_json, read_json_value, write_json,
};
pub use message::{Body, Method, Request, Response, TransportError};
pub use object::{object, text_object};
pub use retry::retry_after;
pub use secret::Secret;
