//! TV-05: the access token of a caller is exchanged by the client that the tenant has for the API the token is for: the agent's, or
//! the MCP server's.

use deputy_auth0::{Client, Misconfiguration};
use serde_json::Value;

use crate::account::sessions::Session;
use crate::config::Settings;
use crate::objects::Refusal;
use crate::platform::log::{Level, note_error};

/// The client of an API, and the settings that it is of.
pub struct ApiClient<'a> {
    /// None where it is not set.
    pub client: Option<&'a Client>,
    names: Names,
}

/// Names of settings.
#[derive(Debug, Clone, Copy)]
pub struct Names {
    id: &'static str,
    secret: &'static str,
    audience: &'static str,
}

const AGENT: Names =
    Names { id: "AUTH0_CUSTOM_API_CLIENT_ID", secret: "AUTH0_CUSTOM_API_CLIENT_SECRET", audience: "AUTH0_AUDIENCE" };
const MCP: Names = Names { id: "MCP_AUTH0_CLIENT_ID", secret: "MCP_AUTH0_CLIENT_SECRET", audience: "MCP_AUDIENCE" };

impl<'a> ApiClient<'a> {
    /// The client of the API that the session's token is for. Where both are one API, its one client may be set under either name.
    pub fn of(settings: &'a Settings, session: &Session) -> Self {
        let agent = settings.custom_api_client.as_ref();
        let mcp = settings.mcp.client.as_ref();
        let one = settings.tenant.audience.as_ref() == Some(&settings.mcp.audience);
        if !is_for(session, &settings.mcp.audience) || (one && mcp.is_none()) {
            return Self { client: agent, names: AGENT };
        }
        Self { client: mcp, names: MCP }
    }

    /// TV-06: there is none.
    pub fn missing(&self) -> Refusal {
        let Names { id, secret, .. } = self.names;
        let message = format!(
            "This app is not set up for callers with an access token: the settings {id} and {secret} are missing."
        );
        Refusal::new(503, "custom_api_client_missing", message)
    }

    /// How the settings are called.
    pub fn names(&self) -> Names {
        self.names
    }
}

impl Names {
    /// TV-06: the client's credentials are wrong, or it is not the client of the API that the token is for. None for what is no
    /// fault of the client.
    pub fn refused(self, cause: &Misconfiguration) -> Option<Refusal> {
        let Self { id, secret, audience } = self;
        let message = match cause {
            Misconfiguration::ClientCredentials => {
                format!("This app is not set up correctly: the tenant does not accept {id} with {secret}.")
            }
            Misconfiguration::GrantNotEnabled | Misconfiguration::AudienceNotAuthorized => format!(
                "This app is not set up correctly: {id} does not name the Custom API Client of the API in {audience}, or Token \
                 Vault is not enabled for it."
            ),
            _ => return None,
        };
        note_error(Level::Warn, "exchange_failed", cause);
        Some(Refusal::new(503, "custom_api_client_mismatch", message))
    }
}

fn is_for(session: &Session, audience: &str) -> bool {
    match session.claims().get("aud") {
        Some(Value::String(one)) => one == audience,
        Some(Value::Array(many)) => many.iter().any(|one| one == audience),
        _ => false,
    }
}
