use super::facade::route::FacadeRoute;

/// The routes of the MCP server and of its authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum McpRoute {
    /// `/mcp`
    Endpoint,
    /// `/.well-known/oauth-protected-resource` and `…/mcp`
    ProtectedResource,
    /// `/.well-known/oauth-client.json`
    ClientMetadata,
    /// The authorization server's endpoints on our own origin.
    Facade(FacadeRoute),
}

impl McpRoute {
    /// The route below `/.well-known/`.
    pub fn well_known(name: &str, path: Option<&str>) -> Option<Self> {
        match (name, path) {
            ("oauth-protected-resource", None | Some("mcp")) => Some(Self::ProtectedResource),
            ("oauth-client.json", None) => Some(Self::ClientMetadata),
            ("oauth-authorization-server", None) => Some(Self::Facade(FacadeRoute::Metadata)),
            _ => None,
        }
    }

    /// The template that log lines show.
    pub fn template(self) -> &'static str {
        match self {
            Self::Endpoint => "/mcp",
            Self::ProtectedResource => "/.well-known/oauth-protected-resource",
            Self::ClientMetadata => "/.well-known/oauth-client.json",
            Self::Facade(FacadeRoute::Metadata) => "/.well-known/oauth-authorization-server",
            Self::Facade(FacadeRoute::Authorize) => "/authorize",
            Self::Facade(FacadeRoute::Token) => "/token",
            Self::Facade(FacadeRoute::Register) => "/register",
        }
    }

    /// The methods it answers.
    pub fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Endpoint => &["GET", "POST", "DELETE", "OPTIONS"],
            Self::Facade(FacadeRoute::Authorize) => &["GET"],
            Self::Facade(FacadeRoute::Token | FacadeRoute::Register) => &["POST", "OPTIONS"],
            Self::ProtectedResource | Self::ClientMetadata | Self::Facade(FacadeRoute::Metadata) => &["GET", "OPTIONS"],
        }
    }
}
