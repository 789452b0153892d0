use http::{HeaderName, HeaderValue, StatusCode};
use serde::de::DeserializeOwned;

use crate::{Body, JsonError};

/// A complete response. `Debug` does not show the body, which may hold tokens.
pub type Response = http::Response<Body>;

/// A response, for whoever sends and for doubles. A number that is no status counts as 502.
pub fn response(status: u16, body: impl Into<Vec<u8>>) -> Response {
    let mut response = Response::new(Body::from(body.into()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    response
}

/// What is read of a response.
pub trait ReadResponse: Sized {
    /// The first header of that name, if it is text.
    fn header(&self, name: &str) -> Option<&str>;

    /// Adds a header. What no header can hold is left out.
    #[must_use]
    fn with_header(self, name: &str, value: impl AsRef<str>) -> Self;

    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    fn text(&self) -> String;

    /// The body as JSON.
    ///
    /// Errors: as of [`json::read`](crate::json::read).
    fn json<T: DeserializeOwned>(&self) -> Result<T, JsonError>;
}

impl ReadResponse for Response {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    fn with_header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value.as_ref())) {
            self.headers_mut().append(name, value);
        }
        self
    }

    fn text(&self) -> String {
        self.body().text()
    }

    fn json<T: DeserializeOwned>(&self) -> Result<T, JsonError> {
        crate::json::read(self.body())
    }
}
