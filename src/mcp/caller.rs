use deputy_agent::VerifiedUser;
use deputy_mcp::authorization::{Access, Granted, decide};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Who calls the MCP server: the bearer of an access token for it, verified, and kept by the user's account for as long as it lives.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct McpCaller {
    /// Name of the user's account object.
    pub account: String,
    /// `sub`
    pub subject: String,
    /// The session that the account keeps the token as. The token itself goes nowhere else.
    pub session: String,
    /// When the token ends, milliseconds since the epoch.
    pub expires_at: u64,
    /// `azp` or `client_id`: the client that the token was issued to.
    pub client_id: String,
    /// `scope`
    pub scopes: Vec<String>,
    /// `permissions`; none where the API has no role-based access control.
    pub permissions: Option<Vec<String>>,
    /// The fields of the caller's identity, as the agent is told of a bearer (UA-17).
    pub identity: Map<String, Value>,
}

impl McpCaller {
    /// Who calls, as tools and the library know a user.
    pub fn user(&self) -> VerifiedUser {
        VerifiedUser::of(&self.subject, &self.identity)
    }

    /// The organisation that the user has logged in to, and the token is for.
    pub fn organisation(&self) -> Option<&str> {
        self.identity.get("org_id").and_then(Value::as_str)
    }

    /// May this caller use what needs these scopes (MC-07)?
    pub fn may(&self, required: &[&str]) -> Access {
        decide(required, Granted { scopes: &self.scopes, permissions: self.permissions.as_deref() })
    }

    /// What people are shown as the client's name. A token says only the client's id; of one that is an address, the host.
    pub fn client_name(&self) -> &str {
        let address = self.client_id.strip_prefix("https://").or_else(|| self.client_id.strip_prefix("http://"));
        address.and_then(|rest| rest.split('/').next()).filter(|host| !host.is_empty()).unwrap_or(&self.client_id)
    }
}

#[cfg(test)]
pub mod testing {
    use super::*;

    /// A caller with these scopes and permissions.
    pub fn caller(scopes: &[&str], permissions: Option<&[&str]>) -> McpCaller {
        let own = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        McpCaller {
            account: String::new(),
            subject: "auth0|ana".to_owned(),
            session: String::new(),
            expires_at: 0,
            client_id: "inspector".to_owned(),
            scopes: own(scopes),
            permissions: permissions.map(own),
            identity: Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_called_by_its_host_or_its_id() {
        let named = |client_id: &str| {
            McpCaller { client_id: client_id.to_owned(), ..testing::caller(&[], None) }.client_name().to_owned()
        };
        assert_eq!(named("https://claude.example/oauth/metadata.json"), "claude.example");
        assert_eq!(named("Ab3"), "Ab3");
        assert_eq!(named("https:///x"), "https:///x");
    }

    #[test]
    fn mc_07_three_roles() {
        let may = |permissions: &[&str], tool: &str| {
            testing::caller(&["tool:whoami", "tool:greet"], Some(permissions)).may(&[tool])
        };
        let admin = ["tool:whoami", "tool:greet"];
        assert_eq!(may(&admin, "tool:greet"), Access::Allowed);
        assert_eq!(may(&admin[..1], "tool:greet"), Access::Hidden);
        assert_eq!(may(&admin[..1], "tool:whoami"), Access::Allowed);
        assert_eq!(may(&[], "tool:whoami"), Access::Hidden);
    }
}
