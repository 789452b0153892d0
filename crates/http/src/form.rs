use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986, 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes one segment of a path.
pub fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Pairs as `application/x-www-form-urlencoded` (RFC 6749, appendix B).
pub fn form_body<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Adds pairs to the query of a URL that may have one already.
pub fn append_query<'a>(url: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let query = form_body(pairs);
    if query.is_empty() {
        return url.to_owned();
    }
    let separator = match url.find('?') {
        None => "?",
        Some(_) if url.ends_with('?') || url.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{url}{separator}{query}")
}

/// The pairs of a query or form body, in order; `+` is a space. Broken escapes are kept as they are.
pub fn parse_query(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).into_owned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_read_back() {
        let pairs = [("a b", "1&2=3"), ("ü", "+%?"), ("empty", "")];
        let query = form_body(pairs);
        assert!(query.is_ascii() && !query.contains(' '));
        let expected: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        assert_eq!(parse_query(&query), expected);
    }

    #[test]
    fn a_query_is_joined_to_what_is_there() {
        assert_eq!(append_query("http://a/b", [("x", "1")]), "http://a/b?x=1");
        assert_eq!(append_query("http://a/b?y=2", [("x", "1")]), "http://a/b?y=2&x=1");
        assert_eq!(append_query("http://a/b", []), "http://a/b");
    }

    #[test]
    fn broken_escapes_do_not_fail() {
        assert_eq!(parse_query("?a=%zz&&b"), vec![("a".into(), "%zz".into()), ("b".into(), String::new())]);
    }
}
