//! An API of one's own behind the same access tokens as the agent: [`RequireAuth`] in a handler's arguments is all it takes.

mod keys;
mod require_auth;
mod routes;

pub use keys::{RsaVerifier, TenantKeys};
pub use require_auth::{Auth, Denied, RequireAuth};
pub use routes::router;
