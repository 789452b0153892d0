//! What pages of other origins may read of the MCP server (Fetch, 3.2 CORS protocol).

use super::route::McpRoute;
use super::sender::is_allowed_origin;
use crate::config::Settings;

/// What a browser may hand to a page besides the body: the challenge above all, without which no client finds the log-in.
const EXPOSED: &str = "www-authenticate, mcp-session-id, mcp-protocol-version, x-correlation-id";
/// What a page's client may send.
const ALLOWED: &str =
    "authorization, content-type, accept, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name, last-event-id";

/// Headers of every answer of the route; `preflight` where a browser asks first. What is published is for everybody. No credentials:
/// no cookie is looked at anywhere here.
pub fn cors_headers(
    route: McpRoute,
    settings: &Settings,
    origin: Option<&str>,
    preflight: bool,
) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    if route == McpRoute::Endpoint {
        headers.push(("vary", "Origin".to_owned()));
        let Some(origin) = origin.filter(|origin| is_allowed_origin(settings, origin)) else { return headers };
        headers.push(("access-control-allow-origin", origin.to_owned()));
    } else {
        headers.push(("access-control-allow-origin", "*".to_owned()));
    }
    headers.push(("access-control-expose-headers", EXPOSED.to_owned()));
    if preflight {
        let methods: Vec<&str> = route.methods().iter().copied().filter(|method| *method != "OPTIONS").collect();
        headers.push(("access-control-allow-methods", methods.join(", ")));
        headers.push(("access-control-allow-headers", ALLOWED.to_owned()));
        headers.push(("access-control-max-age", "600".to_owned()));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::settings;

    #[test]
    fn s_30_the_challenge_can_be_read_and_the_token_can_be_sent() {
        let settings = settings(&[("ALLOWED_ORIGINS", "https://spa.example")]).unwrap();
        let given = |route, origin, preflight| cors_headers(route, &settings, origin, preflight);
        let value = |headers: &[(&str, String)], name: &str| {
            headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let ours = given(McpRoute::Endpoint, Some("https://spa.example"), true);
        assert_eq!(value(&ours, "access-control-allow-origin"), "https://spa.example");
        assert!(value(&ours, "access-control-expose-headers").contains("www-authenticate"));
        assert!(value(&ours, "access-control-allow-headers").contains("authorization"));
        assert_eq!(value(&ours, "access-control-allow-methods"), "GET, POST, DELETE");
        assert!(!ours.iter().any(|(name, _)| name.contains("credentials")));
        assert_eq!(given(McpRoute::Endpoint, Some("https://evil.example"), true), [("vary", "Origin".to_owned())]);
        let public = given(McpRoute::ProtectedResource, Some("https://evil.example"), false);
        assert_eq!(value(&public, "access-control-allow-origin"), "*");
    }
}
