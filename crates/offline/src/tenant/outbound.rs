//! The only connections that the world makes by itself: to loopback addresses, never to another.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use url::{Host, Url};

const PATIENCE: Duration = Duration::from_secs(5);
const MOST_BYTES: u64 = 64 * 1024;

/// Why nothing was sent, or no answer came.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboundError {
    /// Not `http:`, or a host that is not this machine.
    #[error("only http addresses of this machine are called")]
    NotLoopback,
    /// The connection failed.
    #[error("the connection failed: {0}")]
    Io(#[from] std::io::Error),
    /// Too slow.
    #[error("no answer within five seconds")]
    Timeout(#[from] tokio::time::error::Elapsed),
    /// What came is not HTTP.
    #[error("the answer is not HTTP")]
    NotHttp,
}

/// Posts a form and gives the status of the answer.
///
/// # Errors
/// [`OutboundError`]; an address that is not loopback is refused before any name is resolved.
pub(crate) async fn post_form(url: &str, body: &str) -> Result<u16, OutboundError> {
    let url = Url::parse(url).map_err(|_| OutboundError::NotLoopback)?;
    let addresses = loopback(&url)?;
    timeout(PATIENCE, exchange(&addresses, &url, body)).await?
}

/// The addresses to try. `localhost` is not asked of a resolver, who could say anything.
fn loopback(url: &Url) -> Result<Vec<SocketAddr>, OutboundError> {
    if url.scheme() != "http" {
        return Err(OutboundError::NotLoopback);
    }
    let port = url.port_or_known_default().unwrap_or(80);
    let addresses: Vec<SocketAddr> = match url.host() {
        Some(Host::Domain("localhost")) => vec![([127, 0, 0, 1], port).into(), ([0, 0, 0, 0, 0, 0, 0, 1], port).into()],
        Some(Host::Ipv4(address)) => vec![(address, port).into()],
        Some(Host::Ipv6(address)) => vec![(address, port).into()],
        _ => Vec::new(),
    };
    let good = !addresses.is_empty() && addresses.iter().all(|address| address.ip().is_loopback());
    if good { Ok(addresses) } else { Err(OutboundError::NotLoopback) }
}

async fn exchange(addresses: &[SocketAddr], url: &Url, body: &str) -> Result<u16, OutboundError> {
    let mut stream = TcpStream::connect(addresses).await?;
    let authority = url.authority();
    let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
    let request = format!(
        "POST {}{query} HTTP/1.1\r\nhost: {authority}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\nuser-agent: deputy-offline\r\nconnection: close\r\n\r\n{body}",
        url.path(),
        body.len(),
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MOST_BYTES).read_to_end(&mut answer).await?;
    let text = String::from_utf8_lossy(&answer);
    let status = text.strip_prefix("HTTP/1.").and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
    status.ok_or(OutboundError::NotHttp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_pass() {
        for good in ["http://localhost:3000/x", "http://127.0.0.1/", "http://127.9.9.9:1/", "http://[::1]:5/"] {
            assert!(loopback(&Url::parse(good).unwrap()).is_ok(), "{good}");
        }
        for bad in [
            "https://localhost/",
            "http://example.com/",
            "http://192.0.2.1/",
            "http://[2001:db8::1]/",
            "http://localhost.example/",
            "http://0.0.0.0/",
            "http://[::ffff:192.0.2.1]/",
            "file:///etc/hosts",
        ] {
            assert!(loopback(&Url::parse(bad).unwrap()).is_err(), "{bad}");
        }
    }
}
