use deputy_http::percent_encode;
use serde_json::{Map, Value};

use super::DefinitionProblem;

/// Longest value of one parameter, bytes before encoding.
const MAX_VALUE: usize = 2_000;

/// A URL with parameters in braces. Scheme and host are literal, so no input changes them; a parameter fills a part of one path
/// segment or of one value of the query, percent-encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Scheme, host and port.
    origin: String,
    path: Vec<Pieces>,
    query: Vec<(String, Pieces)>,
}

type Pieces = Vec<Piece>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Input(String),
}

impl Template {
    /// Reads a template. `hosts` are the only hosts it may have; `http:` is for loopback hosts when `development` is set.
    pub fn parse(text: &str, hosts: &[String], development: bool) -> Result<Self, DefinitionProblem> {
        if hosts.is_empty() || !hosts.iter().all(|host| is_host(host)) {
            return Err(DefinitionProblem::Hosts);
        }
        let (scheme, rest) = text.split_once("://").ok_or(DefinitionProblem::LeavesHost)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, rest) = rest.split_at(end);
        let secure = scheme == "https" || (scheme == "http" && development && is_loopback(host));
        // Compared as it stands: what is not letter by letter an allowed host is not one.
        if !secure || !hosts.iter().any(|allowed| allowed == host) {
            return Err(DefinitionProblem::LeavesHost);
        }
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let path = path.strip_prefix('/').unwrap_or_default();
        let mut template = Self { origin: format!("{scheme}://{host}"), path: Vec::new(), query: Vec::new() };
        template.read_path(path)?;
        if let Some(query) = query {
            template.read_query(query)?;
        }
        Ok(template)
    }

    fn read_path(&mut self, path: &str) -> Result<(), DefinitionProblem> {
        let mut rest = Some(path);
        while let Some(path) = rest {
            let (segment, after) = path.split_once('/').map_or((path, None), |(segment, after)| (segment, Some(after)));
            // Only the last one may be empty.
            if segment == "." || segment == ".." || (segment.is_empty() && after.is_some()) {
                return Err(DefinitionProblem::Url);
            }
            self.path.push(pieces(segment, is_path_text)?);
            rest = after;
        }
        Ok(())
    }

    fn read_query(&mut self, query: &str) -> Result<(), DefinitionProblem> {
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').ok_or(DefinitionProblem::Url)?;
            if name.is_empty() || !is_query_text(name) {
                return Err(DefinitionProblem::Url);
            }
            self.query.push((name.to_owned(), pieces(value, is_query_text)?));
        }
        Ok(())
    }

    /// Inputs without which there is no path.
    pub fn path_inputs(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.path.iter().for_each(|segment| add_inputs(&mut names, segment));
        names
    }

    /// All inputs of the URL, each as often as it is used.
    pub fn inputs(&self) -> Vec<&str> {
        let mut names = self.path_inputs();
        self.query.iter().for_each(|(_, value)| add_inputs(&mut names, value));
        names
    }

    /// The URL for an input. A pair of the query whose input is missing is left out.
    ///
    /// Errors: a sentence for the model, when a value cannot stand in a path or is too long.
    pub fn expand(&self, input: &Map<String, Value>) -> Result<String, String> {
        let mut url = self.origin.clone();
        for segment in &self.path {
            let filled = fill(segment, input)?.ok_or_else(|| "An input of the address is missing.".to_owned())?;
            // A URL parser takes these for steps to another resource.
            if filled == "." || filled == ".." || (filled.is_empty() && !segment.is_empty()) {
                return Err("an input cannot be used in an address".to_owned());
            }
            url.push('/');
            url.push_str(&filled);
        }
        let mut separator = '?';
        for (name, value) in &self.query {
            let Some(value) = fill(value, input)? else { continue };
            url.push(separator);
            url.push_str(name);
            url.push('=');
            url.push_str(&value);
            separator = '&';
        }
        Ok(url)
    }
}

fn add_inputs<'a>(names: &mut Vec<&'a str>, pieces: &'a Pieces) {
    for piece in pieces {
        if let Piece::Input(name) = piece {
            names.push(name);
        }
    }
}

/// None when an input is missing.
fn fill(pieces: &Pieces, input: &Map<String, Value>) -> Result<Option<String>, String> {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Input(name) => {
                let value = match input.get(name) {
                    None | Some(Value::Null) => return Ok(None),
                    Some(Value::String(text)) => text.clone(),
                    Some(other) => other.to_string(),
                };
                if value.len() > MAX_VALUE {
                    return Err(format!("{name} is too long"));
                }
                out.push_str(&percent_encode(&value));
            }
        }
    }
    Ok(Some(out))
}

fn pieces(text: &str, allowed: fn(&str) -> bool) -> Result<Pieces, DefinitionProblem> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or(DefinitionProblem::Url)?;
        if !super::input::is_name(name) {
            return Err(DefinitionProblem::Url);
        }
        push_text(&mut out, before, allowed)?;
        out.push(Piece::Input(name.to_owned()));
        rest = after;
    }
    push_text(&mut out, rest, allowed)?;
    Ok(out)
}

fn push_text(out: &mut Pieces, text: &str, allowed: fn(&str) -> bool) -> Result<(), DefinitionProblem> {
    if !allowed(text) {
        return Err(DefinitionProblem::Url);
    }
    if !text.is_empty() {
        out.push(Piece::Text(text.to_owned()));
    }
    Ok(())
}

/// RFC 3986, 3.3, without escapes: an escaped dot is a dot to a URL parser.
fn is_path_text(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte))
}

