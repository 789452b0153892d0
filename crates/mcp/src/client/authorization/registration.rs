use deputy_http::{BuildRequest as _, ReadResponse as _, Request, Response, Secret};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::authorization::ClientMetadata;
use crate::client::address::{Address, Reach};
use crate::client::authorization::authorization_server::AuthorizationServer;
use crate::client::authorization::challenge::printable;
use crate::client::authorization::error::{AuthorizationError, Document};

/// What the client is at one authorization server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The authorization server that it is good at. `None`: entered by hand and not used yet, good at the first that is asked.
    pub issuer: Option<String>,
    /// RFC 6749, 2.2
    pub client_id: String,
    /// RFC 6749, 2.3.1
    pub client_secret: Option<Secret>,
    /// How the client proves who it is.
    pub authentication: ClientAuthentication,
    /// Where it is from.
    pub source: ClientSource,
    /// When the secret ends, milliseconds since the epoch.
    pub expires_at: Option<u64>,
}

impl ClientCredentials {
    /// A client that somebody has registered by hand.
    pub fn preregistered(client_id: impl Into<String>, client_secret: Option<Secret>) -> Self {
        Self {
            issuer: None,
            client_id: client_id.into(),
            client_secret,
            authentication: ClientAuthentication::None,
            source: ClientSource::Preregistered,
            expires_at: None,
        }
    }
}

/// How a client proves who it is at the token endpoint (RFC 7591, 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::EnumString, strum::IntoStaticStr)]
pub enum ClientAuthentication {
    /// Not at all: a public client.
    #[serde(rename = "none")]
    #[strum(serialize = "none")]
    None,
    /// HTTP Basic (RFC 6749, 2.3.1).
    #[serde(rename = "client_secret_basic")]
    #[strum(serialize = "client_secret_basic")]
    Basic,
    /// In the form (RFC 6749, 2.3.1).
    #[serde(rename = "client_secret_post")]
    #[strum(serialize = "client_secret_post")]
    Post,
}

impl ClientAuthentication {
    /// The best that the server takes: a secret that only the two know is better than none.
    fn of_server(server: &AuthorizationServer) -> Self {
        let Some(methods) = &server.token_endpoint_auth_methods_supported else { return Self::Basic };
        let listed = |method: &Self| methods.iter().any(|listed| listed == <&str>::from(*method));
        [Self::Basic, Self::Post].into_iter().find(listed).unwrap_or(Self::None)
    }
}

/// Where a client's credentials are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientSource {
    /// Registered by hand.
    Preregistered,
    /// The id is the address of a metadata document.
    MetadataDocument,
    /// RFC 7591
    Registered,
}

/// The client to log in with (MCP 2026-07-28, "Client Registration"): the one that is known, if it is this authorization server's;
/// else the metadata document's address, where the server takes that. `None`: [`registration_request`] comes first.
///
/// Errors: the client was registered by hand, with another authorization server; there is no way to register.
pub fn choose_client(
    server: &AuthorizationServer,
    known: Option<&ClientCredentials>,
    metadata: &ClientMetadata,
    now_ms: u64,
) -> Result<Option<ClientCredentials>, AuthorizationError> {
    if let Some(known) = known {
        let bound = known.issuer.as_deref();
        if known.source == ClientSource::Preregistered {
            if bound.is_some_and(|issuer| issuer != server.issuer) {
                return Err(AuthorizationError::OtherServersClient);
            }
            let secret = known.client_secret.is_some();
            let authentication =
                if secret { ClientAuthentication::of_server(server) } else { ClientAuthentication::None };
            return Ok(Some(ClientCredentials {
                issuer: Some(server.issuer.clone()),
                authentication,
                ..known.clone()
            }));
        }
        if bound == Some(&server.issuer) && known.expires_at.is_none_or(|ends| ends > now_ms) {
            return Ok(Some(known.clone()));
        }
    }
    if server.client_id_metadata_document_supported && is_document_address(&metadata.client_id) {
        return Ok(Some(ClientCredentials {
            issuer: Some(server.issuer.clone()),
            client_id: metadata.client_id.clone(),
            client_secret: None,
            authentication: ClientAuthentication::None,
            source: ClientSource::MetadataDocument,
            expires_at: None,
        }));
    }
    if server.registration_endpoint.is_some() { Ok(None) } else { Err(AuthorizationError::NoRegistration) }
}

/// OAuth Client ID Metadata Document, 3: https, with a path.
fn is_document_address(url: &str) -> bool {
    url.strip_prefix("https://").and_then(|rest| rest.split_once('/')).is_some_and(|(_, path)| !path.is_empty())
}

