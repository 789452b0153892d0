use deputy_auth0::{Client, ExchangeGrant, SubjectTokenType};
use deputy_error::Explained as _;

use super::SettingsProblem;
use super::reader::Reader;

/// The MCP server at `/mcp` as a protected resource.
#[derive(Debug, Clone)]
pub struct McpSettings {
    /// `MCP_SERVER_URL`: where clients find it, as they write it. Its metadata is at the well-known address in front of this path.
    pub server_url: String,
    /// `MCP_AUDIENCE`: identifier of the API at the tenant; the exact audience of every token, and the `resource` of the metadata.
    pub audience: String,
    /// `MCP_ALLOWED_CLIENTS`: whose tokens are accepted; none for every client that the tenant gave one for this audience.
    pub allowed_clients: Option<Vec<String>>,
    /// `MCP_AUTHORIZATION_FACADE`: the authorization server's endpoints on our own origin, too.
    pub facade: bool,
    /// `MCP_AUTH0_CLIENT_ID` and its secret: the client of this API at the tenant (`app_type` `resource_server`), which exchanges its
    /// callers' tokens, for other APIs' and in Token Vault.
    pub client: Option<Client>,
    /// The API that `greet` calls; none where it is not set up.
    pub protected_api: Option<ProtectedApi>,
}

/// The API that is called in the caller's name.
#[derive(Debug, Clone)]
pub struct ProtectedApi {
    /// `API_BASE_URL`, without a trailing slash.
    pub base_url: String,
    /// `API_AUTH0_AUDIENCE`: its identifier at the tenant.
    pub audience: String,
    /// `MCP_EXCHANGE` and `MCP_AUTH0_SUBJECT_TOKEN_TYPE`: how a token for it is obtained.
    pub grant: ExchangeGrant,
    /// `MCP_AUTH0_EXCHANGE_SCOPE`: what is asked for; sent only if it is set (MC-18).
    pub scope: Option<String>,
}

impl Reader<'_> {
    /// The settings of the MCP server: `MCP_…` and `API_…`.
    pub(super) fn mcp(&mut self, base_url: &str) -> McpSettings {
        let server_url = self.server_url(base_url);
        let audience = self.text("MCP_AUDIENCE", &server_url);
        if audience.chars().any(|c| c.is_whitespace() || c.is_control()) {
            self.invalid("MCP_AUDIENCE", "Set it to the identifier of the MCP server's API in the Auth0 dashboard.");
        }
        let client = self.client_pair("MCP_AUTH0_CLIENT_ID", "MCP_AUTH0_CLIENT_SECRET");
        McpSettings {
            server_url,
            audience,
            allowed_clients: self.client_list("MCP_ALLOWED_CLIENTS"),
            facade: self.flag("MCP_AUTHORIZATION_FACADE"),
            protected_api: self.protected_api(client.is_some()),
            client,
        }
    }

    /// As it is written: a slash at its end is part of an identifier.
    fn server_url(&mut self, base_url: &str) -> String {
        let setting = "MCP_SERVER_URL";
        let Some(url) = self.optional(setting) else { return format!("{base_url}/mcp") };
        let scheme = base_url.split("://").next().unwrap_or_default();
        let rest = url.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://"));
        let path = rest.and_then(|rest| rest.find('/').and_then(|at| rest.get(at..))).unwrap_or("/");
        if !rest.is_some_and(|rest| !rest.starts_with('/') && !rest.contains(['?', '#', '@', ' ', '\\']))
            || !matches!(path, "/" | "/mcp")
        {
            self.invalid(
                setting,
                "Set it to the address of the MCP server, such as https://deputy.example.com/mcp, with the scheme of BASE_URL and the path /mcp or none; or leave it out.",
            );
        }
        url
    }

    fn protected_api(&mut self, has_client: bool) -> Option<ProtectedApi> {
        let base_url = self.url("API_BASE_URL");
        let audience = self.optional("API_AUTH0_AUDIENCE");
        let grant = self.exchange_grant();
        let scope = self.optional("MCP_AUTH0_EXCHANGE_SCOPE");
        let missing = match (base_url, audience) {
            (Some(base_url), Some(audience)) if has_client => {
                return Some(ProtectedApi { base_url, audience, grant, scope });
            }
            (None, None) => return None,
            (Some(_), Some(_)) => "MCP_AUTH0_CLIENT_ID",
            (Some(_), None) => "API_AUTH0_AUDIENCE",
            (None, Some(_)) => "API_BASE_URL",
        };
        let fix = "To call an API for the callers of /mcp, set API_BASE_URL, API_AUTH0_AUDIENCE, MCP_AUTH0_CLIENT_ID and MCP_AUTH0_CLIENT_SECRET, or none of the first two.";
        self.refuse(missing, SettingsProblem::Contradictory, fix);
        None
    }

    fn exchange_grant(&mut self) -> ExchangeGrant {
        let kind = self.optional("MCP_AUTH0_SUBJECT_TOKEN_TYPE");
        let kind = kind.and_then(|kind| {
            let read = SubjectTokenType::parse(&kind);
            read.map_err(|error| self.invalid("MCP_AUTH0_SUBJECT_TOKEN_TYPE", error.developer_fix().into_owned())).ok()
        });
        match self.optional("MCP_EXCHANGE").as_deref() {
            None | Some("on-behalf-of") => {}
            Some("custom") => match kind {
                Some(kind) => return ExchangeGrant::Custom(kind),
                None => {
                    let fix = "Set it to the subject token type of the custom token exchange profile, or MCP_EXCHANGE to on-behalf-of.";
                    self.refuse("MCP_AUTH0_SUBJECT_TOKEN_TYPE", SettingsProblem::Missing, fix);
                }
            },
            Some(_) => self.invalid("MCP_EXCHANGE", "Set it to on-behalf-of or custom, or leave it out."),
        }
        ExchangeGrant::OnBehalfOf
    }
}

