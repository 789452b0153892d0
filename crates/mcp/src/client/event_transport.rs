//! HTTP with SSE, as revision 2024-11-05 had it, for servers that know nothing else: a stream that names the address for messages and
//! on which all answers come.

use crate::client::address::Address;
use crate::client::connection::{Client, Line};
use crate::client::error::ClientError;
use crate::client::event_reader::{EventReader, Patience};
use crate::client::exchange::{Answer, Kind, kind_of, malformed};
use crate::client::host::Host;
use crate::client::network::Network;
use crate::client::session::Session;
use crate::protocol::{Message, Notification, Object, Request, method};

impl<N: Network, H: Host> Client<N, H> {
    /// Opens a stream, initialises it (but for a request that does that itself) and makes the request on it.
    pub(super) async fn exchange_over_events(
        &self,
        session: Option<&Session>,
        request: &Request,
    ) -> Result<Answer, ClientError> {
        let mut patience = self.patience();
        let own = Line { session, messages: None };
        let response = self.send(own, &mut patience, |sender| sender.get(None)).await?;
        let response = self.accepted(response, own, &mut patience).await?;
        if !matches!(kind_of(response.headers()), Kind::Events) {
            return Err(malformed(request));
        }
        let headers = response.headers().clone();
        let mut reader = EventReader::new(response.into_body(), self.config.limits.max_bytes);
        let messages = self.messages_address(&mut reader, &mut patience, request).await?;
        let line = Line { session, messages: Some(&messages) };
        if session.is_some() {
            let initialize = self.initialize_request();
            self.on_stream(line, &initialize, &mut reader, &mut patience).await?;
            self.tell(line, &Notification::new(method::INITIALIZED, Object::new()).into()).await?;
        }
        let result = self.on_stream(line, request, &mut reader, &mut patience).await?;
        Ok(Answer { result, headers })
    }

    /// The first event: where messages go, at the server's own origin.
    async fn messages_address(
        &self,
        reader: &mut EventReader,
        patience: &mut Patience,
        request: &Request,
    ) -> Result<Address, ClientError> {
        let first = reader.next(&self.network, patience).await?.filter(|event| event.name == "endpoint");
        let reference = first.ok_or_else(|| malformed(request))?.data;
        let endpoint = self.endpoint();
        let address = endpoint.join(reference.trim(), self.config.reach).map_err(|_| malformed(request))?;
        if address.origin() == endpoint.origin() { Ok(address) } else { Err(ClientError::Redirected) }
    }

    async fn on_stream(
        &self,
        line: Line<'_>,
        request: &Request,
        reader: &mut EventReader,
        patience: &mut Patience,
    ) -> Result<serde_json::Value, ClientError> {
        self.may_send(request)?;
        self.tell(line, &Message::from(request.clone())).await?;
        Ok(self.read_response(line, request, reader, patience).await?.ok_or(ClientError::Ended)??)
    }
}
