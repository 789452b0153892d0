use deputy_error::{Explained, Explanation};
use deputy_http::{BuildRequest, ReadResponse, Request, Response, TransportError};
use serde::Deserialize;
use strum::EnumIter;

use crate::issuer::Issuer;
use crate::words::{CHECK_DOMAIN, TENANT_DOWN};

/// The tenant's endpoints (RFC 8414, 2; OpenID Connect Discovery 1.0, 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// RFC 6749, 3.1
    pub authorization: String,
    /// RFC 9126, 5; absent where the tenant takes no pushed requests.
    pub pushed_authorization_request: Option<String>,
    /// RFC 6749, 3.2
    pub token: String,
    /// OpenID Connect Core 1.0, 5.3
    pub userinfo: String,
    /// RFC 7517, 5
    pub jwks: String,
    /// OpenID Connect RP-Initiated Logout 1.0, 2.1; absent where the tenant has it switched off.
    pub end_session: Option<String>,
    /// RFC 7009, 2
    pub revocation: String,
    /// OpenID CIBA Core 1.0, 7
    pub backchannel_authentication: String,
    /// RFC 8628, 4
    pub device_authorization: String,
    /// Base of the My Account API, without a trailing slash.
    pub my_account: String,
    /// RFC 9207, 3: the authorization response always carries `iss`.
    pub iss_parameter: bool,
}

impl Endpoints {
    /// The fixed paths of an Auth0 tenant: no discovery request is needed.
    pub fn auth0(issuer: &Issuer) -> Self {
        Self {
            authorization: issuer.url("authorize"),
            pushed_authorization_request: Some(issuer.url("oauth/par")),
            token: issuer.url("oauth/token"),
            userinfo: issuer.url("userinfo"),
            jwks: issuer.url(".well-known/jwks.json"),
            end_session: Some(issuer.url("oidc/logout")),
            revocation: issuer.url("oauth/revoke"),
            backchannel_authentication: issuer.url("bc-authorize"),
            device_authorization: issuer.url("oauth/device/code"),
            my_account: issuer.url("me/v1"),
            iss_parameter: false,
        }
    }

    /// OpenID Connect Discovery 1.0, 4.1
    pub fn discovery_request(issuer: &Issuer) -> Request {
        deputy_http::get(issuer.url(".well-known/openid-configuration")).header("accept", "application/json")
    }

    /// OpenID Connect Discovery 1.0, 4.2 and 4.3: the issuer of the document is the one asked for, and every
    /// endpoint is `https` or of the issuer's origin.
    pub fn from_discovery(issuer: &Issuer, response: Response) -> Result<Self, DiscoveryError> {
        if !response.status().is_success() {
            return Err(DiscoveryError::Unavailable { status: Some(response.status().as_u16()) });
        }
        let document: Document = response.json().map_err(|_| DiscoveryError::Malformed)?;
        if document.issuer != issuer.as_str() {
            return Err(DiscoveryError::IssuerMismatch);
        }
        let fixed = Self::auth0(issuer);
        let endpoints = Self {
            authorization: document.authorization_endpoint,
            pushed_authorization_request: document.pushed_authorization_request_endpoint,
            token: document.token_endpoint,
            userinfo: document.userinfo_endpoint.unwrap_or(fixed.userinfo),
            jwks: document.jwks_uri,
            end_session: document.end_session_endpoint,
            revocation: document.revocation_endpoint.unwrap_or(fixed.revocation),
            backchannel_authentication: document
                .backchannel_authentication_endpoint
                .unwrap_or(fixed.backchannel_authentication),
            device_authorization: document.device_authorization_endpoint.unwrap_or(fixed.device_authorization),
            my_account: fixed.my_account,
            iss_parameter: document.authorization_response_iss_parameter_supported,
        };
        let named = [
            &endpoints.authorization,
            &endpoints.token,
            &endpoints.userinfo,
            &endpoints.jwks,
            &endpoints.revocation,
            &endpoints.backchannel_authentication,
            &endpoints.device_authorization,
        ];
        let optional = [&endpoints.end_session, &endpoints.pushed_authorization_request];
        let trusted = named.into_iter().chain(optional.into_iter().flatten()).all(|url| issuer.trusts(url));
        if trusted { Ok(endpoints) } else { Err(DiscoveryError::UntrustedEndpoint) }
    }
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    pushed_authorization_request_endpoint: Option<String>,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    end_session_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    backchannel_authentication_endpoint: Option<String>,
    device_authorization_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Why the tenant's metadata cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum DiscoveryError {
    /// No document came back.
    #[error("the tenant's metadata could not be fetched")]
    Unavailable {
        /// HTTP status, if there was an answer.
        status: Option<u16>,
    },
    /// Not the JSON of Discovery 1.0, 3.
    #[error("the tenant's metadata is malformed")]
    Malformed,
    /// Discovery 1.0, 4.3: the document belongs to another issuer.
    #[error("the tenant's metadata names another issuer")]
    IssuerMismatch,
    /// An endpoint is neither `https` nor of the issuer's origin.
    #[error("the tenant's metadata names an endpoint that is not https")]
    UntrustedEndpoint,
}

const NOT_A_TENANT: &str = "Check that AUTH0_DOMAIN names an Auth0 tenant.";

impl Explained for DiscoveryError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Unavailable { .. } => Explanation::new("discovery_unavailable", TENANT_DOWN, CHECK_DOMAIN).later(),
            Self::Malformed => Explanation::new("discovery_malformed", TENANT_DOWN, NOT_A_TENANT),
            Self::IssuerMismatch => Explanation::new(
                "discovery_issuer_mismatch",
                TENANT_DOWN,
                "Set AUTH0_DOMAIN (or AUTH0_ISSUER) to the domain the tenant itself uses: its custom domain, if it has one.",
            ),
            Self::UntrustedEndpoint => Explanation::new("discovery_untrusted_endpoint", TENANT_DOWN, NOT_A_TENANT),
        }
    }
}

impl From<TransportError> for DiscoveryError {
    fn from(_: TransportError) -> Self {
        Self::Unavailable { status: None }
    }
}
