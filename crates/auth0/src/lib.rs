#![doc = include_str!("../README.md")]

mod access_token;
mod account_list;
mod approval_code;
mod authorization;
mod authorization_details;
mod authorization_details_error;
mod backchannel;
mod backchannel_error;
mod bearer;
mod binding_message;
mod callback;
mod client_assertion;
mod connected_accounts;
mod encoding;
mod endpoints;
mod envelope;
mod exchange_error;
mod id_token;
mod issuer;
mod jwks;
mod jwt;
mod key_ring;
mod logout;
mod logout_token;
mod misconfiguration;
mod my_account_error;
mod oauth_error;
mod poll;
mod poll_error;
mod private_key;
mod privileged_worker;
mod pushed_authorization;
mod pushed_authorization_error;
mod randomness;
mod return_to;
mod scopes;
mod sealing;
mod tenant;
mod token;
mod token_vault;
mod transaction;
mod transliteration;
mod userinfo;

pub use access_token::{ResourceServer, VerifiedAccessToken, validate_access_token};
pub use account_list::{AccountList, delete_request, delete_response};
pub use approval_code::ApprovalCode;
pub use authorization::{AuthorizationCode, LOGIN_SCOPE, LoginInput, authorize, callback};
pub use authorization_details::{AuthorizationDetails, CallDetails};
pub use authorization_details_error::AuthorizationDetailsError;
pub use backchannel::{
    BackchannelInput, LONGEST_EXPIRY_SECONDS, PUSH_EXPIRY_SECONDS, PendingAuthorization, backchannel_request,
    backchannel_response,
};
pub use backchannel_error::{AskAgain, BackchannelError};
pub use bearer::{BearerError, bearer_token};
pub use binding_message::{BindingMessage, BindingMessageError};
pub use callback::CallbackError;
pub use client_assertion::{AssertionError, AssertionSigner, ClientAssertion, SignerError};
pub use connected_accounts::{
    ConnectCode, ConnectInput, ConnectedAccount, MY_ACCOUNT_SCOPE, PendingConnect, complete_request, complete_response,
    connect_callback, connect_request, connect_response, my_account_token_request,
};
pub use endpoints::{DiscoveryError, Endpoints};
pub use envelope::{Confidential, Envelope};
pub use exchange_error::ExchangeError;
pub use id_token::{VerifiedIdToken, validate_login, validate_refreshed};
pub use issuer::{Issuer, IssuerError};
pub use jwks::{Jwk, Jwks, JwksError, jwks_request, jwks_response};
pub use jwt::{JwtError, SignatureVerified, SignatureVerifier, VerifierError, verify_signature};
pub use key_ring::{KeyRing, KeyRingError, Purpose};
pub use logout::{logout_url, revoke_request, revoke_response};
pub use logout_token::{VerifiedLogoutToken, validate_logout_token};
pub use misconfiguration::Misconfiguration;
pub use my_account_error::MyAccountError;
pub use poll::{ApprovedTokens, NextPoll, poll_request, poll_response};
pub use poll_error::{PollError, USER_DENIED};
pub use private_key::{PrivateKey, PrivateKeyError};
pub use privileged_worker::{
    AuditContext, PrivilegedInput, PrivilegedRequest, PrivilegedRequestError, privileged_request,
};
pub use pushed_authorization::{PushedRequest, authorize_pushed, par_request, par_response};
pub use pushed_authorization_error::ParError;
pub use randomness::Randomness;
pub use return_to::ReturnTo;
pub use scopes::Scopes;
pub use sealing::{AssociatedData, Opened, SEAL_NONCE_LENGTH, SealError, SealNonce};
pub use tenant::{Client, ClientAuthentication, Tenant};
pub use token::{TokenError, TokenSet, code_request, refresh_request, token_response};
pub use token_vault::{AUTHORIZATION_REQUIRED, ProviderToken, SubjectToken, exchange_request, exchange_response};
pub use transaction::{ConnectTransaction, LoginTransaction, TRANSACTION_LIFETIME_MS, Transaction};
pub use userinfo::{UserinfoError, userinfo_request, userinfo_response};
