//! What anybody may read of the MCP server, and of Deputy as a client of others.

use deputy_mcp::authorization::{ClientMetadata, ProtectedResource};
use serde::Serialize;
use worker::Response;

use super::super::reply;
use super::super::visit::Visit;
use crate::config::Settings;
use crate::objects::Refusal;

/// Scopes to log in with: who the user is. What a tool needs beyond them is asked for when it is called.
pub const BASELINE_SCOPES: [&str; 3] = ["openid", "profile", "email"];

/// `GET /.well-known/oauth-protected-resource` (RFC 9728, 3): the tenant is the authorization server (MC-03).
pub fn protected_resource(visit: &Visit) -> Result<Response, Refusal> {
    published(&metadata(&visit.settings))
}

/// `GET /.well-known/oauth-client.json`: Deputy's client id at servers that it has never met is this address.
pub fn client(visit: &Visit) -> Result<Response, Refusal> {
    published(&ClientMetadata::of_application("Deputy", &visit.settings.base_url, "/auth/mcp/callback"))
}

fn metadata(settings: &Settings) -> ProtectedResource {
    ProtectedResource {
        resource: settings.mcp.audience.clone(),
        authorization_servers: vec![settings.tenant.issuer.as_str().to_owned()],
        scopes_supported: BASELINE_SCOPES.map(str::to_owned).to_vec(),
        bearer_methods_supported: vec!["header".to_owned()],
        resource_name: Some("Deputy".to_owned()),
    }
}

/// The same for everybody, and seldom another.
fn published(document: &impl Serialize) -> Result<Response, Refusal> {
    reply::with_header(reply::json(document)?, "cache-control", "public, max-age=300")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::settings;

    #[test]
    fn mc_03_the_resource_is_the_apis_identifier_and_the_tenant_its_server() {
        let settings = settings(&[("MCP_SERVER_URL", "http://localhost:3001/")]).unwrap();
        let metadata = metadata(&settings);
        assert_eq!(metadata.resource, "http://localhost:3001/");
        assert_eq!(metadata.authorization_servers, ["http://localhost:4400/"]);
        assert!(metadata.scopes_supported.iter().all(|scope| !scope.contains(':')), "baseline only");
    }
}
