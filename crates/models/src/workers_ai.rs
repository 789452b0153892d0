//! Workers AI, by the binding `env.AI.run(model, input)` or its HTTP API: what is asked and answered is the same.

mod error;
mod request;
mod stream;

pub(crate) use error::of_errors;
pub use error::workers_ai_error;
pub use request::workers_ai_request;
pub(crate) use stream::Outputs;
