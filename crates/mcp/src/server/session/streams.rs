use deputy_http::Response as HttpResponse;
use futures::channel::mpsc::{UnboundedReceiver, unbounded};

use super::about::{About, Call};
use super::live::{Live, Sent};
use super::state::Session;
use super::store::{SessionStore, StoreFailed};
use crate::protocol::{Message, Revision};
use crate::server::changes::{notification, promised};
use crate::server::offer::Change;

/// The stream that belongs to no request.
const OWN: u64 = 0;

/// For how long events can be asked for again, milliseconds.
const KEPT_MS: u64 = 15 * 60 * 1000;

/// `Last-Event-ID` is none of this session's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchEvent {
    /// It is none of this session's.
    #[error("there is no such event in this session")]
    Unknown,
    /// Whether it is was not to be found out.
    #[error(transparent)]
    Store(#[from] StoreFailed),
}

fn event_id(stream: u64, number: u64) -> String {
    format!("{stream}-{number}")
}

impl<S: SessionStore> Session<S> {
    /// In which revision it is.
    pub fn revision(&self) -> Revision {
        self.about.borrow().revision
    }

    /// A number that nothing else in the session has.
    pub(super) fn next_number(&self) -> Result<u64, StoreFailed> {
        self.change(|about| {
            about.last += 1;
            about.last
        })
    }

    /// Changes what the session remembers.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut About) -> T) -> Result<T, StoreFailed> {
        let mut about = self.about.borrow_mut();
        let result = change(&mut about);
        about.keep(&self.store)?;
        Ok(result)
    }

    /// Reads a stream from now on; whoever read it before is done.
    pub(super) fn attach(&self, stream: u64) -> UnboundedReceiver<Sent> {
        let (sender, sent) = unbounded();
        self.live.borrow_mut().insert(stream, Live { sender, fresh: true });
        sent
    }

    /// Ends the connection of a stream, not the stream.
    pub(super) fn detach(&self, stream: u64) {
        self.live.borrow_mut().remove(&stream);
    }

    /// The stream of the session's own, or one that broke off, from after that event; with the id of the event where it begins.
    ///
    /// Errors: the event is none of this session's.
    pub fn listen(&self, after: Option<&str>) -> Result<(String, UnboundedReceiver<Sent>), NoSuchEvent> {
        let (stream, number) = match after {
            None => (OWN, self.store.after(OWN, 0)?.last().map_or(0, |(number, _)| *number)),
            Some(id) => parse_event_id(id).ok_or(NoSuchEvent::Unknown)?,
        };
        if stream > self.about.borrow().last {
            return Err(NoSuchEvent::Unknown);
        }
        let missed = self.store.after(stream, number)?;
        let sent = self.attach(stream);
        if let Some(live) = self.live.borrow_mut().get_mut(&stream) {
            live.fresh = false;
            for (number, text) in missed {
                let _ = live.sender.unbounded_send(Sent { id: event_id(stream, number), text, alone: None });
            }
        }
        if stream != OWN && Call::load(&self.store, stream)?.is_none() {
            self.detach(stream);
        }
        Ok((event_id(stream, number), sent))
    }

    /// Sends a message on a stream; with `alone` it answers the stream's request and ends it.
    ///
    /// Errors: it could not be stored. An answer is told to whoever reads the stream all the same.
    pub(super) fn send(&self, stream: u64, message: &Message, alone: Option<HttpResponse>) -> Result<(), StoreFailed> {
        let text = deputy_http::json::write(message);
        let ends = alone.is_some();
        let mut live = self.live.borrow_mut();
        // The whole answer of a request has no id by which it could be asked for again.
        let number = match live.get(&stream) {
            Some(Live { sender, fresh: true }) if ends && !sender.is_closed() => Ok(0),
            _ => {
                let pruned = self.store.prune(self.store.now().saturating_sub(KEPT_MS));
                pruned.and_then(|()| self.store.append(stream, &text))
            }
        };
        if let Some(reader) = live.get_mut(&stream).filter(|_| ends || number.is_ok()) {
            let id = event_id(stream, number.unwrap_or_default());
            let sent = Sent { id, text, alone: alone.map(Box::new) };
            reader.fresh = false;
            if reader.sender.unbounded_send(sent).is_err() || ends {
                live.remove(&stream);
            }
        }
        number.map(drop)
    }

    /// Tells the client that something is another now, if it was promised, or asked for.
    pub fn tell(&self, change: &Change) -> Result<(), StoreFailed> {
        let about = self.about.borrow();
        let notification = promised(&about.offered, change).then(|| notification(change));
        let wanted = match change {
            Change::Resource(uri) => about.subscriptions.contains(uri),
            Change::Tools | Change::Prompts | Change::Resources => true,
        };
        drop(about);
        match notification.filter(|_| wanted) {
            Some(notification) => self.send(OWN, &notification.into(), None),
            None => Ok(()),
        }
    }
}

fn parse_event_id(id: &str) -> Option<(u64, u64)> {
    let (stream, number) = id.split_once('-')?;
    Some((stream.parse().ok()?, number.parse().ok()?))
}
