use deputy_error::{Explained, Explanation};
use serde_json::{Value, json};
use strum::EnumIter;

/// Why a request does not pass to the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum FacadeError {
    /// No form, or no JSON.
    #[error("the request's body is not of the type that is expected here")]
    Malformed,
    /// A parameter came twice (RFC 6749, 3.1).
    #[error("a parameter was sent twice")]
    Repeated,
    /// A parameter is not there.
    #[error("a parameter is missing")]
    Missing,
    /// Another response type than `code` (OAuth 2.1, 4.1.1).
    #[error("only response_type=code is supported")]
    ResponseType,
    /// No address that a browser may be sent to.
    #[error("the redirect_uri is not https, not this machine and no application's own scheme")]
    RedirectUri,
    /// No PKCE, or another method than `S256` (OAuth 2.1, 4.1.1).
    #[error("PKCE with S256 is required")]
    Pkce,
    /// `request` and `request_uri` hide what is asked for.
    #[error("request objects and pushed requests are not taken here")]
    RequestObject,
    /// A token for another resource (RFC 8707, 2).
    #[error("tokens for another resource are not issued here")]
    OtherResource,
    /// Another grant than code and refresh token.
    #[error("the grant type is not supported here")]
    GrantType,
    /// Something in a registration (RFC 7591, 3.2.2).
    #[error("the client's metadata cannot be used")]
    ClientMetadata,
    /// Registrations are bounded.
    #[error("too many clients were registered")]
    TooManyClients,
    /// The tenant does not answer.
    #[error("the authorization server cannot be reached")]
    TenantDown,
}

impl FacadeError {
    /// The code on the wire (RFC 6749, 5.2; RFC 7591, 3.2.2; RFC 8707, 2).
    fn oauth(self) -> &'static str {
        match self {
            Self::Malformed | Self::Repeated | Self::Missing | Self::Pkce => "invalid_request",
            Self::ResponseType => "unsupported_response_type",
            Self::RedirectUri => "invalid_redirect_uri",
            Self::RequestObject => "request_not_supported",
            Self::OtherResource => "invalid_target",
            Self::GrantType => "unsupported_grant_type",
            Self::ClientMetadata => "invalid_client_metadata",
            Self::TooManyClients | Self::TenantDown => "temporarily_unavailable",
        }
    }

    /// HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::TooManyClients => 429,
            Self::TenantDown => 503,
            _ => 400,
        }
    }

    /// The body of an OAuth refusal.
    pub fn body(self) -> Value {
        json!({ "error": self.oauth(), "error_description": self.to_string() })
    }
}

const CANNOT_LOG_IN: &str = "This application cannot log you in here. Its developer has to change something.";
const SEE_DESCRIPTION: &str =
    "Change what the description names in the client; docs/mcp-authorization.md says what passes.";

impl Explained for FacadeError {
    fn explanation(&self) -> Explanation<'_> {
        let row = |code| Explanation::new(code, CANNOT_LOG_IN, SEE_DESCRIPTION);
        match self {
            Self::Malformed => row("authorization_malformed"),
            Self::Repeated => row("authorization_parameter_repeated"),
            Self::Missing => row("authorization_parameter_missing"),
            Self::ResponseType => row("authorization_response_type"),
            Self::RedirectUri => row("authorization_redirect_uri"),
            Self::Pkce => row("authorization_without_pkce"),
            Self::RequestObject => row("authorization_request_object"),
            Self::OtherResource => row("authorization_other_resource"),
            Self::GrantType => row("authorization_grant_type"),
            Self::ClientMetadata => row("authorization_client_metadata"),
            Self::TooManyClients => Explanation::new(
                "authorization_too_many_clients",
                "Too many applications were registered just now. Please try again later.",
                "Register the client in the Auth0 dashboard and give it its client id: docs/mcp-authorization.md, how clients are registered.",
            )
            .later(),
            Self::TenantDown => Explanation::new(
                "authorization_tenant_down",
                "The login service cannot be reached right now. Please try again in a moment.",
                "Check AUTH0_DOMAIN and that the tenant can be reached.",
            )
            .later(),
        }
    }
}
