use serde_json::{Value, json};

use crate::client::connection::{Client, Line};
use crate::client::error::ClientError;
use crate::client::event_reader::{EventReader, Patience};
use crate::client::exchange::{Kind, kind_of, malformed};
use crate::client::host::Host;
use crate::client::network::{Limits, Network};
use crate::client::session::Transport;
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
        // Nothing may happen for hours.
        let endless = Limits { silence_ms: u64::MAX, total_ms: u64::MAX, ..self.config.limits };
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
        let mut patience = Patience::new(endless, patience.host().to_owned());
        let mut reader = EventReader::endless(response.into_body(), self.config.limits.max_bytes);
        match self.read_response(line, &request, &mut reader, &mut patience).await? {
            Some(outcome) => outcome.map(drop).map_err(Into::into),
            None => Ok(()),
        }
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