/// Registers the client (RFC 7591, 3.1; OpenID Connect Dynamic Client Registration 1.0, 2 `application_type`).
///
/// Errors: the server has no endpoint for that.
pub fn registration_request(
    server: &AuthorizationServer,
    metadata: &ClientMetadata,
) -> Result<Request, AuthorizationError> {
    let endpoint = server.registration_endpoint.as_deref().ok_or(AuthorizationError::NoRegistration)?;
    let is_local = |url: &String| {
        Address::parse(url, Reach::PublicAndLoopback).is_ok() && Address::parse(url, Reach::Public).is_err()
    };
    let application_type = if metadata.redirect_uris.iter().any(is_local) { "native" } else { "web" };
    let body = json!({
        "client_name": metadata.client_name,
        "client_uri": metadata.client_uri,
        "redirect_uris": metadata.redirect_uris,
        "grant_types": metadata.grant_types,
        "response_types": metadata.response_types,
        "token_endpoint_auth_method": <&str>::from(ClientAuthentication::of_server(server)),
        "application_type": application_type,
    });
    Ok(deputy_http::post(endpoint).header("accept", "application/json").json(&body))
}

/// RFC 7591, 3.2: the client as the authorization server knows it now.
pub fn registration_response(
    server: &AuthorizationServer,
    response: &Response,
) -> Result<ClientCredentials, AuthorizationError> {
    #[derive(Deserialize)]
    struct Registered {
        client_id: String,
        client_secret: Option<Secret>,
        client_secret_expires_at: Option<u64>,
        token_endpoint_auth_method: Option<String>,
    }
    #[derive(Deserialize, Default)]
    struct Refused {
        error: Option<String>,
        error_description: Option<String>,
    }
    if response.status().is_server_error() {
        return Err(AuthorizationError::Down { status: Some(response.status().as_u16()) });
    }
    if !response.status().is_success() {
        let refused: Refused = response.json().unwrap_or_default();
        return Err(AuthorizationError::RegistrationRefused {
            error: printable(refused.error.as_deref().unwrap_or("unknown"), 80),
            description: printable(&refused.error_description.unwrap_or_default(), 300),
        });
    }
    let malformed = AuthorizationError::Malformed { document: Document::Registration };
    let registered: Registered = response.json().map_err(|_| malformed.clone())?;
    let client_secret = registered.client_secret.filter(|secret| !secret.is_empty());
    let authentication = match registered.token_endpoint_auth_method {
        Some(method) => method.parse().map_err(|_| malformed.clone())?,
        None => ClientAuthentication::of_server(server),
    };
    if registered.client_id.is_empty() {
        return Err(malformed);
    }
    Ok(ClientCredentials {
        issuer: Some(server.issuer.clone()),
        client_id: registered.client_id,
        authentication: if client_secret.is_some() { authentication } else { ClientAuthentication::None },
        client_secret,
        source: ClientSource::Registered,
        expires_at: registered.client_secret_expires_at.filter(|ends| *ends > 0).map(|ends| ends.saturating_mul(1000)),
    })
}

#[cfg(test)]
mod tests {
    use deputy_http::response;
    use serde_json::Value;

    use super::*;

    fn server(change: impl FnOnce(&mut AuthorizationServer)) -> AuthorizationServer {
        let mut server: AuthorizationServer = serde_json::from_value(json!({
            "issuer": "https://as.example",
            "authorization_endpoint": "https://as.example/authorize",
            "token_endpoint": "https://as.example/token",
            "registration_endpoint": "https://as.example/register",
            "client_id_metadata_document_supported": true,
        }))
        .unwrap();
        change(&mut server);
        server
    }

    fn metadata(origin: &str) -> ClientMetadata {
        ClientMetadata::of_application("Deputy", origin, "/auth/mcp/callback")
    }

    fn methods(methods: &[&str]) -> Option<Vec<String>> {
        Some(methods.iter().map(|method| (*method).to_owned()).collect())
    }

    #[test]
    fn by_hand_then_document_then_registration_mc_25() {
        let app = metadata("https://app.example");
        let by_hand = ClientCredentials::preregistered("mine", Some(Secret::new("s")));
        let chosen = choose_client(&server(|_| {}), Some(&by_hand), &app, 0).unwrap().unwrap();
        assert_eq!((chosen.client_id.as_str(), chosen.authentication), ("mine", ClientAuthentication::Basic));
        let chosen = choose_client(&server(|_| {}), None, &app, 0).unwrap().unwrap();
        assert_eq!(
            (chosen.client_id.as_str(), chosen.source),
            (app.client_id.as_str(), ClientSource::MetadataDocument)
        );
        let without = server(|server| server.client_id_metadata_document_supported = false);
        assert_eq!(choose_client(&without, None, &app, 0), Ok(None));
        // A document at http://localhost is one that nobody can fetch.
        assert_eq!(choose_client(&server(|_| {}), None, &metadata("http://localhost:8787"), 0), Ok(None));
        let neither = server(|server| {
            server.client_id_metadata_document_supported = false;
            server.registration_endpoint = None;
        });
        assert_eq!(choose_client(&neither, None, &app, 0), Err(AuthorizationError::NoRegistration));
    }

