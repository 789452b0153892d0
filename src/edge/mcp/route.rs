/// The routes of the MCP server and of its authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum McpRoute {
    /// `/mcp`
    Endpoint,
    /// `/.well-known/oauth-protected-resource` and `…/mcp`
    ProtectedResource,
    /// `/.well-known/oauth-client.json`
    ClientMetadata,
}

impl McpRoute {
    /// The route below `/.well-known/`.
    pub fn well_known(name: &str, path: Option<&str>) -> Option<Self> {
        match (name, path) {
            ("oauth-protected-resource", None | Some("mcp")) => Some(Self::ProtectedResource),
            ("oauth-client.json", None) => Some(Self::ClientMetadata),
            _ => None,
        }
    }

    /// The template that log lines show.
    pub fn template(self) -> &'static str {
        match self {
            Self::Endpoint => "/mcp",
            Self::ProtectedResource => "/.well-known/oauth-protected-resource",
            Self::ClientMetadata => "/.well-known/oauth-client.json",
        }
    }

    /// The methods it answers.
    pub fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Endpoint => &["GET", "POST", "DELETE", "OPTIONS"],
            Self::ProtectedResource | Self::ClientMetadata => &["GET", "OPTIONS"],
        }
    }
}
