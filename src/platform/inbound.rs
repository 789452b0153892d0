use wasm_bindgen_futures::JsFuture;

use super::headers;
use super::incoming::Incoming;

/// A request that came in.
pub struct Inbound(web_sys::Request);

impl Inbound {
    /// The request as the platform hands it over.
    pub fn new(raw: web_sys::Request) -> Self {
        Self(raw)
    }

    /// Its method. One that HTTP does not know counts as GET.
    pub fn method(&self) -> &'static str {
        const OTHERS: [&str; 9] = ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "REPORT"];
        let method = self.0.method();
        OTHERS.into_iter().find(|known| known.eq_ignore_ascii_case(&method)).unwrap_or("GET")
    }

    /// Its URL, with the query.
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// The path of its URL, as it was sent.
    pub fn path(&self) -> String {
        path_of(&self.url()).to_owned()
    }

    /// A header; several of one name are one, as JavaScript joins them.
    pub fn header(&self, name: &str) -> Option<String> {
        self.0.headers().get(name).ok().flatten()
    }

    /// All headers, names in lower case.
    pub fn headers(&self) -> Vec<(String, String)> {
        headers::all(&self.0.headers())
    }

    /// The body as it arrives. None without one.
    pub fn body(&self) -> Option<Incoming> {
        self.0.body().map(|body| Incoming::of(&body))
    }

    /// The whole body as text. None when it breaks off, and when it was read before.
    pub async fn text(&self) -> Option<String> {
        JsFuture::from(self.0.text().ok()?).await.ok()?.as_string()
    }
}

/// The path of a URL as JavaScript writes it: `?` and `#` in it are always escaped.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    path.split(['?', '#']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_between_host_and_query() {
        let cases = [
            ("https://a.example/", "/"),
            ("https://a.example/c/1?x=/y#z", "/c/1"),
            ("https://a.example:8443/a%3Fb#c?d", "/a%3Fb"),
            ("https://a.example", "/"),
        ];
        for (url, path) in cases {
            assert_eq!(path_of(url), path, "{url}");
        }
    }
}
