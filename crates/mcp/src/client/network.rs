use std::future::Future;

use deputy_http::{Body, Request, Response, TransportError};
use futures::future::{Either, select};
use futures::stream::LocalBoxStream;
use futures::{StreamExt as _, pin_mut};
use http::Uri;

/// A body as it arrives. Dropping it closes the connection.
pub type BodyStream = LocalBoxStream<'static, Result<Vec<u8>, TransportError>>;

/// What the client needs of the world: HTTP and time. Nothing here is `Send`, so that it works where there is one thread.
#[allow(async_fn_in_trait, reason = "workers have one thread; nothing here is Send")]
pub trait Network {
    /// Sends a request and answers as soon as the head is there. Redirects are answers like others: whoever follows one checks where
    /// it leads. Dropping the future aborts the request.
    async fn send(&self, request: Request) -> Result<http::Response<BodyStream>, TransportError>;

    /// Waits that many milliseconds.
    async fn sleep(&self, ms: u64);

    /// Milliseconds since the epoch.
    fn now_ms(&self) -> u64;
}

impl<N: Network> Network for &N {
    async fn send(&self, request: Request) -> Result<http::Response<BodyStream>, TransportError> {
        (**self).send(request).await
    }

    async fn sleep(&self, ms: u64) {
        (**self).sleep(ms).await;
    }

    fn now_ms(&self) -> u64 {
        (**self).now_ms()
    }
}

/// How long the client waits and how much it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Without a sign of the server, milliseconds: until the head of an answer, and between two parts of it.
    pub silence_ms: u64,
    /// For a request from the first byte out to the last byte in, milliseconds. The time that the host takes for questions of the
    /// server (elicitation, sampling) is not counted.
    pub total_ms: u64,
    /// Bytes of an answer, of all events of its stream together.
    pub max_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { silence_ms: 60_000, total_ms: 300_000, max_bytes: 4 << 20 }
    }
}

/// Small documents: metadata, registrations, tokens.
pub(crate) const DOCUMENT_LIMITS: Limits = Limits { silence_ms: 10_000, total_ms: 10_000, max_bytes: 256 << 10 };

/// Sends a request and reads the whole answer.
pub(crate) async fn send_whole<N: Network>(
    network: &N,
    request: Request,
    limits: Limits,
) -> Result<Response, TransportError> {
    let host = host_of(request.uri());
    let exchange = async {
        let (head, body) = network.send(request).await?.into_parts();
        Ok(Response::from_parts(head, read_whole(body, &host, limits.max_bytes).await?))
    };
    within(network, limits.total_ms, &host, exchange).await
}

/// Reads a body to its end, up to a number of bytes.
pub(crate) async fn read_whole(mut body: BodyStream, host: &str, limit: usize) -> Result<Body, TransportError> {
    let mut bytes = Vec::new();
    while let Some(part) = body.next().await {
        let part = part?;
        if bytes.len().saturating_add(part.len()) > limit {
            return Err(TransportError::TooLarge { host: host.to_owned(), limit });
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes.into())
}

/// The outcome of a future, if it comes in time.
pub(crate) async fn within<N: Network, T>(
    network: &N,
    ms: u64,
    host: &str,
    future: impl Future<Output = Result<T, TransportError>>,
) -> Result<T, TransportError> {
    // Timers of JavaScript have 31 bits.
    const LONGEST_MS: u64 = 2_000_000_000;
    let deadline = network.sleep(ms.min(LONGEST_MS));
    pin_mut!(future, deadline);
    match select(future, deadline).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => Err(TransportError::TimedOut { host: host.to_owned() }),
    }
}

/// Host and port of a URL, for errors: no path, no query, no user name.
pub(crate) fn host_of(uri: &Uri) -> String {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_owned()
}
