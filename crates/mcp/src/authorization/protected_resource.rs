use serde::{Deserialize, Serialize};

/// Where a protected resource's metadata is, in front of the resource's own path (RFC 9728, 3).
pub const PROTECTED_RESOURCE_PATH: &str = "/.well-known/oauth-protected-resource";

/// Where Deputy's client-id metadata document is.
pub const CLIENT_METADATA_PATH: &str = "/.well-known/oauth-client.json";

/// Metadata of a protected resource (RFC 9728, 2). Members that say nothing are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtectedResource {
    /// The resource's identifier, which is also what its tokens have as audience.
    pub resource: String,
    /// Issuers of the authorization servers that issue tokens for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_servers: Vec<String>,
    /// Scopes to ask for at first. More are asked for when a call needs them (RFC 6750, 3.1 `insufficient_scope`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    /// How a token may be sent; of RFC 6750 only `header` is safe.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bearer_methods_supported: Vec<String>,
    /// Name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
}

/// The address of the metadata of the resource at `url`: the well-known path is put between host and path, and a path that is only
/// a slash is none (RFC 9728, 3.1).
pub fn metadata_url(url: &str) -> String {
    let without_query = url.split(['?', '#']).next().unwrap_or_default();
    let after_scheme = without_query.find("://").map_or(0, |at| at.saturating_add(3));
    let (scheme, rest) = without_query.split_at_checked(after_scheme).unwrap_or(("", without_query));
    let (authority, path) = rest.find('/').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
    let path = if path == "/" { "" } else { path };
    format!("{scheme}{authority}{PROTECTED_RESOURCE_PATH}{path}")
}

/// Metadata of a client whose id is the address of this document (OAuth Client ID Metadata Document, 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientMetadata {
    /// The address of the document itself.
    pub client_id: String,
    /// Name for people.
    pub client_name: String,
    /// The client's home page.
    pub client_uri: String,
    /// Where the user comes back to; compared exactly.
    pub redirect_uris: Vec<String>,
    /// Grants it uses.
    pub grant_types: Vec<String>,
    /// Answers it wants of the authorization endpoint.
    pub response_types: Vec<String>,
    /// `none`: there is no secret between a client of this kind and a server it has never met.
    pub token_endpoint_auth_method: String,
}

impl ClientMetadata {
    /// Deputy's own document, of the application at this origin.
    pub fn of_application(name: &str, origin: &str, callback_path: &str) -> Self {
        let list = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        Self {
            client_id: format!("{origin}{CLIENT_METADATA_PATH}"),
            client_name: name.to_owned(),
            client_uri: origin.to_owned(),
            redirect_uris: vec![format!("{origin}{callback_path}")],
            grant_types: list(&["authorization_code", "refresh_token"]),
            response_types: list(&["code"]),
            token_endpoint_auth_method: "none".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mc_02_the_metadata_is_between_host_and_path() {
        for (url, expected) in [
            ("https://a.example/mcp", "https://a.example/.well-known/oauth-protected-resource/mcp"),
            ("https://a.example/x/mcp?y=1#z", "https://a.example/.well-known/oauth-protected-resource/x/mcp"),
            ("http://localhost:3001/", "http://localhost:3001/.well-known/oauth-protected-resource"),
            ("http://localhost:3001", "http://localhost:3001/.well-known/oauth-protected-resource"),
        ] {
            assert_eq!(metadata_url(url), expected, "{url}");
        }
    }

    #[test]
    fn mc_03_what_says_nothing_is_left_out() {
        let metadata = ProtectedResource {
            resource: "https://a.example/mcp".to_owned(),
            authorization_servers: vec!["https://tenant.example/".to_owned()],
            scopes_supported: Vec::new(),
            bearer_methods_supported: vec!["header".to_owned()],
            resource_name: None,
        };
        assert_eq!(
            deputy_http::json::write(&metadata),
            r#"{"resource":"https://a.example/mcp","authorization_servers":["https://tenant.example/"],"bearer_methods_supported":["header"]}"#
        );
    }

    #[test]
    fn mc_25_the_clients_id_is_its_documents_address() {
        let client = ClientMetadata::of_application("Deputy", "https://a.example", "/auth/mcp/callback");
        assert_eq!(client.client_id, "https://a.example/.well-known/oauth-client.json");
        assert_eq!(client.redirect_uris, ["https://a.example/auth/mcp/callback"]);
        assert_eq!(client.token_endpoint_auth_method, "none");
    }
}
