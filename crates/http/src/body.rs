use std::fmt;
use std::ops::Deref;

use bytes::Bytes;

/// The bytes of a request or response. `Debug` shows their number only: bodies of token requests and their answers are secrets.
///
/// Who sends a request with another client gives that the bytes:
///
/// ```
/// use bytes::Bytes;
/// use deputy_http::BuildRequest as _;
///
/// let request = deputy_http::post("https://tenant.example/oauth/token").form([("grant_type", "refresh_token")]);
/// let request: http::Request<Bytes> = request.map(Bytes::from);
/// assert_eq!(request.body().as_ref(), b"grant_type=refresh_token");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Body(Bytes);

impl Body {
    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Body> for Bytes {
    fn from(body: Body) -> Self {
        body.0
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}
