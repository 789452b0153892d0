use deputy_error::{Explained, Explanation};
use strum::EnumIter;

use crate::words::NOT_SET_UP;

/// An issuer identifier (OpenID Connect Discovery 1.0, 3): scheme, host and port with a trailing
/// slash, as Auth0 writes it in `iss`. `https`, or `http` on a loopback host for development.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Issuer(String);

impl Issuer {
    /// The issuer of the setting `AUTH0_DOMAIN`, a bare host such as `tenant.eu.auth0.com`.
    pub fn from_domain(domain: &str) -> Result<Self, IssuerError> {
        if domain.is_empty() {
            return Err(IssuerError::MissingDomain);
        }
        if !is_host(domain) || !domain.contains('.') {
            return Err(IssuerError::NotADomain);
        }
        Ok(Self(format!("https://{}/", domain.to_ascii_lowercase())))
    }

    /// The issuer of the setting `AUTH0_ISSUER`, a URL ending in a slash. `http` is refused unless
    /// `development` is true and the host is a loopback host.
    pub fn parse(url: &str, development: bool) -> Result<Self, IssuerError> {
        let (scheme, rest) = url.split_once("://").ok_or(IssuerError::NotAnIssuer)?;
        let authority = rest.strip_suffix('/').ok_or(IssuerError::NoTrailingSlash)?;
        let (host, port) = split_port(authority).ok_or(IssuerError::NotAnIssuer)?;
        if !(is_host(host) || host == "[::1]") || port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err(IssuerError::NotAnIssuer);
        }
        match scheme {
            "https" => {}
            "http" if development && is_loopback(host) => {}
            "http" => return Err(IssuerError::NotSecure),
            _ => return Err(IssuerError::NotAnIssuer),
        }
        Ok(Self(url.to_ascii_lowercase()))
    }

    /// The identifier, with its trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The audience of the My Account API: issuer and `me/` (trailing slash significant).
    pub fn my_account_audience(&self) -> String {
        self.url("me/")
    }

    /// A URL below the issuer; `path` has no leading slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// True if a URL the tenant named may be used: `https`, or of the issuer's own origin.
    pub(crate) fn trusts(&self, url: &str) -> bool {
        !url.chars().any(|c| c.is_control() || c == ' ' || c == '\\')
            && (url.starts_with(&self.0) || (url.starts_with("https://") && self.0.starts_with("https://")))
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    if let Some(after) = authority.strip_prefix("[::1]") {
        return match after.strip_prefix(':') {
            Some(port) => Some(("[::1]", Some(port))),
            None if after.is_empty() => Some(("[::1]", None)),
            None => None,
        };
    }
    match authority.split_once(':') {
        Some((host, port)) => Some((host, Some(port))),
        None => Some((authority, None)),
    }
}

fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 253
        && host.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
}

fn is_loopback(host: &str) -> bool {
    host == "[::1]"
        || host.eq_ignore_ascii_case("localhost")
        || host.to_ascii_lowercase().ends_with(".localhost")
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Why a setting does not name an issuer. No variant repeats the setting's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum IssuerError {
    /// `AUTH0_DOMAIN` is empty.
    #[error("AUTH0_DOMAIN is missing")]
    MissingDomain,
    /// `AUTH0_DOMAIN` is not a bare host.
    #[error("AUTH0_DOMAIN is not a host name")]
    NotADomain,
    /// `AUTH0_ISSUER` is not an origin.
    #[error("AUTH0_ISSUER is not an issuer URL")]
    NotAnIssuer,
    /// `AUTH0_ISSUER` does not end in a slash.
    #[error("AUTH0_ISSUER has no trailing slash")]
    NoTrailingSlash,
    /// `AUTH0_ISSUER` is `http` where that is not allowed.
    #[error("AUTH0_ISSUER is not https")]
    NotSecure,
}

impl Explained for IssuerError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::MissingDomain => Explanation::new(
                "auth0_domain_missing",
                NOT_SET_UP,
                "Set AUTH0_DOMAIN to your tenant's host, for example example.eu.auth0.com.",
            ),
            Self::NotADomain => Explanation::new(
                "auth0_domain_invalid",
                NOT_SET_UP,
                "Write AUTH0_DOMAIN as a bare host without scheme, port, path or slash, for example example.eu.auth0.com.",
            ),
            Self::NotAnIssuer => Explanation::new(
                "auth0_issuer_invalid",
                NOT_SET_UP,
                "Write AUTH0_ISSUER as scheme, host and slash, for example https://login.example.com/.",
            ),
            Self::NoTrailingSlash => Explanation::new(
                "auth0_issuer_no_trailing_slash",
                NOT_SET_UP,
                "End AUTH0_ISSUER with a slash: it is compared with the `iss` claim, and Auth0's has one.",
            ),
            Self::NotSecure => Explanation::new(
                "auth0_issuer_not_https",
                NOT_SET_UP,
                "Use https in AUTH0_ISSUER; http is for a loopback host together with DEPUTY_DEV=1 only.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_a_bare_host_ua_10() {
        assert_eq!(
            Issuer::from_domain("Example.eu.auth0.com").map(|i| i.0),
            Ok("https://example.eu.auth0.com/".into())
        );
        assert_eq!(Issuer::from_domain(""), Err(IssuerError::MissingDomain));
        for bad in ["https://a.b", "a.b/", "a.b:443", "a..b", "localhost", "a.b@c.d", "a b.c"] {
            assert_eq!(Issuer::from_domain(bad), Err(IssuerError::NotADomain), "{bad}");
        }
    }

    #[test]
    fn http_is_for_loopback_in_development_only() {
        assert!(Issuer::parse("https://login.example.com/", false).is_ok());
        for url in ["http://localhost:4400/", "http://127.0.0.1:4400/", "http://[::1]:4400/", "http://t.localhost/"] {
            assert!(Issuer::parse(url, true).is_ok(), "{url}");
            assert_eq!(Issuer::parse(url, false), Err(IssuerError::NotSecure), "{url}");
        }
        assert_eq!(Issuer::parse("http://example.com/", true), Err(IssuerError::NotSecure));
        assert_eq!(Issuer::parse("https://example.com", true), Err(IssuerError::NoTrailingSlash));
        for bad in ["example.com/", "https://example.com/x/", "https://u@example.com/", "https://a:b/", "ftp://a.b/"] {
            assert_eq!(Issuer::parse(bad, true), Err(IssuerError::NotAnIssuer), "{bad}");
        }
    }

    #[test]
    fn urls_the_tenant_names_are_https_or_its_own() {
        let https = Issuer::parse("https://t.example.com/", false).expect("issuer");
        assert!(https.trusts("https://t.example.com/x") && https.trusts("https://custom.example.com/x"));
        assert!(!https.trusts("http://t.example.com/x") && !https.trusts("javascript:alert(1)"));
        let http = Issuer::parse("http://localhost:4400/", true).expect("issuer");
        assert!(http.trusts("http://localhost:4400/x") && !http.trusts("http://localhost:4401/x"));
    }
}
