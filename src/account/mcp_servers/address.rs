use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;

use crate::tools::mcp::ServerProblem;

/// Bytes of an address at most.
const LONGEST: usize = 2_048;
/// Names that mean this machine, this network, or a cloud's metadata.
const PRIVATE_NAMES: [&str; 9] =
    ["localhost", "local", "internal", "lan", "home", "corp", "intranet", "localdomain", "home.arpa"];

/// An address that a user gave, or that a server named, and that may be asked: https and a public name or address; on a machine of whoever
/// develops also http on a loopback name. Names are not looked up: Cloudflare's network has no way into private ones.
///
/// Errors: [`ServerProblem::AddressRefused`].
pub fn public_address(url: &str, development: bool) -> Result<String, ServerProblem> {
    let refused = ServerProblem::AddressRefused;
    let trimmed = url.trim();
    let spelled = trimmed.len() <= LONGEST
        && !trimmed.contains(['#', '\\'])
        && trimmed.bytes().all(|byte| byte.is_ascii_graphic());
    let uri = trimmed.parse::<Uri>().ok().filter(|_| spelled).ok_or(refused.clone())?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(refused) };
    if authority.as_str().contains('@') {
        return Err(refused);
    }
    let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let allowed = match scheme {
        "https" => is_public(&host) || development && is_loopback(&host),
        "http" => development && is_loopback(&host),
        _ => false,
    };
    if allowed { Ok(uri.to_string()) } else { Err(refused) }
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

fn is_public(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok_and(is_public_v6);
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return is_public_v4(address);
    }
    let labels: Vec<&str> = host.split('.').collect();
    // `2130706433`, `0x7f.1` and `017700000001` are addresses to some, so a last label of digits is no name.
    let last_is_a_name = labels.last().is_some_and(|last| {
        !last.is_empty()
            && !last.starts_with(|letter: char| letter.is_ascii_digit())
            && last.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    let private = PRIVATE_NAMES.iter().any(|name| host == *name || host.ends_with(&format!(".{name}")));
    labels.len() > 1 && last_is_a_name && !private
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let private = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || first == 0
        || first >= 240
        || first == 100 && (64..128).contains(&second)
        || first == 198 && (18..20).contains(&second)
        || (first, second, third) == (192, 0, 0);
    !private
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.to_ipv4_mapped() {
        Some(mapped) => is_public_v4(mapped),
        // Global unicast, without what wraps IPv4 (6to4, Teredo, NAT64 is outside).
        None => {
            let [first, second, ..] = address.segments();
            (0x2000..0x4000).contains(&first) && first != 0x2002 && !(first == 0x2001 && matches!(second, 0 | 0x0db8))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Issue 13: private-network and metadata addresses are refused; loopback is allowed to whoever develops.
    #[test]
    fn private_and_metadata_addresses_are_refused() {
        for url in [
            "http://mcp.example.com/mcp",
            "https://localhost/mcp",
            "https://127.0.0.1/",
            "https://10.0.0.1/mcp",
            "https://192.168.1.1/",
            "https://172.16.9.9/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[2002:7f00:1::]/",
            "https://metadata.google.internal/",
            "https://printer.local/",
            "https://router/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://127.1/",
            "https://example.com.0x7f000001/",
            "https://localhost./",
            "https://foo.localhost/",
            "https://user:pass@mcp.example.com/",
            "https://mcp.example.com/#x",
            "https://mcp.example.com\\@evil/",
            "ftp://mcp.example.com/",
            "javascript:alert(1)",
            "mcp.example.com",
            "",
        ] {
            assert_eq!(public_address(url, false), Err(ServerProblem::AddressRefused), "{url}");
        }
        assert_eq!(public_address("https://10.0.0.1/", true), Err(ServerProblem::AddressRefused), "development too");
        assert_eq!(public_address("http://mcp.example.com/", true), Err(ServerProblem::AddressRefused));
        let long = format!("https://mcp.example.com/{}", "x".repeat(3_000));
        assert!(public_address(&long, false).is_err());
    }

    #[test]
    fn public_ones_are_taken() {
        for url in [
            "https://mcp.example.com/mcp",
            "https://mcp.example.com:8443/a?b=c",
            "https://8.8.8.8/mcp",
            "https://[2606:4700::1]/",
        ] {
            assert_eq!(public_address(url, false).as_deref(), Ok(url));
        }
        assert_eq!(
            public_address(" http://localhost:4401/mcp/notes ", true).as_deref(),
            Ok("http://localhost:4401/mcp/notes")
        );
        assert_eq!(public_address("http://127.0.0.1:4401/mcp", true).as_deref(), Ok("http://127.0.0.1:4401/mcp"));
    }
}
