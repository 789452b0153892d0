use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use deputy_error::{Explained, Explanation};
use http::Uri;
use http::uri::Scheme;
use strum::EnumIter;

/// Which addresses the client may speak to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// `https` to the public internet, nothing else.
    #[default]
    Public,
    /// The same and any scheme to this machine, for development and tests.
    PublicAndLoopback,
}

/// An absolute URL that the client may send to: `https` to a public host, or `http` to this machine where [`Reach`] allows it.
///
/// Every URL that a server, an authorization server or a redirect names is read here before anything is sent to it, so that nobody can
/// make the client speak to a private network or to a cloud's metadata service (OWASP server-side request forgery; MCP security best
/// practices, "Server-Side Request Forgery"). Only the URL is looked at: a public name that resolves to a private address is for
/// whoever opens the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    scheme: &'static str,
    host: String,
    port: Option<u16>,
    path: String,
    query: Option<String>,
}

impl Address {
    /// Reads a URL.
    ///
    /// Errors: no absolute `http` or `https` URL in ASCII (names in Punycode), with user name, fragment or a host in an unusual
    /// spelling (`2130706433`, `0x7f.1`, a final dot); `http` where it is not allowed; a host that is not public.
    pub fn parse(url: &str, reach: Reach) -> Result<Self, AddressError> {
        let uri: Uri = url.parse().map_err(|_| AddressError::NotAnAddress)?;
        let authority = uri.authority().ok_or(AddressError::NotAnAddress)?;
        if url.contains(['#', '\\']) || authority.as_str().contains('@') {
            return Err(AddressError::NotAnAddress);
        }
        let scheme = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => "https",
            Some(scheme) if *scheme == Scheme::HTTP => "http",
            _ => return Err(AddressError::NotAnAddress),
        };
        let host = authority.host().to_ascii_lowercase();
        let port = match authority.as_str().get(host.len()..).unwrap_or_default() {
            "" => None,
            port => Some(port.strip_prefix(':').and_then(|port| port.parse().ok()).ok_or(AddressError::NotAnAddress)?),
        };
        match place_of(&host).ok_or(AddressError::NotAnAddress)? {
            Place::Loopback if reach == Reach::PublicAndLoopback => {}
            Place::Public if scheme == "https" => {}
            Place::Public => return Err(AddressError::NotSecure),
            Place::Loopback | Place::Private => return Err(AddressError::NotPublic),
        }
        Ok(Self {
            text: url.to_owned(),
            scheme,
            host,
            port: port.filter(|port| *port != if scheme == "https" { 443 } else { 80 }),
            path: uri.path().to_owned(),
            query: uri.query().map(str::to_owned),
        })
    }

    /// The URL as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port as RFC 6454, 6.2 writes them: lower case, no default port, no slash at the end.
    pub fn origin(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}", self.scheme, self.host)
    }

    /// Host, without port; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Path, `/` where there is none.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What stands in the `Location` of an answer of this address, or in its `endpoint` event (RFC 3986, 5.2; a path without a
    /// leading slash stands beside this one).
    ///
    /// Errors: as of [`parse`](Self::parse).
    pub fn join(&self, reference: &str, reach: Reach) -> Result<Self, AddressError> {
        let url = if reference.starts_with("//") {
            format!("{}:{reference}", self.scheme)
        } else if reference.starts_with('/') {
            format!("{}{reference}", self.origin())
        } else if reference.starts_with('?') {
            format!("{}{}{reference}", self.origin(), self.path)
        } else if reference.split(['/', '?']).next().is_some_and(|first| first.contains(':')) {
            reference.to_owned()
        } else {
            let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{}{folder}/{reference}", self.origin())
        };
        Self::parse(&url, reach)
    }

    /// True if `other` is this resource or lies below it: same origin, and the path's segments begin with this one's.
    pub fn contains(&self, other: &Self) -> bool {
        let prefix = self.path.trim_end_matches('/');
        self.origin() == other.origin()
            && (self.query.is_none() || self.query == other.query)
            && other.path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Where a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Public,
    Loopback,
    Private,
}

/// `None` for what is neither a name nor an address in its usual spelling.
fn place_of(host: &str) -> Option<Place> {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse().ok().map(|address| place_of_ip(IpAddr::V6(address)));
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Some(place_of_ip(IpAddr::V4(address)));
    }
    let named = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let last = host.rsplit('.').next()?;
    // WHATWG URL, 4.5: a name that ends in a number is an address, whatever the number's base.
    if host.len() > 253
        || !host.split('.').all(named)
        || last.bytes().all(|byte| byte.is_ascii_digit())
        || last.starts_with("0x")
    {
        return None;
    }
    Some(place_of_name(host))
}

