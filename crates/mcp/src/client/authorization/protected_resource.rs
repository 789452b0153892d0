use deputy_http::{BuildRequest as _, ReadResponse as _, Request, Response};

use crate::authorization::{PROTECTED_RESOURCE_PATH, ProtectedResource};
use crate::client::address::{Address, Reach};
use crate::client::authorization::challenge::Challenge;
use crate::client::authorization::error::{AuthorizationError, Document};

/// A server that has no metadata, as revision 2025-03-26 had them: its own origin is the issuer.
pub(crate) fn resource_of_origin(server: &Address) -> ProtectedResource {
    ProtectedResource {
        resource: server.as_str().to_owned(),
        authorization_servers: vec![server.origin()],
        scopes_supported: Vec::new(),
        bearer_methods_supported: Vec::new(),
        resource_name: None,
    }
}

/// Where a server's metadata may be, in the order in which to ask: where the challenge says, else at the path of the server, else at
/// the root (MCP 2026-07-28, "Protected Resource Metadata Discovery Requirements"; RFC 9728, 3.1).
///
/// The challenge is believed for the server's own origin only: nobody sends the client to fetch something elsewhere.
pub fn resource_metadata_urls(server: &Address, challenge: &Challenge, reach: Reach) -> Vec<Address> {
    let told = challenge.resource_metadata.as_deref().and_then(|url| Address::parse(url, reach).ok());
    if let Some(told) = told.filter(|told| told.origin() == server.origin()) {
        return vec![told];
    }
    let path = server.path().trim_end_matches('/');
    let mut references = vec![PROTECTED_RESOURCE_PATH.to_owned()];
    if !path.is_empty() {
        references.insert(0, format!("{PROTECTED_RESOURCE_PATH}{path}"));
    }
    references.iter().filter_map(|reference| server.join(reference, reach).ok()).collect()
}

/// Asks for a metadata document.
pub fn metadata_request(url: &Address) -> Request {
    deputy_http::get(url.as_str()).header("accept", "application/json")
}

/// The answer of one of the [`resource_metadata_urls`]. `None`: there is none here, ask at the next.
///
/// Errors: the document is of another resource than the server (RFC 9728, 3.3), or names no authorization server.
pub fn resource_metadata_response(
    response: &Response,
    server: &Address,
    reach: Reach,
) -> Result<Option<ProtectedResource>, AuthorizationError> {
    if !response.status().is_success() {
        return if response.status().is_server_error() {
            Err(AuthorizationError::Down { status: Some(response.status().as_u16()) })
        } else {
            Ok(None)
        };
    }
    let document = Document::ProtectedResource;
    let metadata: ProtectedResource = response.json().map_err(|_| AuthorizationError::Malformed { document })?;
    let same = Address::parse(&metadata.resource, reach).is_ok_and(|resource| resource.contains(server));
    if !same {
        return Err(AuthorizationError::ResourceMismatch);
    }
    if metadata.authorization_servers.is_empty() {
        return Err(AuthorizationError::NoAuthorizationServer);
    }
    Ok(Some(metadata))
}

#[cfg(test)]
mod tests {
    use deputy_http::response;

    use super::*;

    fn server() -> Address {
        Address::parse("https://mcp.example/public/mcp", Reach::Public).unwrap()
    }

    fn urls(server: &str, resource_metadata: Option<&str>) -> Vec<String> {
        let server = Address::parse(server, Reach::Public).unwrap();
        let challenge = Challenge { resource_metadata: resource_metadata.map(str::to_owned), ..Challenge::default() };
        let urls = resource_metadata_urls(&server, &challenge, Reach::Public);
        urls.into_iter().map(|url| url.as_str().to_owned()).collect()
    }

    #[test]
    fn the_challenge_then_the_path_then_the_root() {
        let custom = "https://mcp.example/custom/metadata.json";
        assert_eq!(urls("https://mcp.example/public/mcp", Some(custom)), [custom]);
        let well_known = "https://mcp.example/.well-known/oauth-protected-resource";
        assert_eq!(
            urls("https://mcp.example/public/mcp?x=1", None),
            [format!("{well_known}/public/mcp"), well_known.to_owned()]
        );
        assert_eq!(urls("https://mcp.example/", None), [well_known]);
    }

    /// A pitfall of others: metadata elsewhere, at worst in a private network.
    #[test]
    fn metadata_of_another_origin_is_not_fetched() {
        for elsewhere in
            ["https://evil.example/x", "http://169.254.169.254/x", "https://mcp.example:8443/x", "not a URL"]
        {
            assert_eq!(
                urls("https://mcp.example/", Some(elsewhere)),
                urls("https://mcp.example/", None),
                "{elsewhere}"
            );
        }
    }

    #[test]
    fn the_resource_is_the_server_or_above_it() {
        let answer = |resource: &str| {
            let body = format!(
                r#"{{"resource":"{resource}","authorization_servers":["https://as.example"],"scopes_supported":["a"]}}"#
            );
            resource_metadata_response(&response(200, body), &server(), Reach::Public)
        };
        for good in ["https://mcp.example/public/mcp", "https://MCP.example/public/mcp/", "https://mcp.example"] {
            let metadata = answer(good).unwrap().unwrap();
            assert_eq!((metadata.resource.as_str(), metadata.scopes_supported), (good, vec!["a".to_owned()]));
        }
        for bad in
            ["https://evil.example/public/mcp", "https://mcp.example/other", "http://mcp.example/public/mcp", "mcp", ""]
        {
            assert_eq!(answer(bad), Err(AuthorizationError::ResourceMismatch), "{bad}");
        }
    }

    #[test]
    fn what_is_not_there_and_what_is_no_document() {
        let read =
            |status: u16, body: &str| resource_metadata_response(&response(status, body), &server(), Reach::Public);
        assert_eq!(read(404, "no"), Ok(None));
        assert_eq!(read(401, "{}"), Ok(None));
        assert_eq!(read(503, ""), Err(AuthorizationError::Down { status: Some(503) }));
        let malformed = Err(AuthorizationError::Malformed { document: Document::ProtectedResource });
        assert_eq!(read(200, "<html>"), malformed);
        assert_eq!(read(200, "{}"), malformed);
        let empty = r#"{"resource":"https://mcp.example","authorization_servers":[]}"#;
        assert_eq!(read(200, empty), Err(AuthorizationError::NoAuthorizationServer));
        assert_eq!(read(200, r#"{"resource":"https://mcp.example"}"#), Err(AuthorizationError::NoAuthorizationServer));
    }
}
