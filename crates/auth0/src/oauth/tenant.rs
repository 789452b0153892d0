use std::borrow::Cow;

use deputy_http::Secret;

use crate::endpoints::Endpoints;
use crate::issuer::Issuer;
use crate::oauth::client_assertion::{AssertionError, AssertionSigner, ClientAssertion, client_assertion};
use crate::randomness::Randomness;

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

impl Tenant {
    /// This tenant, ready for ONE request that authenticates the client: with `private_key_jwt` the client is given a
    /// fresh assertion, with a secret nothing has to be done. Build that one request from it, then prepare again.
    pub async fn prepared(
        &self,
        signer: &impl AssertionSigner,
        randomness: Randomness,
        now_ms: u64,
    ) -> Result<Cow<'_, Self>, AssertionError> {
        Ok(match self.client.prepared(&self.issuer, signer, randomness, now_ms).await? {
            Cow::Borrowed(_) => Cow::Borrowed(self),
            Cow::Owned(client) => Cow::Owned(Self { client, ..self.clone() }),
        })
    }
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
    /// `none`: a public client, such as a command line, can keep no secret (OpenID Connect Core 1.0, 9).
    None,
    /// `client_secret_post`: the secret in the body, which is what Auth0's own libraries send.
    SecretPost(Secret),
    /// `private_key_jwt` (OpenID Connect Core 1.0, 9), as the settings say it. A request needs an assertion: see
    /// [`Tenant::prepared`]. One built without it names the client only and is refused by the tenant.
    PrivateKeyJwt {
        /// `kid` the tenant gave the credential; it may be left out.
        key_id: Option<String>,
    },
    /// `private_key_jwt` with the assertion for one request. Only [`Client::prepared`] makes one.
    Assertion(ClientAssertion),
}

impl Client {
    /// A client that authenticates with a secret in the request body.
    pub fn with_secret(client_id: impl Into<String>, secret: Secret) -> Self {
        Self { client_id: client_id.into(), authentication: ClientAuthentication::SecretPost(secret) }
    }

    /// A public client: it names itself and proves nothing.
    pub fn public(client_id: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), authentication: ClientAuthentication::None }
    }

    /// A client that authenticates by signing assertions. The key itself stays with the [`AssertionSigner`].
    pub fn with_private_key(client_id: impl Into<String>, key_id: Option<String>) -> Self {
        Self { client_id: client_id.into(), authentication: ClientAuthentication::PrivateKeyJwt { key_id } }
    }

    /// This client, ready for one request; see [`Tenant::prepared`]. For a client that is not the tenant's own, such
    /// as the custom API client of the access-token exchange.
    pub async fn prepared(
        &self,
        issuer: &Issuer,
        signer: &impl AssertionSigner,
        randomness: Randomness,
        now_ms: u64,
    ) -> Result<Cow<'_, Self>, AssertionError> {
        let ClientAuthentication::PrivateKeyJwt { key_id } = &self.authentication else {
            return Ok(Cow::Borrowed(self));
        };
        let assertion =
            client_assertion(&self.client_id, issuer, key_id.as_deref(), signer, randomness, now_ms).await?;
        let authentication = ClientAuthentication::Assertion(assertion);
        Ok(Cow::Owned(Self { client_id: self.client_id.clone(), authentication }))
    }

    /// RFC 6749, 2.3.1; RFC 7523, 2.2: adds the client's credentials to a request.
    pub(crate) fn authenticate<'a>(&'a self, pairs: &mut Vec<(&'a str, &'a str)>) {
        const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        pairs.push(("client_id", &self.client_id));
        match &self.authentication {
            ClientAuthentication::SecretPost(secret) => pairs.push(("client_secret", secret.expose())),
            ClientAuthentication::None | ClientAuthentication::PrivateKeyJwt { .. } => {}
            ClientAuthentication::Assertion(assertion) => {
                pairs.push(("client_assertion_type", ASSERTION_TYPE));
                pairs.push(("client_assertion", assertion.expose()));
            }
        }
    }
}