fn place_of_name(host: &str) -> Place {
    // RFC 6762, RFC 8375, RFC 6761, what ICANN keeps out of the root (name collisions), and names that answer with the address in them.
    const PRIVATE: [&str; 14] = [
        "local",
        "localdomain",
        "internal",
        "intranet",
        "lan",
        "home",
        "corp",
        "private",
        "home.arpa",
        "nip.io",
        "sslip.io",
        "xip.io",
        "localtest.me",
        "lvh.me",
    ];
    let below = |zone: &str| host.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if below("localhost") {
        Place::Loopback
    } else if !host.contains('.') || PRIVATE.into_iter().any(below) || host == "metadata.goog" {
        Place::Private
    } else {
        Place::Public
    }
}

fn place_of_ip(address: IpAddr) -> Place {
    match address {
        IpAddr::V4(address) if address.is_loopback() => Place::Loopback,
        IpAddr::V4(address) if is_private_v4(address) => Place::Private,
        IpAddr::V6(address) if address.is_loopback() => Place::Loopback,
        IpAddr::V6(address) => match carried(address) {
            // Never this machine: no client writes it like this by itself.
            Some(inner) if inner.is_loopback() || is_private_v4(inner) => Place::Private,
            None if is_private_v6(address) => Place::Private,
            _ => Place::Public,
        },
        IpAddr::V4(_) => Place::Public,
    }
}

/// IANA IPv4 special-purpose address registry: everything that is not globally reachable, and multicast.
fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        || matches!(
            (a, b, c),
            (0 | 224..=255, ..) | (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18 | 19, _)
        )
}

/// IANA IPv6 special-purpose address registry, multicast, and the addresses that sites once had (RFC 3879).
fn is_private_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, ..] = address.segments();
    address.is_unspecified()
        || matches!(first, 0xfc00..=0xfdff | 0xfe80..=0xfeff | 0xff00..=0xffff)
        || matches!((first, second), (0x2001, 0..=0x01ff | 0x0db8) | (0x3fff, 0..=0x0fff) | (0x0100, 0) | (0x5f00, _))
        || (first, second, third) == (0x64, 0xff9b, 1)
}

/// The IPv4 address inside: mapped or compatible (RFC 4291, 2.5.5), NAT64 (RFC 6052), 6to4 (RFC 3056).
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0, high, low] if (high, low) != (0, 0) => Some(from(high, low)),
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(from(high, low)),
        [0x2002, high, low, ..] => Some(from(high, low)),
        _ => None,
    }
}

/// Why the client does not send to a URL. No variant repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum AddressError {
    /// No absolute URL, or one in an unusual spelling.
    #[error("not an absolute http or https URL")]
    NotAnAddress,
    /// `http` to another machine.
    #[error("the URL is not https")]
    NotSecure,
    /// A private network, this machine, or a cloud's metadata service.
    #[error("the URL leads to a host that is not public")]
    NotPublic,
}

