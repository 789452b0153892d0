//! What every protocol crate of Deputy needs around the types of `http`: requests built in one expression, JSON and form bodies,
//! secrets that cannot be printed, event streams, `Retry-After`.
//!
//! A remote call is two pure functions around one I/O step: `x_request(&Config, &Input) -> Request`
//! and `x_response(Response, now) -> Result<X, XError>`. The step between them belongs to whoever
//! has a network: the Worker's `platform`, a test, or any client that takes an `http::Request`.

mod body;
mod form;
pub mod json;
mod request;
mod response;
mod retry;
mod secret;
mod sse;
mod transport_error;

pub use body::Body;
pub use form::{append_query, form_body, parse_query, percent_encode};
pub use http::{HeaderMap, Method, StatusCode};
pub use json::JsonError;
pub use request::{BuildRequest, Request, get, post, request};
pub use response::{ReadResponse, Response, response};
pub use retry::retry_after;
pub use secret::Secret;
pub use sse::{SseDecoder, SseError, SseEvent};
pub use transport_error::TransportError;
