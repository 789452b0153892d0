use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, Uri};
use serde::Serialize;

use crate::{Body, Secret};

/// An outgoing request, complete but for the sending. `Debug` shows neither its body nor headers that hold secrets.
pub type Request = http::Request<Body>;

/// `GET url`, as [`request`].
pub fn get(url: impl AsRef<str>) -> Request {
    request(Method::GET, url)
}

/// `POST url`, as [`request`].
pub fn post(url: impl AsRef<str>) -> Request {
    request(Method::POST, url)
}

/// A request without headers or body to an absolute URL, which holds no secret.
///
/// URLs are made of settings, which are checked where they are read, and of what is percent-encoded. So there is no error here: what
/// still is no URL is a request to no host, and whoever sends says that it cannot be reached.
pub fn request(method: Method, url: impl AsRef<str>) -> Request {
    let mut request = Request::new(Body::default());
    *request.method_mut() = method;
    *request.uri_mut() = Uri::try_from(url.as_ref()).unwrap_or_default();
    request
}

/// What is added to a request.
pub trait BuildRequest: Sized {
    /// Sets a header. What no header can hold (a line break) is left out.
    #[must_use]
    fn header(self, name: &str, value: impl AsRef<str>) -> Self;

    /// Sets a header to a secret, such as `x-api-key`: it is marked sensitive and not printed.
    #[must_use]
    fn secret_header(self, name: &str, secret: &Secret) -> Self;

    /// RFC 6750, 2.1
    #[must_use]
    fn bearer(self, token: &Secret) -> Self;

    /// A form body from pairs, encoded as RFC 6749 appendix B asks.
    #[must_use]
    fn form<'a>(self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self;

    /// A JSON body.
    #[must_use]
    fn json(self, value: &impl Serialize) -> Self;
}

impl BuildRequest for Request {
    fn header(self, name: &str, value: impl AsRef<str>) -> Self {
        with(self, name.try_into().ok(), value.as_ref(), false)
    }

    fn secret_header(self, name: &str, secret: &Secret) -> Self {
        with(self, name.try_into().ok(), secret.expose(), true)
    }

    fn bearer(self, token: &Secret) -> Self {
        with(self, Some(AUTHORIZATION), &format!("Bearer {}", token.expose()), true)
    }

    fn form<'a>(self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        with_body(self, "application/x-www-form-urlencoded", crate::form_body(pairs))
    }

    fn json(self, value: &impl Serialize) -> Self {
        with_body(self, "application/json", crate::json::write(value))
    }
}

fn with(mut request: Request, name: Option<HeaderName>, value: &str, sensitive: bool) -> Request {
    if let (Some(name), Ok(mut value)) = (name, HeaderValue::try_from(value)) {
        value.set_sensitive(sensitive);
        request.headers_mut().insert(name, value);
    }
    request
}

fn with_body(mut request: Request, kind: &'static str, body: String) -> Request {
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    *request.body_mut() = body.into();
    request
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `S-21`: neither credentials nor bodies are printed.
    #[test]
    fn s_21_debug_shows_no_secret() {
        let secret = Secret::new("hunter2");
        let request = post("https://api.example/v1")
            .header("accept", "application/json")
            .bearer(&secret)
            .secret_header("x-api-key", &secret)
            .secret_header("api-key", &secret)
            .json(&json!({ "password": "hunter2" }));
        let shown = format!("{request:?} {:?}", request.headers());
        assert!(!shown.contains("hunter2") && shown.contains("Sensitive"), "{shown}");
        let headers = ["accept", "authorization", "x-api-key", "api-key", "content-type"];
        let values = headers.map(|name| request.headers()[name].to_str().unwrap().to_owned());
        assert_eq!(values, ["application/json", "Bearer hunter2", "hunter2", "hunter2", "application/json"]);
        assert_eq!(request.body().text(), r#"{"password":"hunter2"}"#);
        let answer = crate::response(200, r#"{"access_token":"hunter2"}"#);
        assert!(!format!("{answer:?}").contains("hunter2"));
    }

    #[test]
    fn what_cannot_be_sent_is_not_made_up() {
        let request =
            get("not a URL").header("x-a", "a\r\nx-b: b").header("not a name", "x").bearer(&Secret::new("a\nb"));
        assert_eq!(request.uri().host(), None);
        assert!(request.headers().is_empty());
        let form = post("https://tenant.example/oauth/token?x=1#f").form([("a b", "1&2"), ("ü", "")]);
        assert_eq!(form.uri(), "https://tenant.example/oauth/token?x=1");
        assert_eq!(form.body().text(), "a+b=1%262&%C3%BC=");
        assert_eq!(form.headers()["content-type"], "application/x-www-form-urlencoded");
    }
}
