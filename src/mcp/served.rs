use deputy_http::json;
use deputy_mcp::server::Fault;
use deputy_mcp_worker::{Caller, Serves};
use serde::{Deserialize, Serialize};
use worker::Env;

use super::caller::McpCaller;
use super::product::Product;
use crate::config::Settings;

/// What is offered at `/mcp`.
pub struct Served;

/// A request's caller, as an object is told of it. No token.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    /// Who.
    pub caller: McpCaller,
    /// Correlation id.
    pub id: String,
    /// When, milliseconds since the epoch.
    pub now: u64,
}

impl Asked {
    /// The same for the endpoint. Sessions are of one user with one client in one organisation.
    pub fn caller(&self) -> Caller {
        let owner = json::write(&(&self.caller.account, &self.caller.client_id, self.caller.organisation()));
        Caller { owner, text: json::write(self) }
    }
}

impl Serves for Served {
    type Offer = Product;

    const BINDING: &'static str = "MCP_SESSION";

    async fn offer(env: &Env, caller: &str) -> Result<Product, Fault> {
        let Asked { caller, id, now } = json::read(caller.as_bytes()).map_err(|_| Fault::Unavailable)?;
        let settings = Settings::of(env).map_err(|_| Fault::Unavailable)?;
        Ok(Product { env: env.clone(), settings, caller, id, now })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mcp::caller::testing;

    /// MC-17: a token of another organisation is not of the session's caller.
    #[test]
    fn mc_17_a_session_is_of_one_organisation() {
        let owner = |organisation: Option<&str>| {
            let mut caller = testing::caller(&[], None);
            caller.identity.extend(organisation.map(|id| ("org_id".to_owned(), json!(id))));
            Asked { caller, id: String::new(), now: 0 }.caller().owner
        };
        assert_eq!(owner(Some("org_a")), owner(Some("org_a")));
        assert_ne!(owner(Some("org_a")), owner(Some("org_b")));
        assert_ne!(owner(Some("org_a")), owner(None));
    }
}
