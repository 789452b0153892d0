//! Hibernatable sockets. What must survive the object's sleep is in each socket's attachment: ids, never a token.

use std::cell::RefCell;
use std::rc::Rc;

use deputy_wire::{Generation, Outcome, ResponseFrame, error_end};
use serde::{Deserialize, Serialize};

use super::ports::{Platform, Socket};
use crate::chat::Identity;

/// WebSocket close code for a policy violation (RFC 6455, 7.4.1): clients do not come back after it.
pub const POLICY_VIOLATION: u16 = 1008;

/// What a socket carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Unique for the socket.
    pub key: String,
    /// The client's connection id (`_pk`); two sockets may share it while one replaces the other.
    pub connection: String,
    /// What the client has shown of its version.
    pub generation: Generation,
    /// Session that opened it.
    pub session: Option<String>,
    /// When the session ends as things stand, milliseconds: then somebody looks whether it has been used since. From then on the socket
    /// hears nothing.
    pub exp: u64,
    /// Stream that was offered and not taken up yet: until then the socket hears nothing of the chat.
    #[serde(default)]
    pub offered: Option<Offer>,
    /// It has approved or denied a call since it last took up a stream.
    #[serde(default)]
    pub decided: bool,
    /// Request of an old client that came while the turn it asks about runs on another stream: it ends with that stream.
    #[serde(default)]
    pub follows: Option<String>,
    /// It was silent and was told the transcript in the words of every generation.
    #[serde(default)]
    pub told: bool,
}

impl Attachment {
    /// It has what it was offered, or needs it no more.
    pub fn taken_up(&mut self) {
        self.offered = None;
        self.decided = false;
    }
}

/// A stream that a socket was offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Stream id.
    pub stream: String,
    /// How it came to be offered.
    pub how: OfferedHow,
}

/// How a stream came to be offered, which tells what the client holds of the message already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfferedHow {
    /// The client asked, or will: it may hold anything, so it is told the whole message.
    Asked,
    /// Of our own accord, when the stream began.
    Pushed,
    /// Of our own accord, and the client asked too: it waits for what follows its own answer (agents-protocol.md 3.9).
    PushedAndAsked,
}

impl Offer {
    /// A stream the client asks for; `before` is what it was offered already.
    pub fn asked(stream: &str, before: Option<&Offer>) -> Self {
        let pushed = before.is_some_and(|offer| offer.stream == stream && offer.how != OfferedHow::Asked);
        let how = if pushed { OfferedHow::PushedAndAsked } else { OfferedHow::Asked };
        Self { stream: stream.to_owned(), how }
    }

    /// Whether the client appends to the message it holds, up to the pause. AI SDK 7 does so where it has just decided an
    /// approval; after any other answer it begins with an empty message, as on a page that was just loaded, and wants all
    /// of it (`makeRequestImpl`, `resumableResponseMessage`).
    pub fn appends(&self, stream: &str, decided: bool) -> bool {
        decided && self.stream == stream && self.how == OfferedHow::PushedAndAsked
    }

    /// A stream offered of our own accord.
    pub fn pushed(stream: &str) -> Self {
        Self { stream: stream.to_owned(), how: OfferedHow::Pushed }
    }
}

/// An open socket, and what it carries.
pub struct OpenSocket<S> {
    socket: S,
    attachment: RefCell<Attachment>,
}

impl<S: Socket> OpenSocket<S> {
    /// A socket that was accepted before the object slept; none when it carries nothing that can be read.
    fn again(socket: S) -> Option<Self> {
        let attachment = RefCell::new(attached(&socket)?);
        Some(Self { socket, attachment })
    }

    /// What it carries.
    pub fn attachment(&self) -> Attachment {
        self.attachment.borrow().clone()
    }

    /// What its client has shown of its version.
    pub fn generation(&self) -> Generation {
        self.attachment.borrow().generation
    }

    /// The client's connection id.
    pub fn connection(&self) -> String {
        self.attachment.borrow().connection.clone()
    }

    /// Changes what it carries.
    pub fn update(&self, change: impl FnOnce(&mut Attachment)) {
        let mut attachment = self.attachment.borrow_mut();
        let before = attachment.clone();
        change(&mut attachment);
        if *attachment != before {
            // A socket that cannot keep its attachment is about to close.
            let _ = self.socket.keep(&deputy_http::json::write(&*attachment));
        }
    }

    /// Sends a frame.
    pub fn send(&self, frame: &str) {
        self.socket.send(frame);
    }

    /// Sends frames.
    pub fn send_all(&self, frames: &[String]) {
        frames.iter().for_each(|frame| self.send(frame));
    }

    /// Ends a request that has no stream of its own.
    pub fn end(&self, request: &str, error: Option<&str>) {
        match error {
            Some(text) => self.send_all(&error_end(request, text, false, &[])),
            None => self.send(&ResponseFrame::done(request, Outcome::Skipped).to_json()),
        }
    }

