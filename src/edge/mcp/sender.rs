//! From which pages and under which names the MCP server may be called (DNS rebinding: a page of anybody's whose name comes to point
//! at this machine).

use crate::config::Settings;
use crate::objects::Refusal;

/// An `Origin` that is there must be allowed, and the host must be one of ours.
///
/// Errors: 403.
pub fn check(settings: &Settings, origin: Option<&str>, host: Option<&str>) -> Result<(), Refusal> {
    if origin.is_some_and(|origin| !is_allowed_origin(settings, origin)) {
        let sentence = "This request came from a page of another site and was refused.";
        return Err(Refusal::new(403, "origin_refused", sentence));
    }
    if !host.is_some_and(|host| is_our_host(settings, host)) {
        return Err(Refusal::new(403, "host_refused", "The MCP server is not reached under this name."));
    }
    Ok(())
}

/// The origins of the settings; on a developer's machine every page of the same machine, such as the MCP Inspector's.
pub fn is_allowed_origin(settings: &Settings, origin: &str) -> bool {
    settings.allowed_origins.iter().any(|ours| ours == origin)
        || (settings.development && origin.strip_prefix("http://").is_some_and(is_loopback))
}

fn is_our_host(settings: &Settings, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let urls = settings.allowed_origins.iter().chain([&settings.base_url, &settings.mcp.server_url]);
    urls.map(|url| authority(url)).any(|ours| ours.eq_ignore_ascii_case(&host))
        || (settings.development && is_loopback(&host))
}

fn authority(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default()
}

/// A loopback name with or without a port.
pub fn is_loopback(authority: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| {
        let port = authority.strip_prefix(name).map(|rest| rest.strip_prefix(':').unwrap_or(rest));
        port.is_some_and(|port| port.bytes().all(|digit| digit.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::settings;

    const PRODUCTION: [(&str, &str); 5] = [
        ("AUTH0_ISSUER", "https://tenant.example/"),
        ("DEPUTY_DEV", ""),
        ("BASE_URL", "https://deputy.example"),
        ("ALLOWED_ORIGINS", "https://spa.example"),
        ("MCP_SERVER_URL", "https://mcp.example/mcp"),
    ];

    #[test]
    fn foreign_pages_are_refused_and_command_lines_are_not() {
        let ours = settings(&PRODUCTION).unwrap();
        let from = |origin| check(&ours, origin, Some("deputy.example")).map_err(|refusal| refusal.code.clone());
        for good in [None, Some("https://deputy.example"), Some("https://spa.example")] {
            assert_eq!(from(good), Ok(()), "{good:?}");
        }
        for bad in ["https://evil.example", "null", "", "http://deputy.example", "http://localhost:6274"] {
            assert_eq!(from(Some(bad)), Err("origin_refused".to_owned()), "{bad}");
        }
        let local = settings(&[]).unwrap();
        assert!(check(&local, Some("http://localhost:6274"), Some("localhost:3000")).is_ok());
        assert!(check(&local, Some("http://localhost.evil.example"), Some("localhost:3000")).is_err());
    }

    #[test]
    fn only_our_own_names_are_answered() {
        let ours = settings(&PRODUCTION).unwrap();
        let named = |host| check(&ours, None, host).map_err(|refusal| refusal.code.clone());
        for good in ["deputy.example", "DEPUTY.example", "mcp.example", "spa.example"] {
            assert_eq!(named(Some(good)), Ok(()), "{good}");
        }
        for bad in [Some("evil.example"), Some("deputy.example:8080"), Some("localhost"), Some(""), None] {
            assert_eq!(named(bad), Err("host_refused".to_owned()), "{bad:?}");
        }
        let local = settings(&[]).unwrap();
        for (host, expected) in [
            ("localhost:3000", true),
            ("127.0.0.1:1", true),
            ("[::1]:9", true),
            ("localhost:x", false),
            ("rebound.example:3000", false),
        ] {
            assert_eq!(check(&local, None, Some(host)).is_ok(), expected, "{host}");
        }
    }
}
