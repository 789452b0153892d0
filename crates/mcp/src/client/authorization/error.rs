use deputy_error::{Explained, Explanation};
use deputy_http::TransportError;
use strum::EnumIter;

use crate::client::address::AddressError;

/// Why a server could not be logged in to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum AuthorizationError {
    /// An address that is not spoken to: of the server, or one that a metadata document names.
    #[error(transparent)]
    #[strum(disabled)]
    Address(AddressError),
    /// The metadata that was found is another resource's (RFC 9728, 3.3).
    #[error("the metadata is not of this server")]
    ResourceMismatch,
    /// The server names no authorization server.
    #[error("the server names no authorization server")]
    NoAuthorizationServer,
    /// None of the places has metadata of the authorization server.
    #[error("the authorization server has no metadata")]
    NoServerMetadata,
    /// The authorization server's metadata has another issuer than it was asked for (RFC 8414, 3.3).
    #[error("the metadata is not of this authorization server")]
    ServerMismatch,
    /// The authorization server does not say that it knows PKCE with S256.
    #[error("the authorization server does not offer PKCE with S256")]
    NoPkce,
    /// There is no client id for that authorization server and no way to get one.
    #[error("the authorization server does not let clients register")]
    NoRegistration,
    /// The pre-registered client belongs to another authorization server.
    #[error("the client is registered with another authorization server")]
    OtherServersClient,
    /// The authorization server did not register the client (RFC 7591, 3.2.2).
    #[error("the client was not registered: {error}")]
    RegistrationRefused {
        /// The error code, made printable, at most 80 characters.
        error: String,
        /// The explanation, made printable, at most 300 characters.
        description: String,
    },
    /// The callback has no `state`, or another one than the log-in that was begun.
    #[error("the callback's state is not that of the log-in")]
    StateMismatch,
    /// The callback's `iss` is not that of the authorization server, or missing although it is promised (RFC 9207).
    #[error("the callback is from another issuer")]
    IssuerMismatch,
    /// A parameter of the callback came twice.
    #[error("the callback repeats a parameter")]
    RepeatedParameter,
    /// The callback has neither a code nor an error.
    #[error("the callback has no code")]
    MissingCode,
    /// The log-in was begun too long ago.
    #[error("the log-in has expired")]
    Expired,
    /// `access_denied`: the user said no, or the authorization server did.
    #[error("access was denied")]
    AccessDenied {
        /// The explanation, made printable, at most 300 characters.
        description: String,
    },
    /// Another error code of the authorization or the token endpoint.
    #[error("the authorization server refused: {error}")]
    Refused {
        /// The error code, made printable, at most 80 characters.
        error: String,
        /// The explanation, made printable, at most 300 characters.
        description: String,
    },
    /// `invalid_grant`: the code or the refresh token is used up or revoked, or there is no refresh token.
    #[error("the grant is no longer valid")]
    InvalidGrant,
    /// `invalid_client`: the client is unknown, or its secret is wrong.
    #[error("the authorization server does not accept the client")]
    InvalidClient,
    /// The server wants more permission, and asking for it again and again did not help.
    #[error("more permission was asked for and did not suffice")]
    StepUpLimit,
    /// A document without what its standard requires.
    #[error("{document} cannot be used")]
    Malformed {
        /// Which.
        document: Document,
    },
    /// The other side cannot be reached or fails.
    #[error("the other side cannot be reached")]
    Down {
        /// HTTP status, if there was an answer.
        status: Option<u16>,
    },
}

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::Display)]
pub enum Document {
    /// RFC 9728, 2
    #[default]
    #[strum(to_string = "the server's metadata")]
    ProtectedResource,
    /// RFC 8414, 2
    #[strum(to_string = "the authorization server's metadata")]
    AuthorizationServer,
    /// RFC 7591, 3.2.1
    #[strum(to_string = "the registration")]
    Registration,
    /// RFC 6749, 5.1
    #[strum(to_string = "the token response")]
    Tokens,
}

const ASK_SERVER: &str = "The log-in of this MCP server is not set up as it has to be.";
const AGAIN: &str = "The log-in took too long or came from another browser. Please connect the server again.";
const FOREIGN: &str = "The answer came from another log-in service than expected. Please connect the server again.";
const LOOK_UP: &str = "Look up the request in the log of the authorization server.";

