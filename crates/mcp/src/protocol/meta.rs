//! Names of members of `_meta`.

/// Revision of a request (2026-07-28).
pub const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// Who asks, an [`Implementation`](super::Implementation) (2026-07-28).
pub const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";
/// What who asks can, [`ClientCapabilities`](super::ClientCapabilities) (2026-07-28).
pub const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// From which [`LoggingLevel`](super::LoggingLevel) on the request's log messages are wanted (2026-07-28).
pub const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
/// The id of the request `subscriptions/listen` that a notification belongs to (2026-07-28).
pub const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";
/// Who answers, an [`Implementation`](super::Implementation) (2026-07-28).
pub const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
/// The token by which progress of a request is told.
pub const PROGRESS_TOKEN: &str = "progressToken";
