use super::documents::route::DocumentRoute;
use super::mcp::facade::route::FacadeRoute;
use super::mcp::route::McpRoute;

/// Every route of the Worker. Identifiers are as the path has them, unchecked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'a> {
    /// `/health`
    Health,
    /// `/`: served to everybody.
    Home,
    /// A client route that needs a session: `/c/:id`, `/connections`, `/schedules`, `/servers`, `/sessions`, `/documents`,
    /// `/documents/:id`.
    Page,
    /// A page nobody knows: needs a session too, then the client says "not found".
    UnknownPage,
    /// A file of the client build.
    File,
    /// `/robots.txt`
    Robots,
    /// `/page.css`: the style of the Worker's own pages.
    PageStyle,
    /// `/close`
    Close,
    /// `/close.js`
    CloseScript,
    /// `/auth/login`
    Login,
    /// `/auth/callback`
    Callback,
    /// `/auth/logout`
    Logout,
    /// `/auth/backchannel-logout`
    BackchannelLogout,
    /// `/auth/connect`
    Connect,
    /// `/auth/mcp/login`: into the log-in of an MCP server.
    McpLogin,
    /// `/auth/mcp/callback`
    McpCallback,
    /// `/user`
    User,
    /// `/api/environment`
    Environment,
    /// `/api/identity`: who the caller is, as the agent is told.
    Identity,
    /// `/check-open-ai-key`: the starter's front end asks whether a model is set up.
    CheckModel,
    /// `/api/chats`
    Chats,
    /// `/api/chats/:id`
    Chat(&'a str),
    /// `/api/connections`
    Connections,
    /// `/api/connections/:id`
    Connection(&'a str),
    /// `/api/identities`: the log-ins of the user.
    Identities,
    /// `/api/identities/:id`
    LinkedIdentity(&'a str),
    /// `/api/mcp-servers`
    McpServers,
    /// `/api/mcp-servers/:id`
    McpServer(&'a str),
    /// `/api/schedules`
    Schedules,
    /// `/api/schedules/:id`
    Schedule(&'a str),
    /// `/api/sessions`
    Sessions,
    /// `/api/sessions/:id`
    Session(&'a str),
    /// Below `/api/documents` and `/api/folders`.
    Documents(DocumentRoute<'a>),
    /// `/agents/chat/:id`
    ChatSocket(&'a str),
    /// `/agents/chat/:id/get-messages`
    ChatMessages(&'a str),
    /// `/chat`: the agent for clients with an access token.
    PostChat,
    /// `/chat/:id/stream`: the answer that runs there.
    ChatStream(&'a str),
    /// `/mcp` and what belongs to its authorization.
    Mcp(McpRoute),
    /// `/fga/…`: OpenFGA's API, for development.
    Fga,
    /// Anything else under `/api/`, `/agents/`, `/auth/`, `/.well-known/`.
    UnknownEndpoint,
}

impl<'a> Route<'a> {
    /// The route of a path.
    pub fn of(path: &'a str) -> Self {
        let mut segments = path.strip_prefix('/').unwrap_or(path).split('/');
        let parts =
            (segments.next().unwrap_or_default(), segments.next(), segments.next(), segments.next(), segments.next());
        match parts {
            ("", None, ..) => Self::Home,
            ("health", None, ..) => Self::Health,
            ("robots.txt", None, ..) => Self::Robots,
            ("page.css", None, ..) => Self::PageStyle,
            ("close", None, ..) => Self::Close,
            ("close.js", None, ..) => Self::CloseScript,
            ("user", None, ..) => Self::User,
            ("chat", None, ..) => Self::PostChat,
            ("check-open-ai-key", None, ..) => Self::CheckModel,
            ("chat", Some(id), Some("stream"), None, _) if !id.is_empty() => Self::ChatStream(id),
            ("auth", Some(name), None, ..) => match name {
                "login" => Self::Login,
                "callback" => Self::Callback,
                "logout" => Self::Logout,
                "backchannel-logout" => Self::BackchannelLogout,
                "connect" => Self::Connect,
                _ => Self::UnknownEndpoint,
            },
            ("auth", Some("mcp"), Some("login"), None, _) => Self::McpLogin,
            ("auth", Some("mcp"), Some("callback"), None, _) => Self::McpCallback,
            ("api", Some("environment"), None, ..) => Self::Environment,
            ("api", Some("identity"), None, ..) => Self::Identity,
            ("api", Some("chats"), None, ..) => Self::Chats,
            ("api", Some("chats"), Some(id), None, _) => Self::Chat(id),
            ("api", Some("connections"), None, ..) => Self::Connections,
            ("api", Some("connections"), Some(id), None, _) => Self::Connection(id),
            ("api", Some("identities"), None, ..) => Self::Identities,
            ("api", Some("identities"), Some(id), None, _) => Self::LinkedIdentity(id),
            ("api", Some("mcp-servers"), None, ..) => Self::McpServers,
            ("api", Some("mcp-servers"), Some(id), None, _) => Self::McpServer(id),
            ("api", Some("schedules"), None, ..) => Self::Schedules,
            ("api", Some("schedules"), Some(id), None, _) => Self::Schedule(id),
            ("api", Some("sessions"), None, ..) => Self::Sessions,
            ("api", Some("sessions"), Some(id), None, _) => Self::Session(id),
            ("api", Some("documents" | "folders"), ..) => {
                path.strip_prefix("/api/").and_then(DocumentRoute::of).map_or(Self::UnknownEndpoint, Self::Documents)
            }
            ("agents", Some("chat"), Some(id), None, _) => Self::ChatSocket(id),
            ("agents", Some("chat"), Some(id), Some("get-messages"), None) => Self::ChatMessages(id),
            ("fga", Some(_), ..) => Self::Fga,
            ("mcp", None, ..) => Self::Mcp(McpRoute::Endpoint),
            ("authorize", None, ..) => Self::Mcp(McpRoute::Facade(FacadeRoute::Authorize)),
            ("token", None, ..) => Self::Mcp(McpRoute::Facade(FacadeRoute::Token)),
            ("register", None, ..) => Self::Mcp(McpRoute::Facade(FacadeRoute::Register)),
            (".well-known", Some(name), below, None, _) => {
                McpRoute::well_known(name, below).map_or(Self::UnknownEndpoint, Self::Mcp)
            }
            ("api" | "agents" | "auth" | ".well-known", ..) => Self::UnknownEndpoint,
            ("connections" | "schedules" | "documents" | "servers" | "sessions", None, ..) => Self::Page,
            ("c" | "documents", Some(id), None, ..) if !id.is_empty() => Self::Page,
            _ if path.rsplit('/').next().is_some_and(|last| last.contains('.')) => Self::File,
            _ => Self::UnknownPage,
        }
    }

    /// The template that log lines show instead of the path.
    pub fn template(self) -> &'static str {
        match self {
            Self::Health => "/health",
            Self::Home => "/",
            Self::Page => "/page",
            Self::UnknownPage => "/*",
            Self::File => "/file",
            Self::Robots => "/robots.txt",
            Self::PageStyle => "/page.css",
            Self::Close => "/close",
            Self::CloseScript => "/close.js",
            Self::Login => "/auth/login",
            Self::Callback => "/auth/callback",
            Self::Logout => "/auth/logout",
            Self::BackchannelLogout => "/auth/backchannel-logout",
            Self::Connect => "/auth/connect",
            Self::McpLogin => "/auth/mcp/login",
            Self::McpCallback => "/auth/mcp/callback",
            Self::User => "/user",
            Self::Environment => "/api/environment",
            Self::Identity => "/api/identity",
            Self::CheckModel => "/check-open-ai-key",
            Self::Chats => "/api/chats",
            Self::Chat(_) => "/api/chats/:id",
            Self::Connections => "/api/connections",
            Self::Connection(_) => "/api/connections/:id",
            Self::Identities => "/api/identities",
            Self::LinkedIdentity(_) => "/api/identities/:id",
            Self::McpServers => "/api/mcp-servers",
            Self::McpServer(_) => "/api/mcp-servers/:id",
            Self::Schedules => "/api/schedules",
            Self::Schedule(_) => "/api/schedules/:id",
            Self::Sessions => "/api/sessions",
            Self::Session(_) => "/api/sessions/:id",
            Self::Documents(route) => route.template(),
            Self::ChatSocket(_) => "/agents/chat/:id",
            Self::ChatMessages(_) => "/agents/chat/:id/get-messages",
            Self::PostChat => "/chat",
            Self::ChatStream(_) => "/chat/:id/stream",
            Self::Mcp(route) => route.template(),
            Self::Fga => "/fga/*",
            Self::UnknownEndpoint => "/endpoint/*",
        }
    }

    /// The methods it answers, `HEAD` aside, which is answered wherever `GET` is.
    pub fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Logout => &["GET", "POST"],
            Self::BackchannelLogout => &["POST"],
            Self::PostChat => &["POST", "OPTIONS"],
            Self::ChatStream(_) => &["GET", "OPTIONS"],
            Self::Chats | Self::Identities | Self::McpServers => &["GET", "POST"],
            Self::Chat(_) | Self::McpServer(_) => &["GET", "PATCH", "DELETE"],
            Self::Connection(_) => &["PATCH", "DELETE"],
            Self::LinkedIdentity(_) | Self::Schedule(_) | Self::Session(_) => &["DELETE"],
            Self::Documents(route) => route.methods(),
            Self::Mcp(route) => route.methods(),
            _ => &["GET"],
        }
    }

    /// True if the route answers that method.
    pub fn answers(self, method: &str) -> bool {
        let method = if method == "HEAD" { "GET" } else { method };
        // An endpoint that is not there says so whatever it is asked; OpenFGA's API has words of its own for it.
        matches!(self, Self::UnknownEndpoint | Self::Fga) || self.methods().contains(&method)
    }
}

/// True for the identifiers Deputy makes. Others name nothing, and no object is asked for them (S-19).
pub fn is_identifier(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ua_03_everything_under_auth_is_the_login_layer_by_segment() {
        assert_eq!(Route::of("/auth/login"), Route::Login);
        assert_eq!(Route::of("/auth/nothing"), Route::UnknownEndpoint);
        assert_eq!(Route::of("/auth"), Route::UnknownEndpoint);
        assert_eq!(Route::of("/authority"), Route::UnknownPage);
    }

    #[test]
    fn ua_05_ua_06_pages_and_files_are_told_apart() {
        assert_eq!(Route::of("/"), Route::Home);
        assert_eq!(Route::of("/documents"), Route::Page);
        assert_eq!(Route::of("/documents/x1"), Route::Page);
        assert_eq!(Route::of("/documents/"), Route::UnknownPage);
        assert_eq!(Route::of("/documents/x1/more"), Route::UnknownPage);
        assert_eq!(Route::of("/c/abc"), Route::Page);
        assert_eq!(Route::of("/c/"), Route::UnknownPage);
        assert_eq!(Route::of("/assets/index-1.js"), Route::File);
        assert_eq!(Route::of("/robots.txt"), Route::Robots);
    }

    #[test]
    fn endpoints_and_their_ids() {
        assert_eq!(Route::of("/api/chats/x1"), Route::Chat("x1"));
        assert_eq!(Route::of("/api/identities"), Route::Identities);
        assert_eq!(Route::of("/api/identities/x1"), Route::LinkedIdentity("x1"));
        assert_eq!(Route::of("/check-open-ai-key"), Route::CheckModel);
        assert_eq!(Route::of("/fga/stores/x1/check"), Route::Fga);
        assert_eq!(Route::of("/chat/x1/stream"), Route::ChatStream("x1"));
        assert_eq!(Route::of("/chat/x1/stream/y"), Route::UnknownPage);
        assert_eq!(Route::of("/agents/chat/x1"), Route::ChatSocket("x1"));
        assert_eq!(Route::of("/agents/chat/x1/get-messages"), Route::ChatMessages("x1"));
        assert_eq!(Route::of("/api/documents/x1"), Route::Documents(DocumentRoute::Document("x1")));
        for unknown in [
            "/api/documents/x1/nothing",
            "/agents/other/x1",
            "/agents/chat/x1/more",
            "/agents/chat/x1/get-messages/y",
            "/api",
            "/api/x",
            "/api/chats/a/b",
        ] {
            assert_eq!(Route::of(unknown), Route::UnknownEndpoint, "{unknown}");
        }
    }

    #[test]
    fn mc_02_mc_17_the_mcp_server_and_its_metadata() {
        assert_eq!(Route::of("/mcp"), Route::Mcp(McpRoute::Endpoint));
        for path in ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"] {
            assert_eq!(Route::of(path), Route::Mcp(McpRoute::ProtectedResource), "{path}");
        }
        assert_eq!(Route::of("/.well-known/oauth-client.json"), Route::Mcp(McpRoute::ClientMetadata));
        // A client that looks for an authorization server here must learn that there is none, not be sent to a log-in page.
        for path in [
            "/.well-known/openid-configuration",
            "/.well-known/oauth-protected-resource/other",
            "/.well-known/oauth-protected-resource/mcp/x",
            "/.well-known",
        ] {
            assert_eq!(Route::of(path), Route::UnknownEndpoint, "{path}");
        }
        assert_eq!(Route::of("/mcp/x"), Route::UnknownPage);
    }

    #[test]
    fn s_17_nothing_changes_by_get() {
        assert!(Route::Logout.answers("POST"));
        assert!(!Route::of("/chat").answers("GET") && Route::PostChat.answers("OPTIONS"));
        assert!(Route::Chat("x").answers("GET") && !Route::Connection("x").answers("GET"));
        assert!(!Route::Chats.answers("DELETE"));
        assert!(!Route::LinkedIdentity("x").answers("GET") && !Route::Identities.answers("DELETE"));
        assert!(Route::Home.answers("HEAD"));
        assert!(!Route::Home.answers("POST"));
        assert!(Route::UnknownEndpoint.answers("PUT"));
    }

    #[test]
    fn s_19_only_our_own_identifiers_are_looked_up() {
        assert!(is_identifier("aB3-_"));
        for odd in ["", "a/b", "a%20b", "ä", &"x".repeat(65)] {
            assert!(!is_identifier(odd), "{odd}");
        }
    }
}
