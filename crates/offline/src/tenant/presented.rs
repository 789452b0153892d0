//! What a caller of the tenant's own APIs presents: its headers, and the request they were made for.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::{HeaderMap, Method, request::Parts},
};

/// Headers, method and full path of a request: a DPoP proof is good for these only.
#[derive(Debug, Clone)]
pub(crate) struct Presented {
    pub(crate) headers: HeaderMap,
    pub(crate) method: Method,
    pub(crate) path: String,
}

impl<S: Sync> FromRequestParts<S> for Presented {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // Below a nested router the URI has lost its beginning.
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        Ok(Self { headers: parts.headers.clone(), method: parts.method.clone(), path: uri.path().to_owned() })
    }
}