#[cfg(test)]
mod tests {
    use deputy_auth0::ExchangeGrant;

    use crate::config::SettingsProblem;
    use crate::config::testing::settings;

    const CLIENT: [(&str, &str); 2] = [("MCP_AUTH0_CLIENT_ID", "mcp"), ("MCP_AUTH0_CLIENT_SECRET", "mcp-secret-value")];
    const API: [(&str, &str); 2] =
        [("API_BASE_URL", "http://localhost:8787/"), ("API_AUTH0_AUDIENCE", "http://localhost:8787/")];

    #[test]
    fn mc_16_defaults_follow_the_application() {
        let mcp = settings(&[]).unwrap().mcp;
        assert_eq!(
            (mcp.server_url.as_str(), mcp.audience.as_str()),
            ("http://localhost:3000/mcp", "http://localhost:3000/mcp")
        );
        assert!(mcp.allowed_clients.is_none() && !mcp.facade && mcp.client.is_none() && mcp.protected_api.is_none());
        let set = settings(&[
            ("MCP_SERVER_URL", "http://localhost:3001/"),
            ("MCP_ALLOWED_CLIENTS", "one, two"),
            ("MCP_AUTHORIZATION_FACADE", "1"),
        ]);
        let mcp = set.unwrap().mcp;
        assert_eq!(
            (mcp.server_url.as_str(), mcp.audience.as_str()),
            ("http://localhost:3001/", "http://localhost:3001/")
        );
        assert_eq!(mcp.allowed_clients, Some(vec!["one".to_owned(), "two".to_owned()]));
        assert!(mcp.facade);
        let named = settings(&[("MCP_AUDIENCE", "urn:our:mcp")]).unwrap().mcp;
        assert_eq!((named.server_url.as_str(), named.audience.as_str()), ("http://localhost:3000/mcp", "urn:our:mcp"));
    }

    #[test]
    fn mc_20_the_exchange_is_set_up_whole_or_not_at_all() {
        let both = [CLIENT, API].concat();
        let mcp = settings(&both).unwrap().mcp;
        let api = mcp.protected_api.unwrap();
        assert_eq!((api.base_url.as_str(), api.audience.as_str()), ("http://localhost:8787", "http://localhost:8787/"));
        assert_eq!((api.grant, api.scope), (ExchangeGrant::OnBehalfOf, None));
        let custom = [
            ("MCP_EXCHANGE", "custom"),
            ("MCP_AUTH0_SUBJECT_TOKEN_TYPE", "urn:fastmcp:mcp"),
            ("MCP_AUTH0_EXCHANGE_SCOPE", "openid offline_access read:private"),
        ];
        let read = settings(&[&both[..], &custom[..]].concat()).unwrap();
        assert!(!format!("{read:?}").contains("mcp-secret-value"));
        let api = read.mcp.protected_api.unwrap();
        assert!(matches!(api.grant, ExchangeGrant::Custom(kind) if kind.as_str() == "urn:fastmcp:mcp"));
        assert_eq!(api.scope.as_deref(), Some("openid offline_access read:private"));
        for (given, setting, problem) in [
            (&API[..], "MCP_AUTH0_CLIENT_ID", SettingsProblem::Contradictory),
            (&API[..1], "API_AUTH0_AUDIENCE", SettingsProblem::Contradictory),
            (&API[1..], "API_BASE_URL", SettingsProblem::Contradictory),
            (&CLIENT[..1], "MCP_AUTH0_CLIENT_SECRET", SettingsProblem::Contradictory),
            (&custom[..1], "MCP_AUTH0_SUBJECT_TOKEN_TYPE", SettingsProblem::Missing),
        ] {
            let error = settings(given).unwrap_err();
            assert_eq!((error.setting, error.problem), (setting, problem));
        }
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (name, value) in [
            ("MCP_SERVER_URL", "https://localhost:3000/mcp"),
            ("MCP_SERVER_URL", "http://localhost:3000/other"),
            ("MCP_SERVER_URL", "http:///mcp"),
            ("MCP_SERVER_URL", "http://localhost:3000/mcp?x=1"),
            ("MCP_AUDIENCE", "two words"),
            ("MCP_ALLOWED_CLIENTS", ","),
            ("MCP_EXCHANGE", "somehow"),
            ("MCP_AUTH0_SUBJECT_TOKEN_TYPE", "urn:ietf:params:oauth:token-type:jwt"),
        ] {
            let error = settings(&[(name, value)]).unwrap_err();
            assert_eq!((error.setting, error.problem), (name, SettingsProblem::Invalid), "{value}");
        }
    }
}
