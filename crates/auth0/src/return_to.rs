/// A place on our own origin to send the browser to (S-34): a path with its query and fragment,
/// proved to stay on the origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Accepts a path (`/c/1?x=2`) or a URL of exactly `origin` (scheme, host and port without a trailing slash).
    /// `None` for everything else: other origins, `//host`, backslashes, control characters, other schemes.
    pub fn parse(origin: &str, target: &str) -> Option<Self> {
        const LONGEST: usize = 2048;
        // Browsers read `\` as `/`, and drop tabs and line breaks before they look at a URL.
        let hostile = |c: char| c == '\\' || c.is_control() || c.is_whitespace();
        if target.len() > LONGEST || target.chars().any(hostile) {
            return None;
        }
        let path = match strip_origin(origin, target) {
            Some("") => "/",
            Some(rest) => rest,
            None => target,
        };
        let absolute = path.starts_with('/') && !path.starts_with("//");
        absolute.then(|| Self(path.to_owned()))
    }

    /// `/`
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// The path with query and fragment, for a `Location` header.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Only for values that were accepted before and then sealed.
    pub(crate) fn from_sealed(path: String) -> Self {
        Self(path)
    }
}

/// What follows the origin, if `target` begins with it and the host ends there.
fn strip_origin<'a>(origin: &str, target: &'a str) -> Option<&'a str> {
    let (head, rest) = target.split_at_checked(origin.len())?;
    let same = head.eq_ignore_ascii_case(origin) && !origin.is_empty();
    let ends = rest.is_empty() || rest.starts_with('/');
    (same && ends).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://app.example.com";

    #[test]
    fn s_34_same_origin_is_kept() {
        for (target, path) in [
            ("/", "/"),
            ("/c/1?x=2#y", "/c/1?x=2#y"),
            ("/close", "/close"),
            ("https://app.example.com", "/"),
            ("https://APP.example.com/c/1", "/c/1"),
            ("/a?next=https://evil.example", "/a?next=https://evil.example"),
        ] {
            assert_eq!(ReturnTo::parse(ORIGIN, target).map(|r| r.0).as_deref(), Some(path), "{target}");
        }
    }

    #[test]
    fn s_34_everything_else_is_refused() {
        for target in [
            "",
            "c/1",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " /c/1",
            "https://evil.example/",
            "https://app.example.com.evil.example/",
            "https://app.example.com@evil.example/",
            "https://app.example.com:444/",
            "https://app.example.com//evil.example",
            "http://app.example.com/",
            "javascript:alert(1)",
            "data:text/html,x",
            "?x=1",
            "/\u{202e}\u{0}",
        ] {
            assert_eq!(ReturnTo::parse(ORIGIN, target), None, "{target:?}");
        }
        assert_eq!(ReturnTo::parse(ORIGIN, &format!("/{}", "a".repeat(3000))), None);
        assert_eq!(ReturnTo::parse("", "https://evil.example/"), None);
    }
}
