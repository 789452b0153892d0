use serde_json::{Value, json};

use crate::client::connection::{Client, Line};
use crate::client::error::ClientError;
use crate::client::event_reader::{EventReader, Patience};
use crate::client::exchange::{Kind, kind_of, malformed};
use crate::client::host::Host;
use crate::client::network::{Limits, Network};
use crate::client::session::{Session, Transport};
use crate::protocol::{Message, Object, Request, method};

impl<N: Network, H: Host> Client<N, H> {
    /// Hears of changed lists until the server closes the stream, or the future is dropped: `subscriptions/listen` (2026-07-28), a
    /// stream of the session before. [`Host::told`] gets them. A server that has no such stream ends it at once.
    ///
    /// Errors: as of every call.
    pub async fn listen(&self) -> Result<(), ClientError> {
        let session = match self.session() {
            Some(session) => session,
            None => self.connect().await?,
        };
        if session.transport == Transport::EventStream {
            return Ok(());
        }
        let params = json!({ "notifications": {
            "toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true,
        } });
        let params = if let Value::Object(params) = params { params } else { Object::new() };
        let request = self.dressed(&session, Request::new(self.next_id(), method::LISTEN, params));
        let line = Line::of(&session);
        let mut patience = self.patience();
        let message = Message::from(request.clone());
        let response = if session.revision.has_sessions() {
            self.send(line, &mut patience, |sender| sender.get(None)).await?
        } else {
            self.send(line, &mut patience, |sender| sender.post(&message, &[])).await?
        };
        let response = match self.accepted(response, line, &mut patience).await {
            Err(ClientError::Status { status: 404 | 405 }) => return Ok(()),
            outcome => outcome?,
        };
        if !matches!(kind_of(response.headers()), Kind::Events) {
            return Err(malformed(&request));
        }
        let mut patience = Patience::new(self.endless(), patience.host().to_owned());
        let mut reader = EventReader::endless(response.into_body(), self.config.limits.max_bytes);
        match self.read_response(line, &request, &mut reader, &mut patience).await? {
            Some(outcome) => outcome.map(drop).map_err(Into::into),
            None => Ok(()),
        }
    }

    /// A stream of the session, for what a server asks outside of the stream of the call (2025-11-25 and before). `None`: the server
    /// has none, or the host cannot be asked anything.
    pub(super) async fn ear(&self, session: &Session) -> Option<EventReader> {
        /// Servers send the head at once; one that does not is not waited for.
        const LONGEST_MS: u64 = 2_000;
        let capabilities = self.host.capabilities();
        let answers =
            capabilities.elicitation.is_some() || capabilities.sampling.is_some() || capabilities.roots.is_some();
        if !answers || session.session_id.is_none() || !session.revision.has_sessions() {
            return None;
        }
        let limits = Limits { silence_ms: LONGEST_MS, ..self.config.limits };
        let mut patience = Patience::new(limits, self.config.endpoint.host().to_owned());
        let response = self.send(Line::of(session), &mut patience, |sender| sender.get(None)).await.ok()?;
        let is_stream = response.status().is_success() && matches!(kind_of(response.headers()), Kind::Events);
        is_stream.then(|| EventReader::endless(response.into_body(), self.config.limits.max_bytes))
    }

    /// Answers what comes on such a stream, for as long as somebody waits.
    pub(super) async fn attend(&self, session: &Session, mut reader: EventReader) {
        let mut patience = Patience::new(self.endless(), self.config.endpoint.host().to_owned());
        let nobodys = Request::new(self.next_id(), method::LISTEN, Object::new());
        // However it ends: what is waited for is the call.
        drop(self.read_response(Line::of(session), &nobodys, &mut reader, &mut patience).await);
    }

    /// Nothing may happen for hours.
    fn endless(&self) -> Limits {
        Limits { silence_ms: u64::MAX, total_ms: u64::MAX, ..self.config.limits }
    }

    /// Ends the session, where the server keeps one. What it says to that does not matter.
    pub async fn close(&self) {
        let Some(session) = self.session() else { return };
        self.set_session(None);
        if session.session_id.is_some() {
            drop(self.send(Line::of(&session), &mut self.patience(), |sender| sender.delete()).await);
        }
    }
}