impl Explained for AddressError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::NotAnAddress => Explanation::new(
                "mcp_address_invalid",
                "That is not an address of an MCP server. It looks like https://example.com/mcp.",
                "Write an absolute https URL in ASCII, without user name and fragment, with the host as a name or in dotted decimals.",
            ),
            Self::NotSecure => Explanation::new(
                "mcp_address_not_https",
                "The address of an MCP server has to begin with https.",
                "Serve it over TLS; plain http is for a loopback host together with DEPUTY_DEV=1 only.",
            ),
            Self::NotPublic => Explanation::new(
                "mcp_address_not_public",
                "That address is not on the public internet, so it is not used.",
                "Private networks, link-local and metadata addresses are refused, in every URL that a server names too; loopback hosts need DEPUTY_DEV=1.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> Option<AddressError> {
        Address::parse(url, Reach::Public).err()
    }

    #[test]
    fn a_public_server_over_tls() {
        for url in [
            "https://example.com/mcp",
            "https://xn--bcher-kva.example/",
            "https://8.8.8.8/mcp?x=1",
            "https://[2606:4700::1]/",
        ] {
            assert_eq!(refused(url), None, "{url}");
        }
        assert_eq!(refused("http://example.com/mcp"), Some(AddressError::NotSecure));
        let address = Address::parse("HTTPS://Example.com:443/a?b=c", Reach::Public).unwrap();
        assert_eq!(
            (address.origin().as_str(), address.path(), address.host()),
            ("https://example.com", "/a", "example.com")
        );
    }

    /// `MC`: private-network and metadata addresses are refused, loopback only where it is allowed.
    #[test]
    fn nothing_private_is_spoken_to() {
        let private = [
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.100.100.200",
            "0.0.0.0",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[::ffff:10.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[::127.0.0.1]",
            "[64:ff9b::a9fe:a9fe]",
            "[2002:7f00:1::]",
            "[2001:db8::1]",
            "[2001::1]",
            "printer",
            "nas.local",
            "a.internal",
            "metadata.google.internal",
            "metadata.goog",
            "router.lan",
            "x.home.arpa",
            "10.0.0.1.nip.io",
            "localtest.me",
        ];
        for host in private {
            for reach in [Reach::Public, Reach::PublicAndLoopback] {
                let error = Address::parse(&format!("https://{host}/mcp"), reach).err();
                assert_eq!(error, Some(AddressError::NotPublic), "{host}");
            }
        }
        for host in ["localhost", "LOCALHOST", "x.localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            let url = format!("http://{host}:8080/mcp");
            assert_eq!(refused(&url), Some(AddressError::NotPublic), "{host}");
            assert!(Address::parse(&url, Reach::PublicAndLoopback).is_ok(), "{host}");
        }
    }

    #[test]
    fn other_spellings_of_an_address_are_none() {
        for url in [
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://127.1/",
            "https://0177.0.0.1/",
            "https://1.2.3.0x4/",
            "https://127.0.0.1./",
            "https://localhost./",
            "https://a..b/",
            "https://a@b.example/",
            "https://user:p@b.example/",
            "https://b.example/#f",
            "https://b.example\\@evil.example/",
            "ftp://b.example/",
            "//b.example/",
            "b.example",
            "",
            "https://",
            "https://b.example:99999/",
            "https://b.example:/",
            "https://%31%32%37.0.0.1/",
            "https://bücher.example/",
            "javascript:alert(1)",
        ] {
            assert_eq!(Address::parse(url, Reach::PublicAndLoopback).err(), Some(AddressError::NotAnAddress), "{url}");
        }
    }

    /// Also after a redirect.
    #[test]
    fn a_reference_is_read_like_an_address() {
        let base = Address::parse("https://mcp.example/a/b?c=d", Reach::Public).unwrap();
        let join = |reference: &str| base.join(reference, Reach::Public).map(|address| address.as_str().to_owned());
        assert_eq!(join("/x?y=z").as_deref(), Ok("https://mcp.example/x?y=z"));
        assert_eq!(join("x?u=http://z").as_deref(), Ok("https://mcp.example/a/x?u=http://z"));
        assert_eq!(join("?y").as_deref(), Ok("https://mcp.example/a/b?y"));
        assert_eq!(join("//other.example/x").as_deref(), Ok("https://other.example/x"));
        assert_eq!(join("https://other.example").as_deref(), Ok("https://other.example"));
        assert_eq!(join("http://169.254.169.254/latest"), Err(AddressError::NotPublic));
        assert_eq!(join("//127.0.0.1/x"), Err(AddressError::NotPublic));
        assert_eq!(join("http://mcp.example/"), Err(AddressError::NotSecure));
        assert_eq!(join("file:///etc/passwd"), Err(AddressError::NotAnAddress));
    }

    #[test]
    fn a_resource_contains_what_lies_below_it() {
        let address = |url: &str| Address::parse(url, Reach::Public).unwrap();
        let contains = |outer: &str, inner: &str| address(outer).contains(&address(inner));
        assert!(
            contains("https://a.example", "https://a.example/mcp")
                && contains("https://a.example/", "https://a.example/mcp")
        );
        assert!(
            contains("https://a.example/mcp", "https://A.example:443/mcp/x")
                && contains("https://a.example/mcp/", "https://a.example/mcp")
        );
        assert!(
            !contains("https://a.example/mcp", "https://a.example/mcp2")
                && !contains("https://a.example/mcp", "https://a.example/")
        );
        assert!(
            !contains("https://b.example/mcp", "https://a.example/mcp")
                && !contains("https://a.example:8443/", "https://a.example/")
        );
    }
}
