use deputy_http::{BuildRequest, Method, ReadResponse, Request, Response, Secret, percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::token::{AccessToken, ClientCredentials, token_request};

/// Where a store is, and how to get in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// `https://api.us1.fga.dev`, without a slash at its end.
    pub api_url: String,
    /// A ULID.
    pub store_id: String,
    /// The model that questions and writes are about. Without it each is about the newest: fix it in production.
    pub model_id: Option<String>,
    /// How the service knows us.
    pub authentication: Authentication,
}

/// How the service knows us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authentication {
    /// Not at all: a server of one's own, in a closed network.
    None,
    /// A key that OpenFGA was started with.
    PresharedKey(Secret),
    /// Auth0 FGA: tokens by the client's credentials.
    ClientCredentials(ClientCredentials),
}

/// What has to be done before a call.
#[derive(Debug)]
pub enum Credential {
    /// Nothing: the call is made with this, or without.
    Ready(Option<Secret>),
    /// Get a token: the answer is read by [`token_response`](super::token_response), and kept until it ends.
    GetToken(Box<Request>),
}

impl Connection {
    /// What the next call is made with. `cached` is the last token, if one is kept.
    pub fn credential(&self, cached: Option<&AccessToken>, now_ms: u64) -> Credential {
        match &self.authentication {
            Authentication::None => Credential::Ready(None),
            Authentication::PresharedKey(key) => Credential::Ready(Some(key.clone())),
            Authentication::ClientCredentials(client) => match cached.filter(|token| token.is_usable(now_ms)) {
                Some(token) => Credential::Ready(Some(token.token.clone())),
                None => Credential::GetToken(Box::new(token_request(client))),
            },
        }
    }
}

/// Whether a question may be answered from a cache of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Consistency {
    /// It may.
    #[default]
    MinimizeLatency,
    /// It may not: what was written before counts.
    HigherConsistency,
}

impl Consistency {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A connection, and what one call is made with.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    /// Where.
    pub connection: &'a Connection,
    /// Of [`Connection::credential`].
    pub bearer: Option<&'a Secret>,
    /// Of questions; writes and lists of models and stores have none.
    pub consistency: Consistency,
}

impl<'a> Access<'a> {
    /// The default consistency.
    pub fn new(connection: &'a Connection, bearer: Option<&'a Secret>) -> Self {
        Self { connection, bearer, consistency: Consistency::default() }
    }

    /// The same, with another consistency.
    #[must_use]
    pub fn with_consistency(self, consistency: Consistency) -> Self {
        Self { consistency, ..self }
    }

    pub(super) fn model_id(&self) -> Option<&'a str> {
        self.connection.model_id.as_deref()
    }

    /// `https://…/stores/{id}/{path}`
    pub(super) fn in_store(&self, path: &str) -> String {
        format!("{}/stores/{}/{path}", self.connection.api_url, percent_encode(&self.connection.store_id))
    }

    pub(super) fn get(&self, url: impl AsRef<str>) -> Request {
        self.with_bearer(deputy_http::request(Method::GET, url))
    }

    pub(super) fn post(&self, url: impl AsRef<str>, body: &impl Serialize) -> Request {
        self.with_bearer(deputy_http::post(url).json(body))
    }

    /// The same request with this bearer, for a call that is planned before there is one.
    pub(super) fn renewed(&self, request: &Request) -> Request {
        self.with_bearer(request.clone())
    }

    fn with_bearer(&self, request: Request) -> Request {
        let request = request.header("accept", "application/json");
        match self.bearer {
            Some(bearer) => request.bearer(bearer),
            None => request,
        }
    }
}

/// The body of an answer that is a success.
pub(super) fn success<T: DeserializeOwned>(response: &Response, now_ms: u64) -> Result<T, ApiError> {
    if response.status().is_success() { Ok(response.json()?) } else { Err(ApiError::from_response(response, now_ms)) }
}
