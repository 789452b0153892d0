//! Token exchange between APIs (RFC 8693): on behalf of a user, and by a custom profile of the tenant's.

pub(crate) mod exchange;
pub(crate) mod subject_token_type;

pub use exchange::{ApiExchange, ExchangeGrant, api_exchange_request, api_exchange_response};
pub use subject_token_type::{SubjectTokenType, SubjectTokenTypeError};
