//! Token Vault: the exchange of our token for a provider's (RFC 8693, as Auth0 profiles it).

pub(crate) mod exchange;
pub(crate) mod exchange_error;
pub(crate) mod privileged_worker;

pub use exchange::{AUTHORIZATION_REQUIRED, ProviderToken, SubjectToken, exchange_request, exchange_response};
pub use exchange_error::ExchangeError;
pub use privileged_worker::{
    AuditContext, PrivilegedInput, PrivilegedRequest, PrivilegedRequestError, privileged_request,
};
