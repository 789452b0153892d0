use std::cell::{Cell, RefCell};

use deputy_http::{Body, Secret};
use http::{HeaderMap, StatusCode};

use crate::client::address::{Address, Reach};
use crate::client::authorization::Challenge;
use crate::client::error::ClientError;
use crate::client::event_reader::Patience;
use crate::client::host::Host;
use crate::client::network::{BodyStream, Limits, Network, read_whole};
use crate::client::session::{Session, Transport};
use crate::client::wire::Sender;
use crate::protocol::{Implementation, Message, Notification, Object, Response, Revision, method};

/// How a client speaks to a server.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// The server.
    pub endpoint: Address,
    /// Which addresses may be spoken to.
    pub reach: Reach,
    /// Who the client is.
    pub implementation: Implementation,
    /// The newest revision to offer. [`Revision::V2026_07_28`] tries it first and falls back; an older one begins with `initialize`.
    pub newest: Revision,
    /// Time and size.
    pub limits: Limits,
    /// Headers for every request to the server, such as an API key. They are sent to its origin only.
    pub headers: HeaderMap,
}

impl ClientConfig {
    /// All revisions, usual limits, no headers.
    pub fn new(endpoint: Address, reach: Reach, implementation: Implementation) -> Self {
        let (newest, limits, headers) = (Revision::V2026_07_28, Limits::default(), HeaderMap::new());
        Self { endpoint, reach, implementation, newest, limits, headers }
    }
}

/// Where messages go, and as part of what.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Line<'a> {
    pub session: Option<&'a Session>,
    /// The address for messages that a server of 2024-11-05 has named on its stream.
    pub messages: Option<&'a Address>,
}

impl<'a> Line<'a> {
    pub(crate) fn of(session: &'a Session) -> Self {
        Self { session: Some(session), messages: None }
    }

    pub(crate) fn has_sessions(&self) -> bool {
        self.session.is_some_and(|session| session.revision.has_sessions())
    }
}

/// A client of one server, over whatever network there is. Nothing of it has to stay alive between two calls: keep the
/// [`Session`] and go on with [`with_session`](Self::with_session).
///
/// It does not log in by itself. A call that ends in [`ClientError::Unauthorized`] or [`ClientError::InsufficientScope`] has not been
/// done; the host refreshes or logs in ([`authorization`](super::authorization)), gives the token by
/// [`set_access_token`](Self::set_access_token) and calls again.
pub struct Client<N: Network, H: Host> {
    pub(super) network: N,
    pub(super) host: H,
    pub(super) config: ClientConfig,
    endpoint: RefCell<Address>,
    access_token: RefCell<Option<Secret>>,
    session: RefCell<Option<Session>>,
    next_id: Cell<u64>,
}

impl<N: Network, H: Host> Client<N, H> {
    /// A client that has not spoken to its server yet.
    pub fn new(network: N, host: H, config: ClientConfig) -> Self {
        // A session that goes on must not see an id again; these are below 2^53, as JSON in JavaScript needs it.
        let first = network.now_ms().saturating_mul(1_000);
        Self {
            network,
            host,
            endpoint: RefCell::new(config.endpoint.clone()),
            config,
            access_token: RefCell::new(None),
            session: RefCell::new(None),
            next_id: Cell::new(first),
        }
    }

    /// Goes on with what was agreed on before.
    #[must_use]
    pub fn with_session(self, session: Session) -> Self {
        self.session.replace(Some(session));
        self
    }

    /// The token for what follows.
    pub fn set_access_token(&self, token: Option<Secret>) {
        self.access_token.replace(token);
    }

    /// What was agreed on, if anything was. It may change with every call, when the server forgets a session.
    pub fn session(&self) -> Option<Session> {
        self.session.borrow().clone()
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.host
    }

    pub(super) fn set_session(&self, session: Option<Session>) {
        self.session.replace(session);
    }

    pub(super) fn next_id(&self) -> u64 {
        let id = self.next_id.get();
        self.next_id.set(id.saturating_add(1));
        id
    }

    pub(super) fn endpoint(&self) -> Address {
        self.endpoint.borrow().clone()
    }

    pub(super) fn patience(&self) -> Patience {
        Patience::new(self.config.limits, self.config.endpoint.host().to_owned())
    }

    /// Sends what `build` makes for where the server is. Redirects within its origin are followed where the method stays.
    pub(super) async fn send(
        &self,
        line: Line<'_>,
        patience: &mut Patience,
        build: impl Fn(&Sender<'_>) -> deputy_http::Request,
    ) -> Result<http::Response<BodyStream>, ClientError> {
        const MOST_REDIRECTS: usize = 3;
        for _ in 0..=MOST_REDIRECTS {
            let endpoint = line.messages.cloned().unwrap_or_else(|| self.endpoint());
            let token = self.access_token.borrow().clone();
            let headers = &self.config.headers;
            let request =
                build(&Sender { endpoint: &endpoint, session: line.session, access_token: token.as_ref(), headers });
            let response = patience.wait(&self.network, self.network.send(request)).await?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let location = response.headers().get("location").and_then(|value| value.to_str().ok());
            let target = location.and_then(|location| endpoint.join(location, self.config.reach).ok());
            match target.filter(|target| target.origin() == endpoint.origin() && line.messages.is_none()) {
                Some(target) if matches!(response.status().as_u16(), 307 | 308) => drop(self.endpoint.replace(target)),
                _ => return Err(ClientError::Redirected),
            }
        }
        Err(ClientError::Redirected)
    }

    /// Sends a message that gets no answer.
    pub(super) async fn tell(&self, line: Line<'_>, message: &Message) -> Result<(), ClientError> {
        let mut patience = self.patience();
        let response = self.send(line, &mut patience, |sender| sender.post(message, &[])).await?;
        self.accepted(response, line, &mut patience).await.map(drop)
    }

    /// Tells a server of a revision with sessions that a request is not waited for any longer. Others see it by the closed stream.
    pub(super) async fn tell_cancelled(&self, session: &Session, id: u64) {
        if session.revision.has_sessions() && session.transport == Transport::Streamable {
            let params = Object::from_iter([("requestId".to_owned(), id.into())]);
            // Whether it arrives or not, nobody waits.
            drop(self.tell(Line::of(session), &Notification::new(method::CANCELLED, params).into()).await);
        }
    }

    /// A response with a good status; what others mean.
    pub(super) async fn accepted(
        &self,
        response: http::Response<BodyStream>,
        line: Line<'_>,
        patience: &mut Patience,
    ) -> Result<http::Response<BodyStream>, ClientError> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let (head, body) = response.into_parts();
        if status == StatusCode::UNAUTHORIZED {
            return Err(ClientError::Unauthorized(Challenge::read(&head.headers)));
        }
        let challenge = Challenge::read(&head.headers);
        if status == StatusCode::FORBIDDEN && challenge.is_insufficient_scope() {
            return Err(ClientError::InsufficientScope(challenge));
        }
        if status == StatusCode::NOT_FOUND && line.session.is_some_and(|session| session.session_id.is_some()) {
            return Err(ClientError::SessionEnded);
        }
        let body = self.read(body, patience).await.unwrap_or_default();
        match Message::read(&body) {
            Ok(Message::Response(Response { outcome: Err(error), .. })) => Err(error.into()),
            _ => Err(ClientError::Status { status: status.as_u16() }),
        }
    }

    pub(super) async fn read(&self, body: BodyStream, patience: &mut Patience) -> Result<Body, ClientError> {
        let host = patience.host().to_owned();
        patience.wait(&self.network, read_whole(body, &host, self.config.limits.max_bytes)).await
    }
}
