#![doc = include_str!("../README.md")]
//!
//! # The map
//!
//! | protocol | module | clauses |
//! |---|---|---|
//! | authorization code flow, PKCE, issuer of the answer | [`oauth`]: `authorization`, `callback`, `transaction` | RFC 6749 4.1, RFC 7636, RFC 9207 |
//! | pushed authorization requests | [`oauth`]: `pushed_authorization` | RFC 9126 |
//! | token endpoint, refresh, revocation | [`oauth`]: `token`, `revocation` | RFC 6749 4.1.3, 5 and 6; RFC 7009 |
//! | client authentication | [`oauth`]: `tenant`, `client_assertion`, `private_key` | RFC 6749 2.3, RFC 7523, OpenID Connect Core 9 |
//! | bearer tokens, access tokens as JWT | [`oauth`]: `bearer`, `access_token` | RFC 6750, RFC 9068 |
//! | ID tokens of a login and of a refresh, `/userinfo` | [`oidc`]: `id_token`, `userinfo` | OpenID Connect Core 3.1.3.7, 12.2 and 5.3 |
//! | logout by the browser and by the tenant | [`oidc`]: `logout`, `logout_token` | RP-Initiated Logout 1.0, Back-Channel Logout 1.0 |
//! | signed tokens and their keys | [`jwt`]: `signature`, `jwks` | RFC 7515, 7517, 7518, 7519, 8725 |
//! | provider tokens | [`token_vault`]: `exchange`, `privileged_worker` | RFC 8693, Auth0 Token Vault |
//! | an API that calls another one for its user | [`token_exchange`]: `exchange`, `subject_token_type` | RFC 8693, Auth0 on-behalf-of and custom exchange |
//! | connecting an account | [`connected_accounts`]: `connect`, `account_list` | Auth0 My Account API |
//! | several log-ins of one user | [`account_linking`]: `linking`, `identity` | Auth0 Management API |
//! | log-in of a command line | [`device`]: `authorization` | RFC 8628 |
//! | approvals on a device | [`ciba`]: `backchannel`, `poll`, `approver` | CIBA Core 1.0 7, 10 and 11 |
//! | what the device shows | [`ciba`]: `binding_message`, `authorization_details`, `approval_code` | RFC 9396, Guardian's schema |
//! | what is stored or given to a browser | [`sealing`]: `key_ring`, `seal`, `envelope` | NIST SP 800-38D, RFC 5869 |
//!
//! Whom all of them speak to is a [`Tenant`]: its [`Issuer`] and [`Endpoints`] (OpenID Connect Discovery 1.0, RFC 8414).
//! Every error is [`Explained`](deputy_error::Explained).

pub mod account_linking;
pub mod ciba;
pub mod connected_accounts;
pub mod device;
mod encoding;
mod endpoints;
mod issuer;
pub mod jwt;
pub mod oauth;
pub mod oidc;
mod randomness;
mod return_to;
mod scopes;
pub mod sealing;
pub mod token_exchange;
pub mod token_vault;
mod words;

pub use account_linking::{
    Identity, LINKING_SCOPE, LinkingError, identities_request, identities_response, link_request, link_response,
    linking_token_request, linking_token_response, unlink_request, unlink_response,
};
pub use ciba::{
    ApprovalCode, ApprovedTokens, ApproverError, AuthorizationDetails, AuthorizationDetailsError, BackchannelError,
    BackchannelInput, BindingMessage, BindingMessageError, CallDetails, GUARDIAN_DETAILS_TYPE, LONGEST_EXPIRY_SECONDS,
    NextPoll, PUSH_EXPIRY_SECONDS, PendingAuthorization, PollError, USER_DENIED, backchannel_request,
    backchannel_response, poll_request, poll_response, validate_approver,
};
pub use connected_accounts::{
    AccountList, ConnectCode, ConnectInput, ConnectedAccount, MY_ACCOUNT_SCOPE, MyAccountError, PendingConnect,
    complete_request, complete_response, connect_callback, connect_request, connect_response, delete_request,
    delete_response, my_account_token_request,
};
pub use device::{DeviceAuthorization, device_request, device_response, device_token_request, device_token_response};
pub use endpoints::{DiscoveryError, Endpoints};
pub use issuer::{Issuer, IssuerError};
pub use jwt::{
    Jwk, Jwks, JwksError, JwtError, SignatureVerified, SignatureVerifier, VerifierError, jwks_request, jwks_response,
    verify_signature,
};
pub use oauth::{
    AssertionError, AssertionSigner, AuthorizationCode, BearerError, CallbackError, Client, ClientAssertion,
    ClientAuthentication, ConnectTransaction, LOGIN_SCOPE, LinkTransaction, LoginInput, LoginTransaction,
    Misconfiguration, ParError, PrivateKey, PrivateKeyError, PushedRequest, ResourceServer, SignerError,
    TRANSACTION_LIFETIME_MS, Tenant, TokenError, TokenSet, Transaction, VerifiedAccessToken, authorize,
    authorize_pushed, bearer_token, callback, code_request, par_request, par_response, refresh_request, revoke_request,
    revoke_response, token_response, validate_access_token,
};
pub use oidc::{
    UserinfoError, VerifiedIdToken, VerifiedLogoutToken, logout_url, userinfo_request, userinfo_response,
    validate_login, validate_logout_token, validate_refreshed,
};
pub use randomness::Randomness;
pub use return_to::ReturnTo;
pub use scopes::Scopes;
pub use sealing::{
    AssociatedData, Confidential, Envelope, KeyRing, KeyRingError, Opened, Purpose, SEAL_NONCE_LENGTH, SealError,
    SealNonce,
};
pub use token_exchange::{
    ApiExchange, ExchangeGrant, SubjectTokenType, SubjectTokenTypeError, api_exchange_request, api_exchange_response,
};
pub use token_vault::{
    AUTHORIZATION_REQUIRED, AuditContext, ExchangeError, PrivilegedInput, PrivilegedRequest, PrivilegedRequestError,
    ProviderToken, SubjectToken, exchange_request, exchange_response, privileged_request,
};
