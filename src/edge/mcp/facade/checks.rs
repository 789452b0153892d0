//! What every endpoint asks of a request before it passes.

use super::super::sender::is_loopback;
use super::error::FacadeError;
use crate::config::Settings;

/// `resource` must name this server, by its identifier or its address: what a client was told to ask for, or where it found it
/// (RFC 8707, 2). A token for anything else is not to be had here.
pub fn is_our_resource(settings: &Settings, resource: &str) -> bool {
    let mcp = &settings.mcp;
    let plain = |url: &str| url.trim_end_matches('/').to_owned();
    resource == mcp.audience || [&mcp.server_url, &settings.base_url].iter().any(|url| plain(url) == plain(resource))
}

/// Parameters, each at most once (RFC 6749, 3.1 and 3.2); empty ones count as not there.
pub fn once(pairs: Vec<(String, String)>) -> Result<Vec<(String, String)>, FacadeError> {
    for (index, (name, _)) in pairs.iter().enumerate() {
        if pairs.iter().skip(index.saturating_add(1)).any(|(other, _)| other == name) {
            return Err(FacadeError::Repeated);
        }
    }
    Ok(pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect())
}

/// A parameter's value.
pub fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Those that may pass, and only those.
pub fn passing<'a>(pairs: &'a [(String, String)], allowed: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    pairs.filter(|(name, _)| allowed.contains(name))
}

/// Whether a browser may be sent there at all: `https:`, this machine, or an application's own scheme (RFC 8252, 7). The tenant
/// compares it with what is registered; this keeps scripts out of `Location` whatever is registered.
pub fn is_redirect_uri(uri: &str) -> bool {
    if uri.len() > 2_000 || !uri.bytes().all(|byte| byte.is_ascii_graphic()) || uri.contains('#') {
        return false;
    }
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let host = rest.strip_prefix("//").map(|rest| rest.split(['/', '?', '\\']).next().unwrap_or_default());
    match (scheme.to_ascii_lowercase().as_str(), host) {
        ("https", Some(host)) => !host.is_empty() && !host.contains('@'),
        ("http", Some(host)) => is_loopback(host),
        (
            "https" | "http" | "javascript" | "data" | "vbscript" | "file" | "blob" | "about" | "mailto" | "ws" | "wss",
            _,
        ) => false,
        ("view-source" | "filesystem" | "intent" | "chrome" | "tel" | "sms", _) => false,
        (_, host) => named && host.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::settings;

    /// The holes that others had here: mixed case, blanks and control characters before or in the scheme, `http:` elsewhere.
    #[test]
    fn scripts_and_foreign_plain_http_are_no_redirect_uris() {
        for good in [
            "https://client.example/callback?x=1",
            "http://localhost:6274/oauth/callback",
            "http://127.0.0.1/",
            "http://[::1]:9/x",
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "com.example.app://callback",
        ] {
            assert!(is_redirect_uri(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt://x/%0aalert(1)",
            " javascript:alert(1)",
            "java\tscript:alert(1)",
            "\u{1}https://client.example/",
            "https://client.example/\r\nx: y",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://client.example/1",
            "http://client.example/callback",
            "http://localhost.evil.example/",
            "http://localhost@evil.example/",
            "http://localhost:@evil.example/",
            "https://user@client.example/",
            "https:client.example",
            "https://client.example/#token",
            "/relative",
            "",
        ] {
            assert!(!is_redirect_uri(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_resource_is_this_server_or_nothing() {
        let settings = settings(&[("MCP_AUDIENCE", "urn:our:mcp")]).unwrap();
        for ours in ["urn:our:mcp", "http://localhost:3000/mcp", "http://localhost:3000/mcp/", "http://localhost:3000/"]
        {
            assert!(is_our_resource(&settings, ours), "{ours}");
        }
        for other in
            ["urn:our:mcp/", "http://localhost:3000/other", "http://localhost:30001/", "https://evil.example/mcp", ""]
        {
            assert!(!is_our_resource(&settings, other), "{other}");
        }
    }
}
