use deputy_http::Secret;

use crate::{Endpoints, Issuer};

/// What Deputy knows of its Auth0 tenant and of itself there. Built once from the settings.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// The issuer, compared byte for byte with `iss`.
    pub issuer: Issuer,
    /// The web application.
    pub client: Client,
    /// Identifier of the agent's API (`AUTH0_AUDIENCE`).
    pub audience: Option<String>,
    /// The callback of login and connected accounts, exactly as registered.
    pub redirect_uri: String,
    /// Where the tenant's endpoints are.
    pub endpoints: Endpoints,
}

/// A client registered at the tenant (RFC 6749, 2).
#[derive(Debug, Clone)]
pub struct Client {
    /// Client identifier (RFC 6749, 2.2).
    pub client_id: String,
    /// How it proves who it is.
    pub authentication: ClientAuthentication,
}

/// Client authentication (RFC 6749, 2.3).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `client_secret_post`: the secret in the body, which is what Auth0's own libraries send.
    SecretPost(Secret),
}

impl Client {
    /// A client that authenticates with a secret in the request body.
    pub fn with_secret(client_id: impl Into<String>, secret: Secret) -> Self {
        Self { client_id: client_id.into(), authentication: ClientAuthentication::SecretPost(secret) }
    }

    /// RFC 6749, 2.3.1: adds the client's credentials to a token request.
    pub(crate) fn authenticate<'a>(&'a self, pairs: &mut Vec<(&'a str, &'a str)>) {
        pairs.push(("client_id", &self.client_id));
        match &self.authentication {
            ClientAuthentication::SecretPost(secret) => pairs.push(("client_secret", secret.expose())),
        }
    }
}
