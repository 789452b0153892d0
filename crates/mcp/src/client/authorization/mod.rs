//! How the client gets a token for a server (MCP 2026-07-28 Authorization; OAuth 2.1): challenge, metadata, registration, log-in, tokens.
//!
//! Each call of another party is a pair of pure functions, `x_request` and `x_response`. [`begin_login`], [`finish_login`] and
//! [`refresh`] join them over a [`Network`](crate::client::Network).

mod authorization_server;
mod challenge;
mod error;
mod flow;
mod login;
mod protected_resource;
mod registration;
mod scope;
mod storage;
mod token;

pub use authorization_server::{AuthorizationServer, server_metadata_response, server_metadata_urls};
pub use challenge::Challenge;
pub use error::{AuthorizationError, Document};
pub use flow::{LoginInput, MOST_STEP_UPS, begin_login, discover, finish_login, refresh};
pub use login::{
    AuthorizationCode, AuthorizationInput, LOGIN_LIFETIME_MS, PendingLogin, authorization_request, callback,
};
pub use protected_resource::{metadata_request, resource_metadata_response, resource_metadata_urls};
pub use registration::{
    ClientAuthentication, ClientCredentials, ClientSource, choose_client, registration_request, registration_response,
};
pub use scope::{ScopeSet, choose_scope};
pub use token::{Grant, Tokens, code_request, code_response, refresh_request, refresh_response};
