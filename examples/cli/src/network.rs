use std::io::{BufReader, Read};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deputy_http::{Request, Response, TransportError, response};

/// An answer may be silent for this long: a model thinks, and is asked again when it is busy.
const PATIENCE: Duration = Duration::from_secs(600);
/// More than any answer of a tenant.
const MOST_BYTES: u64 = 1024 * 1024;

/// The world outside: one request after the other.
pub struct Network(ureq::Agent);

impl Network {
    /// Redirects are not followed: none is expected, and a token must not go along.
    pub fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(Duration::from_secs(15)))
            .timeout_recv_response(Some(PATIENCE))
            .build();
        Self(config.into())
    }

    /// Sends and reads the whole answer.
    pub fn send(&self, request: Request) -> Result<Response, TransportError> {
        let host = request.uri().to_string();
        let failed = || TransportError::Unreachable { host: host.clone() };
        let (status, _, body) = self.open(request).ok_or_else(failed)?;
        let mut bytes = Vec::new();
        body.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|_| failed())?;
        Ok(response(status, bytes))
    }

    /// Sends and gives status, headers and the body as it comes. None if nobody answers.
    pub fn open(&self, request: Request) -> Option<(u16, ureq::http::HeaderMap, BufReader<ureq::BodyReader<'static>>)> {
        let answer = self.0.run(request.map(|body| body.to_vec())).ok()?;
        let (parts, body) = answer.into_parts();
        Some((parts.status.as_u16(), parts.headers, BufReader::new(body.into_reader())))
    }
}

/// Milliseconds since the epoch.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