    /// Closes it.
    pub fn close(&self, code: u16, reason: &str) {
        self.socket.close(code, reason);
    }

    fn is(&self, key: &str) -> bool {
        self.attachment.borrow().key == key
    }
}

/// The sockets of a chat. Listed once and kept, because every listing crosses to JavaScript.
pub struct Sockets<P: Platform> {
    platform: Rc<P>,
    list: RefCell<Option<List<P>>>,
}

type List<P> = Rc<Vec<Rc<OpenSocket<<P as Platform>::Socket>>>>;

impl<P: Platform> Sockets<P> {
    /// The sockets of this object.
    pub fn new(platform: Rc<P>) -> Self {
        Self { platform, list: RefCell::default() }
    }

    /// A socket was opened by a verified caller. None when it cannot carry anything, so that it could not be found again.
    pub fn open(
        &self,
        socket: P::Socket,
        identity: &Identity,
        connection: String,
        key: String,
    ) -> Option<Rc<OpenSocket<P::Socket>>> {
        let attachment = Attachment {
            key,
            connection,
            generation: Generation::Unknown,
            session: identity.session.clone(),
            exp: identity.exp,
            offered: None,
            decided: false,
            follows: None,
            told: false,
        };
        if !socket.keep(&deputy_http::json::write(&attachment)) {
            return None;
        }
        let mut list = self.all().as_ref().clone();
        // The platform lists it already when it was asked just now.
        list.retain(|known| !known.is(&attachment.key));
        let socket = Rc::new(OpenSocket { socket, attachment: RefCell::new(attachment) });
        list.push(Rc::clone(&socket));
        *self.list.borrow_mut() = Some(Rc::new(list));
        Some(socket)
    }

    /// All open sockets.
    pub fn all(&self) -> List<P> {
        if let Some(list) = self.list.borrow().as_ref() {
            return Rc::clone(list);
        }
        let found = self.platform.sockets().into_iter().filter_map(OpenSocket::again);
        let list = Rc::new(found.map(Rc::new).collect::<Vec<_>>());
        *self.list.borrow_mut() = Some(Rc::clone(&list));
        list
    }

    /// Those whose sessions are alive: nobody else hears anything.
    pub fn hearing(&self) -> impl Iterator<Item = Rc<OpenSocket<P::Socket>>> {
        let now = self.platform.now();
        let all = self.all();
        let alive = all.iter().filter(|socket| socket.attachment.borrow().exp > now).cloned();
        alive.collect::<Vec<_>>().into_iter()
    }

    /// When the first of their sessions ends as things stand, milliseconds.
    pub fn next_end(&self) -> Option<u64> {
        self.all().iter().map(|socket| socket.attachment.borrow().exp).min()
    }

    /// The socket an event came from.
    pub fn find(&self, socket: &P::Socket) -> Option<Rc<OpenSocket<P::Socket>>> {
        let key = attached(socket)?.key;
        self.all().iter().find(|known| known.is(&key)).cloned()
    }

    /// The socket is gone.
    pub fn forget(&self, socket: &P::Socket) {
        let Some(Attachment { key, .. }) = attached(socket) else { return };
        let list = self.all().iter().filter(|known| !known.is(&key)).cloned().collect();
        *self.list.borrow_mut() = Some(Rc::new(list));
    }

    /// Closes every socket that `which` names, with 1008.
    pub fn close_where(&self, reason: &str, which: &dyn Fn(&Attachment) -> bool) {
        let (closing, staying): (Vec<_>, Vec<_>) =
            self.all().iter().cloned().partition(|socket| which(&socket.attachment.borrow()));
        *self.list.borrow_mut() = Some(Rc::new(staying));
        for socket in closing {
            socket.close(POLICY_VIOLATION, reason);
        }
    }
}

fn attached(socket: &impl Socket) -> Option<Attachment> {
    deputy_http::json::read(socket.kept()?.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cf_18_only_who_decided_an_approval_and_waits_is_told_the_continuation_alone() {
        let appends = |offer: &Offer| offer.appends("s", true);
        assert!(!appends(&Offer::asked("s", None)), "a page that was just loaded");
        assert!(!appends(&Offer::asked("s", Some(&Offer::asked("s", None)))), "and asks twice");
        assert!(!appends(&Offer::pushed("s")), "a client that only observes");
        assert!(!appends(&Offer::asked("s", Some(&Offer::pushed("another")))));
        let waits = Offer::asked("s", Some(&Offer::pushed("s")));
        assert!(appends(&waits) && appends(&Offer::asked("s", Some(&waits))));
        assert!(!waits.appends("s", false), "after Not now the message is built anew");
        assert!(!waits.appends("another", true));
    }
}