    #[test]
    fn credentials_are_bound_to_their_issuer() {
        let app = metadata("https://app.example");
        let without = |issuer: &str| {
            server(|server| {
                server.issuer = issuer.to_owned();
                server.client_id_metadata_document_supported = false;
            })
        };
        let (first, second) = (without("https://one.example"), without("https://two.example"));
        let registered =
            registration_response(&first, &response(201, r#"{"client_id":"c","client_secret":"s"}"#)).unwrap();
        assert_eq!(choose_client(&first, Some(&registered), &app, 0), Ok(Some(registered.clone())));
        assert_eq!(choose_client(&second, Some(&registered), &app, 0), Ok(None));
        let ended = ClientCredentials { expires_at: Some(5), ..registered };
        assert_eq!(choose_client(&first, Some(&ended), &app, 5), Ok(None));
        let by_hand = ClientCredentials::preregistered("mine", None);
        let bound = choose_client(&first, Some(&by_hand), &app, 0).unwrap().unwrap();
        assert_eq!(choose_client(&second, Some(&bound), &app, 0), Err(AuthorizationError::OtherServersClient));
    }

    #[test]
    fn what_is_registered() {
        let body = |origin: &str, supported: Option<Vec<String>>| {
            let server = server(|server| server.token_endpoint_auth_methods_supported = supported);
            let request = registration_request(&server, &metadata(origin)).unwrap();
            serde_json::from_slice::<Value>(request.body()).unwrap()
        };
        let web = body("https://app.example", None);
        assert_eq!(
            (&web["application_type"], &web["token_endpoint_auth_method"]),
            (&json!("web"), &json!("client_secret_basic"))
        );
        assert_eq!(web["grant_types"], json!(["authorization_code", "refresh_token"]));
        let native = body("http://localhost:8787", methods(&["none", "private_key_jwt"]));
        assert_eq!(
            (&native["application_type"], &native["token_endpoint_auth_method"]),
            (&json!("native"), &json!("none"))
        );
        assert_eq!(
            body("https://app.example", methods(&["client_secret_post"]))["token_endpoint_auth_method"],
            "client_secret_post"
        );
    }

    #[test]
    fn how_the_client_proves_who_it_is() {
        let authentication = |supported: Option<Vec<String>>, body: Value| {
            let server = server(|server| server.token_endpoint_auth_methods_supported = supported);
            registration_response(&server, &response(201, body.to_string())).map(|client| client.authentication)
        };
        let secret = json!({ "client_id": "c", "client_secret": "s" });
        assert_eq!(authentication(None, secret.clone()), Ok(ClientAuthentication::Basic));
        assert_eq!(authentication(methods(&["none"]), secret.clone()), Ok(ClientAuthentication::None));
        assert_eq!(authentication(methods(&["client_secret_post"]), secret), Ok(ClientAuthentication::Post));
        assert_eq!(authentication(None, json!({ "client_id": "c" })), Ok(ClientAuthentication::None));
        let told =
            |method: &str| json!({ "client_id": "c", "client_secret": "s", "token_endpoint_auth_method": method });
        assert_eq!(authentication(None, told("client_secret_post")), Ok(ClientAuthentication::Post));
        let malformed = Err(AuthorizationError::Malformed { document: Document::Registration });
        assert_eq!(authentication(None, told("private_key_jwt")), malformed);
        assert_eq!(authentication(None, json!({ "client_id": "" })), malformed);
        assert_eq!(authentication(None, json!({})), malformed);
    }

    #[test]
    fn a_refusal_says_why() {
        let refused = registration_response(
            &server(|_| {}),
            &response(400, "{\"error\":\"invalid_redirect_uri\",\"error_description\":\"a\\nb\"}"),
        );
        let expected = ("invalid_redirect_uri".to_owned(), "a b".to_owned());
        assert_eq!(
            refused,
            Err(AuthorizationError::RegistrationRefused { error: expected.0, description: expected.1 })
        );
        assert_eq!(
            registration_response(&server(|_| {}), &response(502, "")),
            Err(AuthorizationError::Down { status: Some(502) })
        );
    }
}
