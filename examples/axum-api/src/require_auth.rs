use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::{HeaderMap, StatusCode, header::WWW_AUTHENTICATE, request::Parts};
use axum::response::{IntoResponse, Response};
use deputy_auth0::{
    BearerError, Endpoints, JwtError, ResourceServer, Scopes, VerifiedAccessToken, bearer_token, validate_access_token,
    verify_signature,
};
use deputy_error::Explained;
use deputy_http::Secret;
use serde_json::json;

use crate::keys::{RsaVerifier, TenantKeys};

/// Which tokens this API takes, and the keys they are checked with. Shared by all requests.
pub struct Auth {
    resource_server: ResourceServer,
    endpoints: Endpoints,
    keys: TenantKeys,
}

impl Auth {
    /// Tokens of that issuer for that audience.
    pub fn new(resource_server: ResourceServer) -> Self {
        let endpoints = Endpoints::auth0(&resource_server.issuer);
        Self { resource_server, endpoints, keys: TenantKeys::default() }
    }

    async fn verify(&self, token: &Secret) -> Result<VerifiedAccessToken, Denied> {
        let keys = |stale| async move { self.keys.get(&self.endpoints, stale).await.map_err(|_| Denied::NotNow) };
        let mut verified = verify_signature(token, &*keys(false).await?, &RsaVerifier).await;
        if matches!(verified, Err(JwtError::UnknownKey | JwtError::SignatureInvalid)) {
            // The tenant may have changed its keys.
            verified = verify_signature(token, &*keys(true).await?, &RsaVerifier).await;
        }
        let verified = verified.and_then(|token| validate_access_token(token, &self.resource_server, now()));
        verified.map_err(|error| match error {
            // Nothing is known of the token then.
            JwtError::Verifier(_) => Denied::NotNow,
            error => Denied::Bearer(error.into()),
        })
    }
}

/// The verified bearer of the request. A handler that names it among its arguments is reached with a good token only.
#[derive(Debug)]
pub struct RequireAuth(pub VerifiedAccessToken);

impl RequireAuth {
    /// RFC 6750, 3.1: all of these scopes.
    pub fn with_scopes(self, scopes: &str) -> Result<VerifiedAccessToken, Denied> {
        let missing = self.0.missing_scopes(&Scopes::parse(scopes));
        if missing.is_empty() { Ok(self.0) } else { Err(Denied::Scope(scopes.to_owned())) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequireAuth
where
    Arc<Auth>: FromRef<S>,
{
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Denied> {
        let token = presented(&parts.headers).map_err(Denied::Bearer)?;
        Ok(Self(Arc::from_ref(state).verify(&token).await?))
    }
}

fn presented(headers: &HeaderMap) -> Result<Secret, BearerError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    bearer_token(text("x-api-key"), text("authorization"))
}

/// Why a request is not answered (RFC 6750, 3).
#[derive(Debug)]
pub enum Denied {
    /// No good token: 401.
    Bearer(BearerError),
    /// A good token without these scopes: 403.
    Scope(String),
    /// The tenant's keys cannot be had, or cannot be used: 503.
    NotNow,
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let (status, sentence, challenge) = match self {
            Self::Bearer(error @ BearerError::Missing) => {
                (StatusCode::UNAUTHORIZED, error.user_message().into_owned(), "Bearer realm=\"api\"".to_owned())
            }
            Self::Bearer(error) => {
                let challenge = "Bearer realm=\"api\", error=\"invalid_token\"".to_owned();
                (StatusCode::UNAUTHORIZED, error.user_message().into_owned(), challenge)
            }
            Self::Scope(scope) => (
                StatusCode::FORBIDDEN,
                "The token lacks a scope.".to_owned(),
                format!("Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"{scope}\""),
            ),
            Self::NotNow => {
                let sentence = "Tokens cannot be checked right now.".to_owned();
                return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "error": sentence }))).into_response();
            }
        };
        (status, [(WWW_AUTHENTICATE, challenge)], Json(json!({ "error": sentence }))).into_response()
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
