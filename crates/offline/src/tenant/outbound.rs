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
    /// More than was asked for.
    #[error("the answer is too large")]
    TooLarge,
}

/// What a GET was answered.
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// `content-type`, in lower case.
    pub(crate) content_type: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// Posts a form and gives the status of the answer.
///
/// # Errors
/// [`OutboundError`]; an address that is not loopback is refused before any name is resolved.
pub(crate) async fn post_form(url: &str, body: &str) -> Result<u16, OutboundError> {
    let url = Url::parse(url).map_err(|_| OutboundError::NotLoopback)?;
    let addresses = loopback(&url)?;
    let kind = "content-type: application/x-www-form-urlencoded\r\n";
    let answer = timeout(PATIENCE, exchange(&addresses, &url, "POST", kind, body)).await??;
    Ok(read(&answer)?.status)
}

/// Gets a document of at most that many bytes. Redirects are answers like others.
///
/// # Errors
/// As [`post_form`]; a larger document.
pub(crate) async fn get(url: &Url, most_bytes: usize) -> Result<Answer, OutboundError> {
    let addresses = loopback(url)?;
    let answer = timeout(PATIENCE, exchange(&addresses, url, "GET", "accept: application/json\r\n", "")).await??;
    let answer = read(&answer)?;
    if answer.body.len() > most_bytes { Err(OutboundError::TooLarge) } else { Ok(answer) }
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

async fn exchange(
    addresses: &[SocketAddr],
    url: &Url,
    method: &str,
    headers: &str,
    body: &str,
) -> Result<Vec<u8>, OutboundError> {
    let mut stream = TcpStream::connect(addresses).await?;
    let authority = url.authority();
    let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
    let request = format!(
        "{method} {}{query} HTTP/1.1\r\nhost: {authority}\r\n{headers}content-length: {}\r\n\
         user-agent: deputy-offline\r\nconnection: close\r\n\r\n{body}",
        url.path(),
        body.len(),
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MOST_BYTES).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Takes an answer apart (RFC 9112), its body in chunks or not.
fn read(answer: &[u8]) -> Result<Answer, OutboundError> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or(OutboundError::NotHttp)?;
    let (head, body) = answer.split_at_checked(end).ok_or(OutboundError::NotHttp)?;
    let head = String::from_utf8_lossy(head);
    let status = head.strip_prefix("HTTP/1.").and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
    let header = |name: &str| {
        let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let found = fields.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_ascii_lowercase()).unwrap_or_default()
    };
    let body = body.get(4..).unwrap_or_default();
    let body = if header("transfer-encoding") == "chunked" { unchunked(body)? } else { body.to_vec() };
    Ok(Answer { status: status.ok_or(OutboundError::NotHttp)?, content_type: header("content-type"), body })
}

/// RFC 9112, 7.1.
fn unchunked(mut rest: &[u8]) -> Result<Vec<u8>, OutboundError> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|bytes| bytes == b"\r\n").ok_or(OutboundError::NotHttp)?;
        let (size, data) = rest.split_at_checked(end).ok_or(OutboundError::NotHttp)?;
        let size = size.split(|byte| *byte == b';').next().and_then(|digits| std::str::from_utf8(digits).ok());
        let size =
            size.and_then(|digits| usize::from_str_radix(digits.trim(), 16).ok()).ok_or(OutboundError::NotHttp)?;
        if size == 0 {
            return Ok(body);
        }
        let chunk = data.get(2..).and_then(|data| data.split_at_checked(size)).ok_or(OutboundError::NotHttp)?;
        body.extend_from_slice(chunk.0);
        rest = chunk.1.strip_prefix(b"\r\n").ok_or(OutboundError::NotHttp)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_with_and_without_chunks() {
        let plain = read(b"HTTP/1.1 200 OK\r\nContent-Type: Application/JSON\r\n\r\n{}").unwrap();
        assert_eq!(
            (plain.status, plain.content_type.as_str(), plain.body.as_slice()),
            (200, "application/json", &b"{}"[..])
        );
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunked = |body: &str| read(format!("{head}{body}").as_bytes()).map(|answer| answer.body);
        assert_eq!(chunked("2;x=y\r\nab\r\n1\r\nc\r\n0\r\n\r\n").unwrap(), b"abc");
        for bad in ["", "2\r\nab", "x\r\nab\r\n0\r\n", "ff\r\nab\r\n", "2\r\nabc\r\n0\r\n"] {
            assert!(chunked(bad).is_err(), "{bad:?}");
        }
        assert!(read(b"SSH-2.0").is_err() && read(b"SSH\r\n\r\n").is_err());
    }

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
