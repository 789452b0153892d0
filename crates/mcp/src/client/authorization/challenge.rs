use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

use crate::client::authorization::scope::ScopeSet;

/// What a server says of the token it wants: the `Bearer` challenge of a `401` or `403` (RFC 6750, 3; RFC 9728, 5.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Challenge {
    /// Where the server says that its metadata is. Not checked yet.
    pub resource_metadata: Option<String>,
    /// Scopes that the request needs; empty where it does not say.
    pub scope: ScopeSet,
    /// RFC 6750, 3.1, at most 80 printable characters.
    pub error: Option<String>,
    /// For a developer, at most 300 printable characters.
    pub error_description: Option<String>,
}

impl Challenge {
    /// The first `Bearer` challenge of the headers; one without parameters where there is none.
    pub fn read(headers: &HeaderMap) -> Self {
        headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
            .find_map(bearer)
            .unwrap_or_default()
    }

    /// True if a token is good but is not allowed to do this (`insufficient_scope`): asking for more scopes may help.
    pub fn is_insufficient_scope(&self) -> bool {
        self.error.as_deref() == Some("insufficient_scope")
    }

    fn set(&mut self, name: &str, value: String) {
        // A parameter that comes twice is not made one by picking: the first stands (RFC 9110, 11.2 forbids a second).
        let keep = |slot: &mut Option<String>, value: String| {
            slot.get_or_insert(value);
        };
        match name.to_ascii_lowercase().as_str() {
            "resource_metadata" => keep(&mut self.resource_metadata, value),
            "scope" if self.scope.is_empty() => self.scope = ScopeSet::parse(&value),
            "error" => keep(&mut self.error, printable(&value, 80)),
            "error_description" => keep(&mut self.error_description, printable(&value, 300)),
            _ => {}
        }
    }
}

/// A remote party's text, fit for a log line or a developer's page: printable, at most `limit` characters.
pub(crate) fn printable(text: &str, limit: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(limit).collect()
}

/// Reads a list of challenges (RFC 9110, 11.6.1), in which commas part both challenges and parameters.
fn bearer(header: &str) -> Option<Challenge> {
    let mut found: Option<Challenge> = None;
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        let (token, after) = split_token(rest);
        if token.is_empty() {
            return found;
        }
        let value = after.trim_start_matches([' ', '\t']).strip_prefix('=');
        rest = match (value.and_then(read_value), &mut found) {
            (Some((value, after)), Some(challenge)) => {
                challenge.set(token, value);
                after
            }
            // A parameter of another scheme.
            (Some((_, after)), None) => after,
            // A scheme begins; the one we wanted has ended.
            (None, Some(_)) => return found,
            (None, None) => {
                if token.eq_ignore_ascii_case("bearer") {
                    found = Some(Challenge::default());
                    after
                } else {
                    skip_token68(after)
                }
            }
        };
    }
}

/// RFC 9110, 5.6.2
fn split_token(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// A token or quoted string after the equals sign, and what follows. `None`: this was no parameter (`token68` ends in `=`).
fn read_value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start_matches([' ', '\t']);
    let Some(quoted) = text.strip_prefix('"') else {
        let (token, rest) = split_token(text);
        return (!token.is_empty()).then(|| (token.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, quoted.get(at.saturating_add(1)..).unwrap_or_default())),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    // The closing quotation mark is missing: nothing of it is believed.
    Some((String::new(), ""))
}

/// Credentials in one piece, as `Negotiate` has them (RFC 9110, 11.2).
fn skip_token68(text: &str) -> &str {
    let rest = text.trim_start_matches([' ', '\t']);
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-._~+/=".contains(c))).unwrap_or(rest.len());
    let (_, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let next = after.trim_start_matches([' ', '\t']);
    if end > 0 && (next.is_empty() || next.starts_with(',')) { after } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Challenge {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        }
        Challenge::read(&headers)
    }

    #[test]
    fn the_parameters_of_a_challenge_mc_challenge() {
        let challenge = read(&[
            r#"Bearer realm="a, b", resource_metadata="https://x.example/.well-known/oauth-protected-resource/mcp", scope="a:read  b", error="insufficient_scope", error_description="say \"yes\"""#,
        ]);
        assert_eq!(
            challenge.resource_metadata.as_deref(),
            Some("https://x.example/.well-known/oauth-protected-resource/mcp")
        );
        assert_eq!(challenge.scope, ScopeSet::parse("a:read b"));
        assert_eq!(challenge.error_description.as_deref(), Some("say \"yes\""));
        assert!(challenge.is_insufficient_scope());
    }

    #[test]
    fn names_are_read_in_any_case_and_values_with_or_without_quotes() {
        let challenge = read(&["bearer SCOPE = a ,Error=invalid_token"]);
        assert_eq!((challenge.scope, challenge.error.as_deref()), (ScopeSet::parse("a"), Some("invalid_token")));
    }

    #[test]
    fn bearer_among_other_schemes() {
        for values in [
            &[r#"Basic realm="x", scope="no""#, r#"Bearer scope="yes""#][..],
            &[r#"Basic realm="x", scope="no", Bearer scope="yes""#],
            &[r#"Negotiate YWJj==, Bearer scope="yes", Digest scope="no""#],
            &[r#"Bearer scope="yes", scope="no""#],
        ] {
            assert_eq!(read(values).scope, ScopeSet::parse("yes"), "{values:?}");
        }
    }

    #[test]
    fn nothing_is_made_up() {
        assert_eq!(read(&[]), Challenge::default());
        assert_eq!(read(&["Bearer"]), Challenge::default());
        assert_eq!(read(&["Basic realm=\"Bearer scope=a\""]), Challenge::default());
        assert_eq!(read(&["Bearer scope=\"a b"]).scope, ScopeSet::default());
        assert_eq!(read(&["Bearer error=\"a\u{9}b\""]).error.as_deref(), Some("a b"));
        for odd in ["=", ",,,", "Bearer =", "Bearer \"", "\\", "Bearer a=\"\\"] {
            read(&[odd]);
        }
    }
}
