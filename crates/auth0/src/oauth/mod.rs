//! OAuth 2.0: who the tenant and its client are, the authorization request with PKCE, the token endpoint, client authentication.

pub(crate) mod access_token;
pub(crate) mod authorization;
pub(crate) mod bearer;
pub(crate) mod callback;
pub(crate) mod client_assertion;
pub(crate) mod error_response;
pub(crate) mod misconfiguration;
pub(crate) mod private_key;
pub(crate) mod pushed_authorization;
pub(crate) mod pushed_authorization_error;
pub(crate) mod revocation;
pub(crate) mod tenant;
pub(crate) mod token;
pub(crate) mod transaction;

pub use access_token::{ResourceServer, VerifiedAccessToken, validate_access_token};
pub use authorization::{AuthorizationCode, LOGIN_SCOPE, LoginInput, authorize, callback};
pub use bearer::{BearerError, bearer_token};
pub use callback::CallbackError;
pub use client_assertion::{AssertionError, AssertionSigner, ClientAssertion, SignerError};
pub use misconfiguration::Misconfiguration;
pub use private_key::{PrivateKey, PrivateKeyError};
pub use pushed_authorization::{PushedRequest, authorize_pushed, par_request, par_response};
pub use pushed_authorization_error::ParError;
pub use revocation::{revoke_request, revoke_response};
pub use tenant::{Client, ClientAuthentication, Tenant};
pub use token::{TokenError, TokenSet, code_request, refresh_request, token_response};
pub use transaction::{ConnectTransaction, LinkTransaction, LoginTransaction, TRANSACTION_LIFETIME_MS, Transaction};
