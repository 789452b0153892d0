use std::collections::VecDeque;
use std::future::Future;

use deputy_http::SseDecoder;
use futures::StreamExt as _;

use crate::client::error::ClientError;
use crate::client::network::{BodyStream, Limits, Network, within};

/// How long a request may still take, and what the server may still do in its course. Of time only that spent on the network is counted.
pub(crate) struct Patience {
    silence_ms: u64,
    left_ms: u64,
    host: String,
    asked: usize,
    resumed: usize,
}

impl Patience {
    pub(crate) fn new(limits: Limits, host: String) -> Self {
        Self { silence_ms: limits.silence_ms, left_ms: limits.total_ms, host, asked: 0, resumed: 0 }
    }

    /// Waits for one sign of the server.
    pub(crate) async fn wait<N: Network, T>(
        &mut self,
        network: &N,
        future: impl Future<Output = Result<T, deputy_http::TransportError>>,
    ) -> Result<T, ClientError> {
        let begun = network.now_ms();
        let outcome = within(network, self.silence_ms.min(self.left_ms), &self.host, future).await;
        self.left_ms = self.left_ms.saturating_sub(network.now_ms().saturating_sub(begun));
        Ok(outcome?)
    }

    /// Notes a question of the server.
    ///
    /// Errors: there were too many.
    pub(crate) fn asked(&mut self) -> Result<(), ClientError> {
        const MOST_QUESTIONS: usize = 25;
        self.asked = self.asked.saturating_add(1);
        if self.asked > MOST_QUESTIONS { Err(ClientError::TooManyRounds { limit: MOST_QUESTIONS }) } else { Ok(()) }
    }

    /// Waits before a stream is resumed.
    ///
    /// Errors: it was resumed too often.
    pub(crate) async fn pause<N: Network>(&mut self, network: &N, ms: u64) -> Result<(), ClientError> {
        const MOST_RESUMED: usize = 200;
        self.resumed = self.resumed.saturating_add(1);
        if self.resumed > MOST_RESUMED {
            return Err(ClientError::Ended);
        }
        network.sleep(ms).await;
        self.left_ms = self.left_ms.saturating_sub(ms);
        Ok(())
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

/// An event of a stream.
pub(crate) struct Event {
    pub name: String,
    pub data: String,
}

/// Reads the events of a body.
pub(crate) struct EventReader {
    body: BodyStream,
    decoder: SseDecoder,
    ready: VecDeque<Event>,
    left: usize,
    limit: usize,
    ended: bool,
}

impl EventReader {
    /// `limit`: bytes of all events together.
    pub(crate) fn new(body: BodyStream, limit: usize) -> Self {
        Self { body, decoder: SseDecoder::new(limit), ready: VecDeque::new(), left: limit, limit, ended: false }
    }

    /// `limit`: bytes of each event; the stream may go on for ever.
    pub(crate) fn endless(body: BodyStream, limit: usize) -> Self {
        Self { left: usize::MAX, ..Self::new(body, limit) }
    }

    /// The next event; `None` at the end.
    ///
    /// Errors: the connection broke, the server is silent, the stream is too large.
    pub(crate) async fn next<N: Network>(
        &mut self,
        network: &N,
        patience: &mut Patience,
    ) -> Result<Option<Event>, ClientError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if self.ended {
                return Ok(None);
            }
            let part = patience.wait(network, async { self.body.next().await.transpose() }).await?;
            let ready = &mut self.ready;
            let mut keep = |event: deputy_http::SseEvent<'_>| {
                ready.push_back(Event { name: event.event.to_owned(), data: event.data.to_owned() });
            };
            let fed = match &part {
                Some(bytes) => {
                    if bytes.len() > self.left {
                        return Err(ClientError::TooLarge { limit: self.limit });
                    }
                    if self.left < usize::MAX {
                        self.left = self.left.saturating_sub(bytes.len());
                    }
                    self.decoder.feed(bytes, &mut keep)
                }
                None => {
                    self.ended = true;
                    self.decoder.finish(&mut keep)
                }
            };
            if fed.is_err() {
                return Err(ClientError::TooLarge { limit: self.limit });
            }
        }
    }

    /// Where the stream can be resumed, if the server says so.
    pub(crate) fn last_event_id(&self) -> Option<&str> {
        self.decoder.last_event_id()
    }

    pub(crate) fn retry_ms(&self) -> Option<u64> {
        self.decoder.retry_ms()
    }
}
