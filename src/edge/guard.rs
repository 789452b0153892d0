/// The Origin rule for unsafe methods and upgrades (S-12).
///
/// An `Origin` that is there must be one of ours. Without one the request is a command-line client's, unless `Sec-Fetch-Site`
/// says that a browser sent it from elsewhere.
pub fn check_origin(origin: Option<&str>, fetch_site: Option<&str>, allowed: &[String]) -> Result<(), ForeignOrigin> {
    let ours = match (origin, fetch_site) {
        (Some(origin), _) => allowed.iter().any(|ours| ours == origin),
        (None, site) => matches!(site, None | Some("same-origin")),
    };
    if ours { Ok(()) } else { Err(ForeignOrigin) }
}

/// The request came from a page of another origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForeignOrigin;

/// True for methods that change something (RFC 9110, 9.2.1).
pub fn is_unsafe(method: &str) -> bool {
    !matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE")
}

/// True when the client would rather have a page than JSON.
pub fn wants_page(accept: Option<&str>) -> bool {
    accept.is_some_and(|accept| {
        accept.split(',').any(|range| {
            let kind = range.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("text/html") || kind.eq_ignore_ascii_case("application/xhtml+xml")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_12_origin_table() {
        let allowed = ["https://deputy.example".to_owned(), "http://localhost:5173".to_owned()];
        let cases = [
            (Some("https://deputy.example"), None, true),
            (Some("https://deputy.example"), Some("cross-site"), true),
            (Some("http://localhost:5173"), None, true),
            (Some("https://evil.example"), None, false),
            (Some("https://deputy.example.evil.example"), None, false),
            (Some("http://deputy.example"), None, false),
            (Some("null"), None, false),
            (Some(""), None, false),
            (None, None, true),
            (None, Some("same-origin"), true),
            (None, Some("same-site"), false),
            (None, Some("cross-site"), false),
            (None, Some("none"), false),
        ];
        for (origin, site, expected) in cases {
            assert_eq!(check_origin(origin, site, &allowed).is_ok(), expected, "{origin:?} {site:?}");
        }
    }

    #[test]
    fn unsafe_methods() {
        for method in ["POST", "PATCH", "DELETE", "PUT", "ODD"] {
            assert!(is_unsafe(method), "{method}");
        }
        assert!(!is_unsafe("GET") && !is_unsafe("HEAD"));
    }

    #[test]
    fn ua_05_only_browsers_are_sent_to_login() {
        assert!(wants_page(Some("text/html,application/xhtml+xml,*/*;q=0.8")));
        assert!(!wants_page(Some("application/json")));
        assert!(!wants_page(Some("*/*")));
        assert!(!wants_page(None));
    }
}
