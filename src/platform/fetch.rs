use std::time::Duration;

use deputy_http::{Request, Response, TransportError};
use futures::future::{Either, select};
use futures::{Stream, StreamExt, pin_mut};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use worker::{AbortController, AbortSignal, Delay};

/// How long a call may take, and how large its answer may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the first byte out to the last byte in, milliseconds.
    pub timeout_ms: u64,
    /// Bytes of the body.
    pub max_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout_ms: 10_000, max_bytes: 1 << 20 }
    }
}

/// Sends a request and reads the whole answer. Redirects are answers like others: credentials follow nobody elsewhere.
pub async fn send(request: Request, limits: Limits) -> Result<Response, TransportError> {
    let host = host_of(&request.url);
    let controller = AbortController::default();
    let signal = controller.signal();
    let exchange = async {
        let head = begin(request, &signal).await?;
        read(head, &host, limits.max_bytes).await
    };
    let deadline = Delay::from(Duration::from_millis(limits.timeout_ms));
    pin_mut!(exchange);
    match select(exchange, deadline).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => {
            controller.abort();
            Err(TransportError::TimedOut { host: host.clone() })
        }
    }
}

/// An answer whose body is still coming.
pub struct Streaming<S> {
    /// HTTP status code.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it arrives. Dropping it closes the connection.
    pub body: S,
}

/// Sends a request and answers as soon as the head is there. `abort` ends it at any time, the head must come within
/// `head_timeout_ms`.
pub async fn send_streaming(
    request: Request,
    abort: &AbortSignal,
    head_timeout_ms: u64,
) -> Result<Streaming<impl Stream<Item = Result<Vec<u8>, TransportError>> + Unpin + use<>>, TransportError> {
    let host = host_of(&request.url);
    let begun = begin(request, abort);
    let deadline = Delay::from(Duration::from_millis(head_timeout_ms));
    pin_mut!(begun);
    let mut head = match select(begun, deadline).await {
        Either::Left((head, _)) => head?,
        Either::Right(_) => return Err(TransportError::TimedOut { host }),
    };
    let (status, headers) = (head.status_code(), headers_of(&head));
    let chunks = match head.stream() {
        Ok(stream) => stream.left_stream(),
        // A body that is already here, or none.
        Err(_) => {
            let bytes = head.bytes().await.unwrap_or_default();
            futures::stream::iter([Ok(bytes)]).right_stream()
        }
    };
    let abort = abort.clone();
    let body = chunks.map(move |chunk| match chunk {
        Ok(bytes) => Ok(bytes),
        Err(_) if abort.aborted() => Err(TransportError::Aborted),
        Err(_) => Err(TransportError::Unreachable { host: host.clone() }),
    });
    Ok(Streaming { status, headers, body: Box::pin(body) })
}

/// Host and port of a URL, for errors and log lines: no path, no query, no user name.
pub fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_owned()
}

async fn begin(request: Request, signal: &AbortSignal) -> Result<worker::Response, TransportError> {
    let host = host_of(&request.url);
    let unreachable = || TransportError::Unreachable { host: host.clone() };
    // GitHub refuses requests that do not say who they are.
    let mut headers = vec![("user-agent".to_owned(), concat!("deputy/", env!("CARGO_PKG_VERSION")).to_owned())];
    headers.extend(request.headers);
    if let Some(token) = &request.bearer {
        headers.push(("authorization".to_owned(), format!("Bearer {}", token.expose())));
    }
    if let Some(kind) = request.body.content_type() {
        headers.push(("content-type".to_owned(), kind.to_owned()));
    }
    let init =
        super::request::init(request.method.as_str(), &headers, request.body.text()).map_err(|_| unreachable())?;
    init.set_signal(Some(signal));
    let global: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let answer = JsFuture::from(global.fetch_with_str_and_init(&request.url, &init)).await;
    match answer {
        Ok(response) => Ok(worker::Response::from(response.unchecked_into::<web_sys::Response>())),
        Err(_) if signal.aborted() => Err(TransportError::Aborted),
        Err(_) => Err(unreachable()),
    }
}

async fn read(mut head: worker::Response, host: &str, limit: usize) -> Result<Response, TransportError> {
    let (status, headers) = (head.status_code(), headers_of(&head));
    let mut body = Vec::new();
    match head.stream() {
        Ok(mut stream) => {
            while let Some(chunk) = stream.next().await {
                let chunk = chunk.map_err(|_| TransportError::Unreachable { host: host.to_owned() })?;
                if body.len().saturating_add(chunk.len()) > limit {
                    return Err(TransportError::TooLarge { host: host.to_owned(), limit });
                }
                body.extend_from_slice(&chunk);
            }
        }
        Err(_) => body = head.bytes().await.unwrap_or_default(),
    }
    Ok(Response { status, headers, body })
}

fn headers_of(response: &worker::Response) -> Vec<(String, String)> {
    response.headers().entries().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_21_errors_name_the_host_and_nothing_else() {
        assert_eq!(host_of("https://tenant.example/oauth/token?code=secret"), "tenant.example");
        assert_eq!(host_of("http://127.0.0.1:4402/v1"), "127.0.0.1:4402");
        assert_eq!(host_of("https://user:pass@host.example#x"), "host.example");
    }
}
