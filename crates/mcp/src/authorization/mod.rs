//! The MCP server as an OAuth protected resource: what it publishes of itself (RFC 9728), how it refuses (RFC 6750, 3), and which
//! scopes and permissions open what.

mod challenge;
mod decision;
mod protected_resource;

pub use challenge::{BearerChallenge, ChallengeError};
pub use decision::{Access, Granted, decide};
pub use protected_resource::{
    CLIENT_METADATA_PATH, ClientMetadata, PROTECTED_RESOURCE_PATH, ProtectedResource, metadata_url,
};
