use serde::{Deserialize, Serialize};

/// What is read of the tenant's metadata (RFC 8414, 2).
#[derive(Debug, Clone, Deserialize)]
pub struct Tenants {
    jwks_uri: String,
    registration_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    client_id_metadata_document_supported: bool,
}

/// Metadata of the façade: its own endpoints, and of what the tenant can do only what passes here.
#[derive(Debug, Serialize)]
pub struct Published {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_endpoint: Option<String>,
    jwks_uri: String,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 2],
    token_endpoint_auth_methods_supported: Vec<String>,
    code_challenge_methods_supported: [&'static str; 1],
    client_id_metadata_document_supported: bool,
}

/// The document at the MCP server's own origin, which is also its issuer: where a client has found it (RFC 8414, 3.3).
pub fn published(server_url: &str, tenants: Tenants) -> Published {
    let origin = &origin_of(server_url);
    // An assertion names the endpoint it is for, and that would be ours.
    let methods = ["none", "client_secret_post", "client_secret_basic"];
    let methods = methods
        .into_iter()
        .filter(|method| tenants.token_endpoint_auth_methods_supported.iter().any(|one| one == method));
    Published {
        issuer: origin.clone(),
        authorization_endpoint: format!("{origin}/authorize"),
        token_endpoint: format!("{origin}/token"),
        registration_endpoint: tenants.registration_endpoint.as_ref().map(|_| format!("{origin}/register")),
        jwks_uri: tenants.jwks_uri,
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: ["authorization_code", "refresh_token"],
        token_endpoint_auth_methods_supported: methods.map(str::to_owned).collect(),
        code_challenge_methods_supported: ["S256"],
        client_id_metadata_document_supported: tenants.client_id_metadata_document_supported,
    }
}

fn origin_of(url: &str) -> String {
    url.split('/').take(3).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_tenant_cannot_do_is_not_promised() {
        let tenants = json!({
            "jwks_uri": "https://tenant.example/.well-known/jwks.json",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "none"],
        });
        let read = |tenants| published("https://a.example/mcp", serde_json::from_value(tenants).unwrap());
        let plain = read(tenants.clone());
        assert_eq!(
            (plain.issuer.as_str(), plain.authorization_endpoint.as_str()),
            ("https://a.example", "https://a.example/authorize")
        );
        assert!(plain.registration_endpoint.is_none() && !plain.client_id_metadata_document_supported);
        assert_eq!(plain.token_endpoint_auth_methods_supported, ["none", "client_secret_post"]);
        let mut open = tenants;
        open["registration_endpoint"] = json!("https://tenant.example/oidc/register");
        assert_eq!(read(open).registration_endpoint.as_deref(), Some("https://a.example/register"));
    }

    /// MC-15: what is served under two names names itself by the one that clients of `/mcp` know.
    #[test]
    fn mc_15_the_issuer_is_the_origin_of_the_mcp_server() {
        let tenants = || serde_json::from_value(json!({ "jwks_uri": "https://tenant.example/jwks" })).unwrap();
        for (url, origin) in [
            ("https://mcp.example/mcp", "https://mcp.example"),
            ("http://localhost:3001/", "http://localhost:3001"),
            ("https://mcp", "https://mcp"),
        ] {
            let document = published(url, tenants());
            assert_eq!((document.issuer.as_str(), document.token_endpoint), (origin, format!("{origin}/token")));
        }
    }
}
