use std::io::{BufReader, Read};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deputy_http::{Request, Response, TransportError, response};

/// A tenant answers within this time, or is asked again.
const TENANT: Patience = Patience { begins: Duration::from_secs(30), ends: Duration::from_secs(30) };
/// A model thinks, and is asked again when it is busy; a turn has several of its answers. A connection that died without a word does not
/// hold the program for ever.
const DEPUTY: Patience = Patience { begins: Duration::from_secs(600), ends: Duration::from_secs(3_600) };
/// More than any answer of a tenant.
const MOST_BYTES: u64 = 1024 * 1024;

/// How long an answer is waited for.
struct Patience {
    /// Until its head is there.
    begins: Duration,
    /// From then on, until all of it is.
    ends: Duration,
}

/// The world outside: one request after the other.
pub struct Network {
    tenant: ureq::Agent,
    deputy: ureq::Agent,
}

impl Network {
    /// Tenant and Deputy, each with its patience.
    pub fn new() -> Self {
        Self { tenant: agent(&TENANT), deputy: agent(&DEPUTY) }
    }

    /// Sends to the tenant and reads the whole answer.
    pub fn send(&self, request: Request) -> Result<Response, TransportError> {
        let host = request.uri().to_string();
        let failed = || TransportError::Unreachable { host: host.clone() };
        let (status, _, body) = open(&self.tenant, request).ok_or_else(failed)?;
        let mut bytes = Vec::new();
        body.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|_| failed())?;
        Ok(response(status, bytes))
    }

    /// Sends to Deputy and gives status, headers and the body as it comes. None if nobody answers.
    pub fn open(&self, request: Request) -> Option<Opened> {
        open(&self.deputy, request)
    }
}

/// An answer whose body is still to be read.
pub type Opened = (u16, ureq::http::HeaderMap, BufReader<ureq::BodyReader<'static>>);

fn open(agent: &ureq::Agent, request: Request) -> Option<Opened> {
    let answer = agent.run(request.map(|body| body.to_vec())).ok()?;
    let (parts, body) = answer.into_parts();
    Some((parts.status.as_u16(), parts.headers, BufReader::new(body.into_reader())))
}

/// Redirects are not followed: none is expected, and a token must not go along.
fn agent(patience: &Patience) -> ureq::Agent {
    let step = Some(Duration::from_secs(15));
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_resolve(step)
        .timeout_connect(step)
        .timeout_send_request(step)
        .timeout_send_body(step)
        .timeout_recv_response(Some(patience.begins))
        .timeout_recv_body(Some(patience.ends))
        .build();
    config.into()
}

/// Milliseconds since the epoch.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;
    use std::sync::mpsc;

    use deputy_http::BuildRequest as _;

    use super::*;

    /// UA-24: a server that says this, and then neither more nor goodbye. It is gone when the test is.
    fn falls_silent_after(said: &'static str) -> (String, mpsc::Sender<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (end, ended) = mpsc::channel();
        std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            connection.write_all(said.as_bytes()).unwrap();
            let _ = ended.recv();
        });
        (url, end)
    }

    fn impatient() -> ureq::Agent {
        agent(&Patience { begins: Duration::from_millis(300), ends: Duration::from_millis(300) })
    }

    #[test]
    fn ua_24_a_tenant_that_falls_silent_is_waited_for_no_longer() {
        for said in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"a\":"] {
            let (url, _server) = falls_silent_after(said);
            let network = Network { tenant: impatient(), deputy: impatient() };
            let failed = network.send(deputy_http::post(url.as_str()).form([("a", "b")]));
            assert!(matches!(failed, Err(TransportError::Unreachable { host }) if host == url), "{said}");
        }
    }

    #[test]
    fn ua_24_an_answer_that_falls_silent_in_the_middle_ends() {
        let (url, _server) = falls_silent_after("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\ndata: 1\n\n");
        let network = Network { tenant: impatient(), deputy: impatient() };
        let (status, _, mut body) = network.open(deputy_http::post(url.as_str()).form([("a", "b")])).unwrap();
        let mut read = Vec::new();
        assert!(status == 200 && body.read_to_end(&mut read).is_err());
        assert_eq!(read, b"data: 1\n\n");
    }
}
