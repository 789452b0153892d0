use deputy_mcp::client::authorization::AuthorizationError;
use deputy_mcp::client::{AddressError, ClientError};
use deputy_mcp::protocol::UnknownRevision;

/// Why a scenario was not played to its end.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("no address of a server: {0}")]
    Address(#[from] AddressError),
    #[error("MCP_CONFORMANCE_PROTOCOL_VERSION: {0}")]
    Revision(#[from] UnknownRevision),
    #[error("the log-in failed: {0}")]
    Authorization(#[from] AuthorizationError),
    #[error("the client failed: {0}")]
    Client(#[from] ClientError),
    #[error("the authorization server did not send the browser back")]
    Browser,
    #[error("no randomness")]
    Randomness,
    #[error("the server does not let anybody in")]
    NotLetIn,
    #[error("the server has no tool {name}")]
    NoTool { name: String },
    #[error("the server did not ask")]
    NotAsked,
}
