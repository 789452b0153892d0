//! Policies of the tenant.

use serde::{Deserialize, Serialize};

/// Policies of the tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Policies {
    /// Multi-factor authentication is always required, so that a token request without it answers `mfa_required`.
    pub mfa_always: bool,
    /// Whether `resource` names the API where `audience` does not (the compatibility profile).
    pub resource_parameter_compatibility: bool,
    /// Whether anybody may register an application.
    pub dynamic_client_registration: bool,
    /// Whether an application may be known by the address of its metadata document.
    pub client_id_metadata_documents: bool,
    /// Whether binding messages must do without spaces, as the letter of the documentation says.
    pub strict_binding_message: bool,
    /// Seconds between two polls for an approval or a device.
    pub polling_interval: u64,
    /// Backchannel requests that one user gets in a minute.
    pub approvals_per_minute: usize,
    /// Whether `/oauth/par` is there, and discovery names it.
    pub pushed_authorization_requests: bool,
    /// Whether a DPoP proof needs a nonce of the server (RFC 9449 8).
    pub dpop_nonce: bool,
    /// Whether discovery names the end-session endpoint; without it clients use `/v2/logout`.
    pub rp_logout_discovery: bool,
    /// What is wrong with ID tokens that are given without a login: of a refresh and of an approval.
    pub later_id_tokens: IdTokens,
    /// Limit of all requests to the token endpoint, `/bc-authorize`, `/userinfo` and the My Account API together.
    pub rate_limit: Option<RateLimit>,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            mfa_always: false,
            resource_parameter_compatibility: false,
            dynamic_client_registration: false,
            client_id_metadata_documents: true,
            strict_binding_message: false,
            polling_interval: 5,
            approvals_per_minute: 5,
            pushed_authorization_requests: true,
            dpop_nonce: false,
            rp_logout_discovery: true,
            later_id_tokens: IdTokens::Good,
            rate_limit: None,
        }
    }
}

/// ID tokens as a client must not take them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdTokens {
    /// Nothing is wrong.
    #[default]
    Good,
    /// There is none.
    Missing,
    /// `sub` is another user's.
    OtherUser,
    /// The signature is over other claims.
    OtherSignature,
}

/// Requests allowed to the tenant in a time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RateLimit {
    /// How many.
    pub limit: u64,
    /// In how many seconds.
    pub window: u64,
}
