//! HTTP by hyper, one connection for each request.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deputy_http::{Request, TransportError};
use deputy_mcp::client::{BodyStream, Network};
use futures::StreamExt as _;
use http::header::HOST;
use http::{HeaderValue, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The network of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalNetwork;

impl Network for LocalNetwork {
    async fn send(&self, request: Request) -> Result<http::Response<BodyStream>, TransportError> {
        let authority = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let unreachable = || TransportError::Unreachable { host: authority.clone() };
        let host = request.uri().host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = request.uri().port_u16().unwrap_or(80);
        let stream = TcpStream::connect((host.as_str(), port)).await.map_err(|_| unreachable())?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|_| unreachable())?;
        tokio::spawn(connection);
        let (mut head, body) = request.into_parts();
        head.headers.insert(HOST, HeaderValue::try_from(authority.as_str()).map_err(|_| unreachable())?);
        head.uri = head.uri.path_and_query().map(|path| Uri::from(path.clone())).unwrap_or_default();
        let outgoing = http::Request::from_parts(head, Full::new(Bytes::from(body)));
        let response = sender.send_request(outgoing).await.map_err(|_| unreachable())?;
        let host = authority.clone();
        Ok(response.map(|body| {
            let part = move |part: Result<Bytes, hyper::Error>| {
                part.map(Vec::from).map_err(|_| TransportError::Unreachable { host: host.clone() })
            };
            body.into_data_stream().map(part).boxed_local()
        }))
    }

    async fn sleep(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    fn now_ms(&self) -> u64 {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since_epoch.as_millis()).unwrap_or_default()
    }
}