impl Explained for AuthorizationError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Address(error) => error.explanation(),
            Self::ResourceMismatch => Explanation::new(
                "mcp_resource_mismatch",
                "What this MCP server says of its log-in belongs to another server, so it is not used.",
                "`resource` in the server's protected resource metadata has to be its own URL, or one above it (RFC 9728, 3.3).",
            ),
            Self::NoAuthorizationServer => Explanation::new(
                "mcp_no_authorization_server",
                ASK_SERVER,
                "The server's protected resource metadata needs `authorization_servers`.",
            ),
            Self::NoServerMetadata => Explanation::new(
                "mcp_authorization_server_metadata_missing",
                ASK_SERVER,
                "The authorization server has to answer at /.well-known/oauth-authorization-server or /.well-known/openid-configuration (RFC 8414, 3.1).",
            ),
            Self::ServerMismatch => Explanation::new(
                "mcp_authorization_server_mismatch",
                ASK_SERVER,
                "`issuer` in the authorization server's metadata has to be the text by which the server names it, to the letter (RFC 8414, 3.3).",
            ),
            Self::NoPkce => Explanation::new(
                "mcp_no_pkce",
                ASK_SERVER,
                "`code_challenge_methods_supported` of the authorization server needs `S256`.",
            ),
            Self::NoRegistration => Explanation::new(
                "mcp_no_registration",
                "The log-in service of this MCP server knows no application that was not registered there beforehand, so it cannot be logged in to from here.",
                "The authorization server takes neither client-id metadata documents nor registrations: it has to take one of them, or the host has to give the client that was registered by hand.",
            ),
            Self::OtherServersClient => Explanation::new(
                "mcp_client_of_another_server",
                "This MCP server has changed its log-in service, and this application is not registered with the new one.",
                "Client ids are good at the issuer that gave them only: the host has to give the client that was registered with the new one.",
            ),
            Self::RegistrationRefused { .. } => Explanation::new(
                "mcp_registration_refused",
                "The log-in service of this MCP server did not accept this application.",
                "See the error and its description; often the redirect URI is not one that the authorization server allows.",
            ),
            Self::StateMismatch => Explanation::new("mcp_callback_state_mismatch", AGAIN, "Normal for a stale tab."),
            Self::IssuerMismatch => Explanation::new(
                "mcp_callback_issuer_mismatch",
                FOREIGN,
                "`iss` has to be the issuer to the letter, and to be there where the metadata says so (RFC 9207, 2.4).",
            ),
            Self::RepeatedParameter => {
                Explanation::new("mcp_callback_repeated_parameter", FOREIGN, "RFC 6749, 3.1 forbids a parameter twice.")
            }
            Self::MissingCode => {
                Explanation::new("mcp_callback_missing_code", FOREIGN, "RFC 6749, 4.1.2 wants a code.")
            }
            Self::Expired => Explanation::new("mcp_callback_expired", AGAIN, "Normal for a stale tab."),
            Self::AccessDenied { .. } => Explanation::new(
                "mcp_access_denied",
                "Access to the MCP server was not granted. Nothing was changed.",
                LOOK_UP,
            ),
            Self::Refused { .. } => Explanation::new(
                "mcp_authorization_refused",
                "The log-in service of this MCP server refused the request.",
                LOOK_UP,
            ),
            Self::InvalidGrant => Explanation::new(
                "mcp_invalid_grant",
                "The connection to this MCP server has ended. Please connect it again.",
                "Normal after a revocation, and at the end of a token's life where there is no refresh token.",
            ),
            Self::InvalidClient => Explanation::new(
                "mcp_invalid_client",
                "The log-in service of this MCP server does not know this application any more. Please connect the server again.",
                "Registrations end; a pre-registered client needs its id and secret as the authorization server has them.",
            ),
            Self::StepUpLimit => Explanation::new(
                "mcp_step_up_limit",
                "This MCP server wants more permission than its log-in service gives you.",
                "The challenge's scopes were asked for and the token did not suffice: the user lacks the role, or the server's challenge names the wrong scopes.",
            ),
            Self::Malformed { .. } => Explanation::new(
                "mcp_authorization_malformed",
                ASK_SERVER,
                "See which document it is, and the clause of its standard.",
            ),
            Self::Down { .. } => Explanation::new(
                "mcp_authorization_down",
                "The MCP server or its log-in service cannot be reached at the moment.",
                "Check that the addresses in the metadata answer.",
            )
            .later(),
        }
    }
}

impl From<AddressError> for AuthorizationError {
    fn from(error: AddressError) -> Self {
        Self::Address(error)
    }
}

impl From<TransportError> for AuthorizationError {
    fn from(_: TransportError) -> Self {
        Self::Down { status: None }
    }
}
