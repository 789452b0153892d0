use crate::Secret;

/// Request methods that Deputy uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// RFC 9110, 9.3.1
    Get,
    /// RFC 9110, 9.3.3
    Post,
    /// RFC 9110, 9.3.4
    Put,
    /// RFC 5789
    Patch,
    /// RFC 9110, 9.3.5
    Delete,
}

impl Method {
    /// The method's token on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request body. `Debug` shows its kind and length only: bodies of token requests are secrets.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Body {
    /// No body.
    #[default]
    Empty,
    /// `application/x-www-form-urlencoded`
    Form(String),
    /// `application/json`
    Json(String),
}

impl Body {
    /// The value of the `Content-Type` header this body needs.
    pub fn content_type(&self) -> Option<&'static str> {
        match self {
            Self::Empty => None,
            Self::Form(_) => Some("application/x-www-form-urlencoded"),
            Self::Json(_) => Some("application/json"),
        }
    }

    /// The text to send.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Empty => None,
            Self::Form(text) | Self::Json(text) => Some(text),
        }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Form(text) => write!(f, "Form({} bytes)", text.len()),
            Self::Json(text) => write!(f, "Json({} bytes)", text.len()),
        }
    }
}

/// An outgoing request, complete but for the sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Absolute URL. Holds no secret.
    pub url: String,
    /// Headers without secrets, names in lower case. `content-type` comes from the body.
    pub headers: Vec<(String, String)>,
    /// The value for `Authorization: Bearer`.
    pub bearer: Option<Secret>,
    /// Body.
    pub body: Body,
}

impl Request {
    /// A request without headers or body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), bearer: None, body: Body::Empty }
    }

    /// `GET url`
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::Get, url)
    }

    /// `POST url`
    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::Post, url)
    }

    /// Adds a header. `name` is written in lower case.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// RFC 6750, 2.1
    #[must_use]
    pub fn bearer(mut self, token: Secret) -> Self {
        self.bearer = Some(token);
        self
    }

    /// A form body from pairs, encoded as RFC 6749 appendix B asks.
    #[must_use]
    pub fn form<'a>(mut self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.body = Body::Form(crate::form_body(pairs));
        self
    }

    /// A JSON body.
    #[must_use]
    pub fn json(mut self, value: &impl serde::Serialize) -> Self {
        self.body = Body::Json(crate::json::write(value));
        self
    }
}

/// A complete response. `Debug` does not show the body, which may hold tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status code.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Response {
    /// A response, for tests and doubles.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, crate::JsonError> {
        crate::json::read(&self.body)
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

/// Why no response came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The host could not be reached or the connection broke.
    #[error("the connection to {host} failed")]
    Unreachable {
        /// Host (and port), without path or query.
        host: String,
    },
    /// No answer within the limit.
    #[error("{host} did not answer in time")]
    TimedOut {
        /// Host (and port), without path or query.
        host: String,
    },
    /// The response was larger than the reader allows.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// Host (and port), without path or query.
        host: String,
        /// Limit in bytes.
        limit: usize,
    },
    /// The caller stopped waiting.
    #[error("stopped")]
    Aborted,
}
