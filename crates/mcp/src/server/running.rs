use std::pin::Pin;
use std::task::{Context, Poll};

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::LocalBoxFuture;
use futures::{FutureExt, Stream, StreamExt};
use serde_json::{Value, json};

use super::dispatch::{Outcome, object};
use super::fault::Fault;
use super::offer::{Change, Told};
use crate::protocol::{LoggingLevel, Notification, Object, Progress, ProgressToken, method};

/// What happens in the course of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Progress or a log message.
    Notification(Notification),
    /// Something that was offered is another now.
    Changed(Change),
    /// The connection is to be ended, the request is not.
    HangUp,
    /// It is answered. Nothing comes after that.
    Done(Result<Outcome, Fault>),
}

/// A request at work: what it tells, then what came of it. Dropped, it is cancelled.
pub struct Running {
    call: Option<LocalBoxFuture<'static, Result<Outcome, Fault>>>,
    told: UnboundedReceiver<Event>,
    outcome: Option<Result<Outcome, Fault>>,
}

impl Running {
    /// Begins; `call` is given where to tell.
    pub fn begin<F>(wants: Wants, call: impl FnOnce(Channel) -> F) -> Self
    where
        F: Future<Output = Result<Outcome, Fault>> + 'static,
    {
        let (events, told) = unbounded();
        Self { call: Some(Box::pin(call(Channel { wants, events }))), told, outcome: None }
    }
}

impl Stream for Running {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        if let Some(call) = &mut self.call
            && let Poll::Ready(outcome) = call.poll_unpin(context)
        {
            self.outcome = Some(outcome);
            self.call = None;
        }
        // What was told before the end comes before it.
        if let Poll::Ready(Some(event)) = self.told.poll_next_unpin(context) {
            return Poll::Ready(Some(event));
        }
        match (self.outcome.take(), &self.call) {
            (Some(outcome), _) => Poll::Ready(Some(Event::Done(outcome))),
            (None, None) => Poll::Ready(None),
            (None, Some(_)) => Poll::Pending,
        }
    }
}

/// What the client wants to be told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wants {
    /// Progress, by this token.
    pub progress: Option<ProgressToken>,
    /// Log messages from this level on.
    pub level: Option<LoggingLevel>,
}

/// Where a request tells.
pub struct Channel {
    wants: Wants,
    events: UnboundedSender<Event>,
}

impl Channel {
    fn tell(&self, event: Event) {
        // Who no longer listens has cancelled the request.
        let _ = self.events.unbounded_send(event);
    }
}

impl Told for Channel {
    fn progress(&self, progress: Progress) {
        if let Some(token) = &self.wants.progress {
            let mut params = object(&progress);
            params.insert("progressToken".to_owned(), json!(token));
            self.tell(Event::Notification(Notification::new(method::PROGRESS, params)));
        }
    }

    fn log(&self, level: LoggingLevel, logger: Option<&str>, data: Value) {
        if self.wants.level.is_some_and(|least| level >= least) {
            let mut params = Object::new();
            params.insert("level".to_owned(), json!(level));
            params.extend(logger.map(|logger| ("logger".to_owned(), logger.into())));
            params.insert("data".to_owned(), data);
            self.tell(Event::Notification(Notification::new(method::MESSAGE, params)));
        }
    }

    fn changed(&self, change: Change) {
        self.tell(Event::Changed(change));
    }

    fn hang_up(&self) {
        self.tell(Event::HangUp);
    }
}
