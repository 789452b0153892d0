//! The authorization server's endpoints on our own origin, for clients that look for them at the MCP server's host whatever the
//! metadata says (`MCP_AUTHORIZATION_FACADE`). It keeps nothing and decides nothing but what may pass: clients are registered at the
//! tenant, which also compares redirect URIs, asks the user, and issues code and tokens.

mod authorize;
mod error;
mod metadata;
mod register;
mod token;

use deputy_http::{BuildRequest as _, ReadResponse as _, Request};
use worker::Response;

use super::super::reply;
use super::super::visit::Visit;
use crate::config::Settings;
use crate::objects::Refusal;
use crate::platform::outside::Outside;
use crate::platform::ports::Network as _;

pub use error::FacadeError;

/// The endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FacadeRoute {
    /// `/.well-known/oauth-authorization-server`
    Metadata,
    /// `/authorize`
    Authorize,
    /// `/token`
    Token,
    /// `/register`
    Register,
}

/// What a form or a registration may weigh, bytes.
const MAX_BODY: usize = 16 * 1024;

/// Answers one of the endpoints; 404 unless the setting is on.
pub async fn answer(visit: &mut Visit, route: FacadeRoute) -> Result<Response, Refusal> {
    if !visit.settings.mcp.facade {
        return Err(Refusal::new(404, "route_unknown", "There is nothing here."));
    }
    match route {
        FacadeRoute::Metadata => {
            let issuer = &visit.settings.tenant.issuer;
            let request = deputy_http::get(issuer.url(".well-known/oauth-authorization-server"));
            let tenants = Outside.send(request.header("accept", "application/json")).await;
            let tenants = tenants.ok().filter(|answer| answer.status().is_success());
            let tenants: Option<metadata::Tenants> = tenants.and_then(|answer| answer.json().ok());
            match tenants.map(|tenants| metadata::published(&visit.settings.base_url, tenants)) {
                Some(published) => reply::with_header(reply::json(&published)?, "cache-control", "public, max-age=300"),
                None => refused(FacadeError::TenantDown),
            }
        }
        FacadeRoute::Authorize => {
            let query = visit.query().into_pairs();
            match authorize::location(&visit.settings, query) {
                Ok(location) => reply::redirect(&location),
                // Whose redirect URI it is has not been checked here, so nothing is sent there.
                Err(error) => Err(Refusal::explained(400, &error)),
            }
        }
        FacadeRoute::Token => {
            let (kind, authorization) = (visit.header("content-type"), visit.header("authorization"));
            let body = visit.body_up_to(MAX_BODY).await?;
            passed_on(token::request(&visit.settings, kind.as_deref(), authorization.as_deref(), &body)).await
        }
        FacadeRoute::Register => {
            let body = visit.bytes_up_to(MAX_BODY).await?;
            passed_on(register::request(&visit.settings, &body, visit.now)).await
        }
    }
}

/// The tenant's answer as it is: status, JSON, when to come again.
async fn passed_on(request: Result<Request, FacadeError>) -> Result<Response, Refusal> {
    let answer = match request {
        Ok(request) => Outside.send(request).await,
        Err(error) => return refused(error),
    };
    let Ok(answer) = answer else { return refused(FacadeError::TenantDown) };
    let mut response = reply::text(&answer.body().text(), "application/json")?.with_status(answer.status().as_u16());
    for name in ["retry-after", "www-authenticate"] {
        if let Some(value) = answer.headers().get(name).and_then(|value| value.to_str().ok()) {
            response = reply::with_header(response, name, value)?;
        }
    }
    Ok(response)
}

/// RFC 6749, 5.2.
fn refused(error: FacadeError) -> Result<Response, Refusal> {
    Ok(reply::json(&error.body())?.with_status(error.status()))
}

/// `resource` must name this server, by its identifier or its address: what a client was told to ask for, or where it found it
/// (RFC 8707, 2). A token for anything else is not to be had here.
fn is_our_resource(settings: &Settings, resource: &str) -> bool {
    let mcp = &settings.mcp;
    let plain = |url: &str| url.trim_end_matches('/').to_owned();
    resource == mcp.audience || [&mcp.server_url, &settings.base_url].iter().any(|url| plain(url) == plain(resource))
}

/// Parameters, each at most once (RFC 6749, 3.1 and 3.2); empty ones count as not there.
fn once(pairs: Vec<(String, String)>) -> Result<Vec<(String, String)>, FacadeError> {
    for (index, (name, _)) in pairs.iter().enumerate() {
        if pairs.iter().skip(index.saturating_add(1)).any(|(other, _)| other == name) {
            return Err(FacadeError::Repeated);
        }
    }
    Ok(pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect())
}

/// A parameter's value.
fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Those that may pass, and only those.
fn passing<'a>(pairs: &'a [(String, String)], allowed: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    pairs.filter(|(name, _)| allowed.contains(name))
}

/// Whether a browser may be sent there at all: `https:`, this machine, or an application's own scheme (RFC 8252, 7). The tenant
/// compares it with what is registered; this keeps scripts out of `Location` whatever is registered.
fn is_redirect_uri(uri: &str) -> bool {
    if uri.len() > 2_000 || !uri.bytes().all(|byte| byte.is_ascii_graphic()) || uri.contains('#') {
        return false;
    }
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let host = rest.strip_prefix("//").map(|rest| rest.split(['/', '?', '\\']).next().unwrap_or_default());
    match (scheme.to_ascii_lowercase().as_str(), host) {
        ("https", Some(host)) => !host.is_empty() && !host.contains('@'),
        ("http", Some(host)) => ["localhost", "127.0.0.1", "[::1]"]
            .iter()
            .any(|name| host.strip_prefix(name).is_some_and(|port| port.is_empty() || port.starts_with(':'))),
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
