#![doc = include_str!("../README.md")]

pub mod ciba;
pub mod connected_accounts;
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
pub mod token_vault;

pub use ciba::{
    ApprovalCode, ApprovedTokens, ApproverError, AskAgain, AuthorizationDetails, AuthorizationDetailsError,
    BackchannelError, BackchannelInput, BindingMessage, BindingMessageError, CallDetails, LONGEST_EXPIRY_SECONDS,
    NextPoll, PUSH_EXPIRY_SECONDS, PendingAuthorization, PollError, USER_DENIED, backchannel_request,
    backchannel_response, poll_request, poll_response, validate_approver,
};
pub use connected_accounts::{
    AccountList, ConnectCode, ConnectInput, ConnectedAccount, MY_ACCOUNT_SCOPE, MyAccountError, PendingConnect,
    complete_request, complete_response, connect_callback, connect_request, connect_response, delete_request,
    delete_response, my_account_token_request,
};
pub use endpoints::{DiscoveryError, Endpoints};
pub use issuer::{Issuer, IssuerError};
pub use jwt::{
    Jwk, Jwks, JwksError, JwtError, SignatureVerified, SignatureVerifier, VerifierError, jwks_request, jwks_response,
    verify_signature,
};
pub use oauth::{
    AssertionError, AssertionSigner, AuthorizationCode, BearerError, CallbackError, Client, ClientAssertion,
    ClientAuthentication, ConnectTransaction, LOGIN_SCOPE, LoginInput, LoginTransaction, Misconfiguration, ParError,
    PrivateKey, PrivateKeyError, PushedRequest, ResourceServer, SignerError, TRANSACTION_LIFETIME_MS, Tenant,
    TokenError, TokenSet, Transaction, VerifiedAccessToken, authorize, authorize_pushed, bearer_token, callback,
    code_request, par_request, par_response, refresh_request, revoke_request, revoke_response, token_response,
    validate_access_token,
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
pub use token_vault::{
    AUTHORIZATION_REQUIRED, AuditContext, ExchangeError, PrivilegedInput, PrivilegedRequest, PrivilegedRequestError,
    ProviderToken, SubjectToken, exchange_request, exchange_response, privileged_request,
};
