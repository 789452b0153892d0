/// A place on our own origin to send the browser to (S-34): a path with its query and fragment, as a browser would write it
/// (WHATWG URL: dot segments resolved, everything in ASCII), proved to stay on the origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Accepts a path (`/c/1?x=2`) or a URL of exactly `origin` (scheme, host and port without a trailing slash).
    /// `None` for everything else: other origins, `//host` before or after dot segments are resolved, backslashes, control
    /// characters, other schemes. The client has the same rule (`assets/src/app/returnTo.ts`), and both are held to the same
    /// table (`tests/data/return_to.json`).
    pub fn parse(origin: &str, target: &str) -> Option<Self> {
        const LONGEST: usize = 2048;
        // Browsers read `\` as `/`, and drop tabs and line breaks before they look at a URL.
        if target.len() > LONGEST || target.contains(|c: char| c == '\\' || c.is_control()) {
            return None;
        }
        // As browsers do.
        let target = target.trim_end_matches(' ');
        let path = match strip_origin(origin, target) {
            Some("") => "/",
            Some(rest) => rest,
            None => target,
        };
        // Twice: what begins with two slashes names a host, and so does what is left of `/.//host`.
        let normalised = normalised(stays_here(path)?);
        stays_here(&normalised)?;
        Some(Self(normalised))
    }

    /// `/`
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// The path with query and fragment, for a `Location` header: ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Only for values that were accepted before and then sealed.
    pub(crate) fn from_sealed(path: String) -> Self {
        Self(path)
    }
}

/// An absolute path that names no host.
fn stays_here(path: &str) -> Option<&str> {
    (path.starts_with('/') && !path.starts_with("//")).then_some(path)
}

/// What follows the origin, if `target` begins with it and the host ends there.
fn strip_origin<'a>(origin: &str, target: &'a str) -> Option<&'a str> {
    let (head, rest) = target.split_at_checked(origin.len())?;
    let same = head.eq_ignore_ascii_case(origin) && !origin.is_empty();
    let ends = rest.is_empty() || rest.starts_with('/');
    (same && ends).then_some(rest)
}

/// WHATWG URL, path, query and fragment state.
fn normalised(target: &str) -> String {
    let (rest, fragment) = split(target, '#');
    let (path, query) = split(rest, '?');
    let mut out = String::with_capacity(target.len());
    for segment in segments(path) {
        out.push('/');
        encode(&mut out, segment, "\"<>`{}");
    }
    for (mark, part, escaped) in [('?', query, "\"<>'"), ('#', fragment, "\"<>`")] {
        if let Some(part) = part {
            out.push(mark);
            encode(&mut out, part, escaped);
        }
    }
    out
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

/// The segments of an absolute path that are left when those of dots are resolved.
fn segments(path: &str) -> Vec<&str> {
    let mut kept = Vec::new();
    let mut rest = path.split('/').skip(1).peekable();
    while let Some(segment) = rest.next() {
        let last = rest.peek().is_none();
        match segment.to_ascii_lowercase().as_str() {
            "." | "%2e" if last => kept.push(""),
            "." | "%2e" => {}
            ".." | ".%2e" | "%2e." | "%2e%2e" => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    kept
}

/// Blanks, what is not ASCII, and the characters of `escaped`, in percent-encoded UTF-8. What is encoded already stays so.
fn encode(out: &mut String, part: &str, escaped: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| HEX.get(usize::from(value)).map(|digit| char::from(*digit));
    for byte in part.bytes() {
        if byte.is_ascii() && byte != b' ' && !escaped.contains(char::from(byte)) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend([digit(byte >> 4), digit(byte & 0xf)].into_iter().flatten());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Table {
        origin: String,
        kept: Vec<(String, String)>,
        refused: Vec<(String, String)>,
    }

    fn table() -> Table {
        serde_json::from_str(include_str!("../tests/data/return_to.json")).unwrap()
    }

    /// S-34, T35c: what stays here comes back as a browser would write it, in ASCII.
    #[test]
    fn s_34_t35c_same_origin_is_kept() {
        let Table { origin, kept, .. } = table();
        for (target, path) in kept {
            let parsed = ReturnTo::parse(&origin, &target).unwrap_or_else(|| panic!("{target:?} is refused"));
            assert_eq!(parsed.as_str(), path, "{target:?}");
            assert!(parsed.as_str().is_ascii(), "{target:?}");
            assert_eq!(
                ReturnTo::parse(&origin, &path).as_ref(),
                Some(&parsed),
                "{target:?}: done twice it stays the same"
            );
        }
    }

    #[test]
    fn s_34_everything_else_is_refused() {
        let Table { origin, refused, .. } = table();
        for (target, why) in refused {
            assert_eq!(ReturnTo::parse(&origin, &target), None, "{target:?}: {why}");
        }
        assert_eq!(ReturnTo::parse(&origin, &format!("/{}", "a".repeat(3000))), None);
        assert_eq!(ReturnTo::parse("", "https://evil.example/"), None);
    }

    /// S-34: whatever is put together of what attacks are made of is refused, or one slash and then no other.
    #[test]
    fn s_34_no_mixture_of_dots_and_slashes_leads_to_a_host() {
        let pieces = ["/", ".", "..", "%2e", "%2E", "\\", "\t", "\n", "evil.example", "?", "#", " "];
        let mut mixtures: Vec<String> = vec![String::new()];
        for _ in 0..5 {
            mixtures = mixtures.iter().flat_map(|text| pieces.map(|piece| format!("{text}{piece}"))).collect();
            for target in &mixtures {
                let Some(parsed) = ReturnTo::parse("https://app.example.com", &format!("/{target}")) else { continue };
                let path = parsed.as_str();
                assert!(
                    path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'),
                    "/{target:?}: {path}"
                );
            }
        }
    }
}
