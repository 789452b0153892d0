use super::checks::{is_our_resource, is_redirect_uri, once, passing, value};
use super::error::FacadeError;
use crate::config::Settings;

/// Parameters that may pass to the tenant's `/authorize`. What Auth0 understands beyond them, such as `connection_scope`, is not for
/// strangers to choose (S-13).
const PASSING: [&str; 11] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "login_hint",
    "ui_locales",
];

/// Where the browser goes on: to the tenant, with our own audience in place of `resource`, so that it works whether or not the tenant
/// has the Resource Parameter Compatibility Profile on (MC-15).
pub fn location(settings: &Settings, query: Vec<(String, String)>) -> Result<String, FacadeError> {
    let query = once(query)?;
    let get = |name: &str| value(&query, name);
    if get("request").is_some() || get("request_uri").is_some() {
        return Err(FacadeError::RequestObject);
    }
    get("client_id").ok_or(FacadeError::Missing)?;
    if !is_redirect_uri(get("redirect_uri").ok_or(FacadeError::Missing)?) {
        return Err(FacadeError::RedirectUri);
    }
    if get("response_type") != Some("code") || get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(FacadeError::ResponseType);
    }
    if get("code_challenge_method") != Some("S256") || !get("code_challenge").is_some_and(is_challenge) {
        return Err(FacadeError::Pkce);
    }
    let audience = settings.mcp.audience.as_str();
    if get("resource").is_some_and(|resource| !is_our_resource(settings, resource))
        || get("audience").is_some_and(|named| named != audience)
    {
        return Err(FacadeError::OtherResource);
    }
    let pairs = passing(&query, &PASSING).chain([("audience", audience)]);
    Ok(deputy_http::append_query(&settings.tenant.endpoints.authorization, pairs))
}

/// BASE64URL(SHA256(verifier)) (RFC 7636, 4.2).
fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::settings;

    fn asked(changes: &[(&str, &str)]) -> Result<String, FacadeError> {
        let base = [
            ("response_type", "code"),
            ("client_id", "c1"),
            ("redirect_uri", "https://client.example/callback"),
            ("state", "s&1"),
            ("code_challenge", "0123456789012345678901234567890123456789012"),
            ("code_challenge_method", "S256"),
            ("resource", "http://localhost:3000/mcp"),
        ];
        let kept = base.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        let pairs = kept.chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        location(&settings(&[("MCP_AUTHORIZATION_FACADE", "1")]).unwrap(), pairs)
    }

    #[test]
    fn what_passes_goes_to_the_tenant_for_our_audience() {
        let location = asked(&[("scope", "openid tool:greet"), ("connection_scope", "everything")]).unwrap();
        let (address, query) = location.split_once('?').unwrap();
        assert_eq!(address, "http://localhost:4400/authorize");
        let pairs = deputy_http::parse_query(query);
        let get = |name: &str| value(&pairs, name);
        assert_eq!(get("audience"), Some("http://localhost:3000/mcp"));
        assert_eq!((get("state"), get("scope")), (Some("s&1"), Some("openid tool:greet")));
        assert_eq!(get("redirect_uri"), Some("https://client.example/callback"));
        assert_eq!((get("resource"), get("connection_scope")), (None, None));
    }

    #[test]
    fn every_hole_is_closed_before_anybody_is_sent_anywhere() {
        use FacadeError::*;
        for (changes, error) in [
            (&[("code_challenge", "")][..], Pkce),
            (&[("code_challenge_method", "plain")], Pkce),
            (&[("code_challenge_method", "")], Pkce),
            (&[("code_challenge", "short")], Pkce),
            (&[("response_type", "token")], ResponseType),
            (&[("response_type", "code id_token")], ResponseType),
            (&[("response_mode", "fragment")], ResponseType),
            (&[("redirect_uri", "javascript:alert(1)")], RedirectUri),
            (&[("redirect_uri", "")], Missing),
            (&[("client_id", "")], Missing),
            (&[("resource", "https://other.example/mcp")], OtherResource),
            (&[("audience", "https://deputy.example/api")], OtherResource),
            (&[("request_uri", "urn:x")], RequestObject),
            (&[("request", "eyJ")], RequestObject),
            (&[("state", "a"), ("state", "b")], Repeated),
        ] {
            assert_eq!(asked(changes), Err(error), "{changes:?}");
        }
    }
}
