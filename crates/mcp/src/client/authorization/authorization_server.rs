use deputy_http::{ReadResponse as _, Response};
use serde::{Deserialize, Serialize};

use crate::client::address::{Address, Reach};
use crate::client::authorization::error::{AuthorizationError, Document};

/// An authorization server, as its metadata say (RFC 8414, 2; OpenID Connect Discovery 1.0, 3). Only
/// [`server_metadata_response`] makes one: issuer, addresses and PKCE are checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationServer {
    /// Its identifier, to the letter.
    pub issuer: String,
    /// Where the user goes.
    pub authorization_endpoint: String,
    /// Where codes and refresh tokens are exchanged.
    pub token_endpoint: String,
    /// RFC 7591
    #[serde(default)]
    pub registration_endpoint: Option<String>,
    /// RFC 7009
    #[serde(default)]
    pub revocation_endpoint: Option<String>,
    /// Scopes that it tells of.
    #[serde(default)]
    pub scopes_supported: Vec<String>,
    /// How clients prove who they are; `None` means `client_secret_basic` (RFC 8414, 2).
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// RFC 7636, 4.2
    #[serde(default)]
    pub code_challenge_methods_supported: Vec<String>,
    /// Whether a client id may be the address of a metadata document.
    #[serde(default)]
    pub client_id_metadata_document_supported: bool,
    /// Whether `iss` comes with each callback (RFC 9207, 3).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// Where the metadata of an issuer may be, in the order in which to ask (MCP 2026-07-28, "Authorization Server Metadata Discovery").
pub fn server_metadata_urls(issuer: &Address, reach: Reach) -> Vec<Address> {
    const OAUTH: &str = "/.well-known/oauth-authorization-server";
    const OPENID: &str = "/.well-known/openid-configuration";
    let path = issuer.path().trim_end_matches('/');
    let mut references = vec![format!("{OAUTH}{path}"), format!("{OPENID}{path}")];
    if !path.is_empty() {
        references.push(format!("{path}{OPENID}"));
    }
    references.iter().filter_map(|reference| issuer.join(reference, reach).ok()).collect()
}

/// The answer of one of the [`server_metadata_urls`]. `None`: there is none here, ask at the next.
///
/// Errors: another issuer's, an endpoint that is not spoken to, no PKCE with S256.
pub fn server_metadata_response(
    response: &Response,
    issuer: &Address,
    reach: Reach,
) -> Result<Option<AuthorizationServer>, AuthorizationError> {
    if !response.status().is_success() {
        return Ok(None);
    }
    let document = Document::AuthorizationServer;
    let metadata: AuthorizationServer = response.json().map_err(|_| AuthorizationError::Malformed { document })?;
    if metadata.issuer != issuer.as_str() {
        return Err(AuthorizationError::ServerMismatch);
    }
    let optional = [&metadata.registration_endpoint, &metadata.revocation_endpoint];
    let endpoints = optional.into_iter().flatten().chain([&metadata.authorization_endpoint, &metadata.token_endpoint]);
    for endpoint in endpoints {
        Address::parse(endpoint, reach)?;
    }
    if !metadata.code_challenge_methods_supported.iter().any(|method| method == "S256") {
        return Err(AuthorizationError::NoPkce);
    }
    Ok(Some(metadata))
}

#[cfg(test)]
mod tests {
    use deputy_http::response;
    use serde_json::{Value, json};

    use super::*;
    use crate::client::address::AddressError;

    const ISSUER: &str = "https://as.example/tenant";

    fn read(change: impl FnOnce(&mut Value)) -> Result<Option<AuthorizationServer>, AuthorizationError> {
        let mut document = json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://as.example/authorize",
            "token_endpoint": "https://as.example/token",
            "registration_endpoint": "https://as.example/register",
            "code_challenge_methods_supported": ["plain", "S256"],
        });
        change(&mut document);
        let issuer = Address::parse(ISSUER, Reach::Public).unwrap();
        server_metadata_response(&response(200, document.to_string()), &issuer, Reach::Public)
    }

    #[test]
    fn the_order_of_discovery() {
        let urls = |issuer: &str| {
            let issuer = Address::parse(issuer, Reach::Public).unwrap();
            server_metadata_urls(&issuer, Reach::Public)
                .into_iter()
                .map(|url| url.as_str().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            urls(ISSUER),
            [
                "https://as.example/.well-known/oauth-authorization-server/tenant",
                "https://as.example/.well-known/openid-configuration/tenant",
                "https://as.example/tenant/.well-known/openid-configuration",
            ]
        );
        for issuer in ["https://as.example", "https://as.example/"] {
            assert_eq!(
                urls(issuer),
                [
                    "https://as.example/.well-known/oauth-authorization-server",
                    "https://as.example/.well-known/openid-configuration"
                ]
            );
        }
    }

    #[test]
    fn the_issuer_is_the_one_that_was_asked_for_to_the_letter() {
        assert!(read(|_| {}).unwrap().is_some());
        for other in ["https://as.example/tenant/", "https://AS.example/tenant", "https://evil.example/tenant", ""] {
            assert_eq!(
                read(|document| document["issuer"] = other.into()),
                Err(AuthorizationError::ServerMismatch),
                "{other}"
            );
        }
    }

    #[test]
    fn pkce_is_required() {
        for methods in [json!([]), json!(["plain"])] {
            let read = read(|document| document["code_challenge_methods_supported"] = methods);
            assert_eq!(read, Err(AuthorizationError::NoPkce));
        }
        let absent = read(|document| {
            document.as_object_mut().unwrap().remove("code_challenge_methods_supported");
        });
        assert_eq!(absent, Err(AuthorizationError::NoPkce));
    }

    #[test]
    fn no_endpoint_leads_into_a_private_network() {
        for member in ["authorization_endpoint", "token_endpoint", "registration_endpoint", "revocation_endpoint"] {
            let private = read(|document| document[member] = "https://169.254.169.254/".into());
            assert_eq!(private, Err(AuthorizationError::Address(AddressError::NotPublic)), "{member}");
            let script = read(|document| document[member] = "javascript:alert(1)".into());
            assert_eq!(script, Err(AuthorizationError::Address(AddressError::NotAnAddress)), "{member}");
        }
    }

    #[test]
    fn what_is_not_there_and_what_is_no_document() {
        let issuer = Address::parse(ISSUER, Reach::Public).unwrap();
        assert_eq!(server_metadata_response(&response(404, ""), &issuer, Reach::Public), Ok(None));
        let malformed = AuthorizationError::Malformed { document: Document::AuthorizationServer };
        assert_eq!(server_metadata_response(&response(200, "<html>"), &issuer, Reach::Public), Err(malformed));
    }
}
