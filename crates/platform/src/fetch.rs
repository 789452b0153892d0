//! HTTP to other parties.

use deputy_http::{Body, Request, Response, TransportError};
use futures::future::{Either, select};
use futures::{Stream, StreamExt, pin_mut};
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use worker::{AbortController, AbortSignal};

use super::clock::sleep;

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
    let host = host_of(request.uri());
    let controller = AbortController::default();
    let signal = controller.signal();
    let exchange = async {
        let head = begin(request, &signal).await?;
        read(head, &host, limits.max_bytes).await
    };
    let deadline = sleep(limits.timeout_ms);
    pin_mut!(exchange, deadline);
    match select(exchange, deadline).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => {
            controller.abort();
            Err(TransportError::TimedOut { host: host.clone() })
        }
    }
}

/// Sends a request and answers as soon as the head is there; the body comes as it arrives, and dropping it closes the connection.
/// `abort` ends it at any time, the head must come within `head_timeout_ms`.
pub async fn send_streaming(
    request: Request,
    abort: &AbortSignal,
    head_timeout_ms: u64,
) -> Result<http::Response<impl Stream<Item = Result<Vec<u8>, TransportError>> + Unpin + use<>>, TransportError> {
    let host = host_of(request.uri());
    let begun = begin(request, abort);
    let deadline = sleep(head_timeout_ms);
    pin_mut!(begun, deadline);
    let head = match select(begun, deadline).await {
        Either::Left((head, _)) => head?,
        Either::Right(_) => return Err(TransportError::TimedOut { host }),
    };
    streaming(head, &host, abort)
}

/// An answer whose head is here; `host` is for its errors.
pub(crate) fn streaming(
    mut head: worker::Response,
    host: &str,
    abort: &AbortSignal,
) -> Result<http::Response<impl Stream<Item = Result<Vec<u8>, TransportError>> + Unpin + use<>>, TransportError> {
    let (status, headers) = head_of(&head, host)?;
    let chunks = match head.stream() {
        Ok(stream) => stream.left_stream(),
        // A body that is already here, or none.
        Err(_) => {
            let bytes = async move { Ok(head.bytes().await.unwrap_or_default()) };
            futures::stream::once(Box::pin(bytes)).right_stream()
        }
    };
    let (abort, host) = (abort.clone(), host.to_owned());
    let body = chunks.map(move |chunk| match chunk {
        Ok(bytes) => Ok(bytes),
        Err(_) if abort.aborted() => Err(TransportError::Aborted),
        Err(_) => Err(TransportError::Unreachable { host: host.clone() }),
    });
    Ok(answer(status, headers, Box::pin(body)))
}

/// Host and port of a URL, for errors and log lines: no path, no query, no user name.
pub fn host_of(uri: &Uri) -> String {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_owned()
}

async fn begin(request: Request, signal: &AbortSignal) -> Result<worker::Response, TransportError> {
    let host = host_of(request.uri());
    let unreachable = || TransportError::Unreachable { host: host.clone() };
    if host.is_empty() {
        return Err(unreachable());
    }
    let (head, body) = request.into_parts();
    let mut headers = head.headers;
    // GitHub refuses requests that do not say who they are.
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(concat!("deputy/", env!("CARGO_PKG_VERSION"))));
    let mut texts = Vec::with_capacity(headers.len());
    for (name, value) in &headers {
        texts.push((name.as_str(), value.to_str().map_err(|_| unreachable())?));
    }
    let body = Some(&*body).filter(|body| !body.is_empty());
    let init = super::request::init(head.method.as_str(), texts, body);
    init.set_signal(Some(signal));
    let global: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let answer = JsFuture::from(global.fetch_with_str_and_init(&head.uri.to_string(), &init)).await;
    match answer {
        Ok(response) => Ok(worker::Response::from(response.unchecked_into::<web_sys::Response>())),
        Err(_) if signal.aborted() => Err(TransportError::Aborted),
        Err(_) => Err(unreachable()),
    }
}

async fn read(mut head: worker::Response, host: &str, limit: usize) -> Result<Response, TransportError> {
    let (status, headers) = head_of(&head, host)?;
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
    Ok(answer(status, headers, Body::from(body)))
}

/// Status and headers of an answer.
fn head_of(response: &worker::Response, host: &str) -> Result<(StatusCode, HeaderMap), TransportError> {
    let status = StatusCode::from_u16(response.status_code())
        .map_err(|_| TransportError::Unreachable { host: host.to_owned() })?;
    let mut headers = HeaderMap::new();
    for (name, value) in response.headers().entries() {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    Ok((status, headers))
}

fn answer<B>(status: StatusCode, headers: HeaderMap, body: B) -> http::Response<B> {
    let mut answer = http::Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_21_errors_name_the_host_and_nothing_else() {
        let host = |url: &str| host_of(&url.parse().unwrap_or_default());
        assert_eq!(host("https://tenant.example/oauth/token?code=secret"), "tenant.example");
        assert_eq!(host("http://127.0.0.1:4402/v1"), "127.0.0.1:4402");
        assert_eq!(host("https://user:pass@host.example#x"), "host.example");
        assert_eq!(host("no URL"), "");
    }
}