/// RFC 3986, 3.4, without the separators of pairs.
fn is_query_text(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$'()*+,;:@/?%[]".contains(&byte))
}

/// A host in lower case, with a port or without.
fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "0"));
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    name.split('.').all(label) && port.parse::<u16>().is_ok()
}

fn is_loopback(host: &str) -> bool {
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name == "127.0.0.1"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> Result<Template, DefinitionProblem> {
        Template::parse(text, &["api.example.com".to_owned(), "127.0.0.1:4401".to_owned()], true)
    }

    fn expand(text: &str, input: Value) -> Result<String, String> {
        parse(text).unwrap().expand(input.as_object().unwrap())
    }

    #[test]
    fn a_template_that_can_leave_its_host_is_refused() {
        for text in [
            "https://{host}/x",
            "https://api.example.com{path}",
            "https://api.example.com.{more}/",
            "https://api.example.com@evil.example/",
            "https://api.example.com\\@evil.example/",
            "https://API.example.com/",
            "https://api.example.com:443/",
            "https://api.example.com#/x",
            "https://evil.example/api.example.com",
            "http://api.example.com/",
            "//api.example.com/",
            "{url}",
            "javascript://api.example.com/",
            "https:///api.example.com/",
            "https://127.0.0.1/",
            " https://api.example.com/",
        ] {
            assert_eq!(parse(text), Err(DefinitionProblem::LeavesHost), "{text}");
        }
        let hosts = ["127.0.0.1:4401".to_owned()];
        assert!(Template::parse("http://127.0.0.1:4401/", &hosts, true).is_ok());
        assert_eq!(Template::parse("http://127.0.0.1:4401/", &hosts, false), Err(DefinitionProblem::LeavesHost));
    }

    #[test]
    fn hosts_are_written_out() {
        let parse = |host: &str| Template::parse("https://api.example.com/", &[host.to_owned()], false);
        for host in
            ["", "*", "*.example.com", "a..b", "https://api.example.com", "a/b", "a:b", "Api.example.com", "{h}"]
        {
            assert_eq!(parse(host), Err(DefinitionProblem::Hosts), "{host}");
        }
        assert_eq!(Template::parse("https://api.example.com/", &[], false), Err(DefinitionProblem::Hosts));
    }

    #[test]
    fn path_and_query_are_plain() {
        for text in [
            "/a/../b", "/./b", "/a//b", "/a b", "/a%2e%2e", "/{a", "/{}", "/{a-b}", "/{{a}}", "/a#b", "/ü", "/a\\b",
            "?a", "?=b", "?{a}=b", "?a=b#c", "?a=b&", "/a}b", "?a=b=c",
        ] {
            let text = format!("https://api.example.com{text}");
            assert_eq!(parse(&text), Err(DefinitionProblem::Url), "{text}");
        }
        for text in ["", "/", "/v1/me", "/v1/me/", "/v1/a:b/{c}.json", "/v1?fields=a,b&x[0]={c}&y=%20"] {
            assert!(parse(&format!("https://api.example.com{text}")).is_ok(), "{text}");
        }
    }

    #[test]
    fn inputs_are_encoded_and_stay_in_their_place() {
        let template = "https://api.example.com/users/{id}/files?q={q}&n={n}&fixed=1";
        let url = expand(template, json!({"id": "a/b?c#d&e=f%2e ü@\\", "q": "x&y=z", "n": 5})).unwrap();
        let id = "a%2Fb%3Fc%23d%26e%3Df%252e%20%C3%BC%40%5C";
        assert_eq!(url, format!("https://api.example.com/users/{id}/files?q=x%26y%3Dz&n=5&fixed=1"));
        let few = expand(template, json!({"id": "me", "q": null})).unwrap();
        assert_eq!(few, "https://api.example.com/users/me/files?fixed=1");
        assert_eq!(
            expand("https://api.example.com?a={q}", json!({"q": true})).unwrap(),
            "https://api.example.com/?a=true"
        );
    }

    /// Whatever characters an input has, what is sent of it is one segment and one value, in the characters of RFC 3986, 2.3.
    #[test]
    fn no_character_of_an_input_is_one_of_the_address() {
        let before = "https://api.example.com/a/";
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte));
        for first in ('\0'..='\u{ff}').chain(['\u{2024}', '\u{ff0e}', '\u{ff0f}', '\u{1f600}']) {
            for second in ['x', '.', '/', '\\', '@', '?', '#', '%', '&', '='] {
                let value = format!("{first}{second}");
                let Ok(url) = expand("https://api.example.com/a/{v}/b?q={v}", json!({"v": value})) else {
                    assert_eq!(value, "..");
                    continue;
                };
                let (segment, rest) = url.strip_prefix(before).unwrap().split_once('/').unwrap();
                assert_eq!(rest, format!("b?q={segment}"));
                assert!(plain(segment) && segment != "..", "{value:?}: {url}");
                assert_eq!(deputy_http::parse_query(&format!("v={segment}")), [("v".to_owned(), value)]);
            }
        }
    }

    #[test]
    fn no_input_steps_out_of_its_segment() {
        let template = "https://api.example.com/a/{x}{y}/b";
        for (x, y) in [(".", "."), ("..", ""), (".", ""), ("", "")] {
            assert!(expand(template, json!({"x": x, "y": y})).is_err(), "{x}{y}");
        }
        assert!(expand(template, json!({"x": "a"})).is_err());
        assert!(expand(template, json!({"x": "a".repeat(2_001), "y": ""})).is_err());
        assert_eq!(expand(template, json!({"x": "...", "y": ""})).unwrap(), "https://api.example.com/a/.../b");
    }
}
