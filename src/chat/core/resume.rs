//! Sockets come and go: a client asks whether a stream is running, and takes it up (agents-protocol.md 3.10); a page that says
//! nothing is told the transcript.

use std::rc::Rc;

use deputy_agent::{Ports, State};
use deputy_wire::{Generation, Message, Outcome, Part, ResponseFrame, ToolState, outbound};

use super::broadcast::replay_frames;
use super::chat::Core;
use super::ports::Platform;
use super::sockets::{Attachment, Offer, OpenSocket};
use crate::chat::Identity;
use crate::objects::Refusal;

/// Milliseconds a page may keep silent before it is taken for an old one: newer ones speak as soon as they listen.
const SILENCE_MS: u64 = 1_000;
/// Bytes of a connection id that a client gives itself; a longer one is replaced.
const MAX_CONNECTION_BYTES: usize = 128;

impl<P: Platform> Core<P> {
    /// A socket was opened for this caller; `connection` is what the client calls itself (`_pk`).
    ///
    /// A socket that opens in the middle of a stream hears nothing of it until it asks: without the beginning a client would
    /// make a message of its own out of the rest. Clients that never ask get the list at the end.
    ///
    /// Errors: 500 when the socket cannot carry what it must.
    pub fn open_socket(
        self: &Rc<Self>,
        socket: P::Socket,
        identity: &Identity,
        connection: Option<String>,
    ) -> Result<(), Refusal> {
        let ports = self.ports();
        let fits = |id: &String| !id.is_empty() && id.len() <= MAX_CONNECTION_BYTES;
        let connection = connection.filter(fits).unwrap_or_else(|| ports.id());
        let socket = ports.sockets.open(socket, identity, connection, ports.id());
        let socket = socket.ok_or_else(|| Refusal::new(500, "chat_failed", "This chat could not answer."))?;
        if let Some(stream) = live_stream(&self.driver.state()) {
            socket.update(|attachment| attachment.offered = Some(Offer::asked(stream, None)));
        }
        self.tell_silent_pages();
        // It ends with its session, also when nobody says anything on it.
        self.arm();
        socket.send(&outbound::identity(&ports.owner.chat()));
        socket.send(&ports.servers.frame());
        if identity.servers_version != Some(ports.servers.version()) {
            self.later(async |core| core.look_at_servers().await);
        }
        Ok(())
    }

    /// A socket that has heard nothing for a while is told what there is.
    pub(super) fn tell_again(&self, socket: &OpenSocket<P::Socket>) {
        if live_stream(&self.driver.state()).is_some() {
            self.offer_stream(socket, None);
        } else {
            self.send_transcript(socket);
        }
    }

    /// The socket is gone.
    pub fn forget_socket(&self, socket: &P::Socket) {
        self.ports().sockets.forget(socket);
    }

    /// The transcript as JSON, in the newest words. Whoever asked, and does not say how it speaks, is told again on its socket.
    pub fn history(self: &Rc<Self>) -> String {
        let transcript = self.driver.state().transcript();
        if transcript.iter().any(has_new_words) {
            self.tell_silent_pages();
        }
        outbound::ui_messages(&transcript, Generation::Agents2)
    }

    /// Answers `cf_agent_stream_resume_request`. Every one gets an answer: without it the page freezes for seconds.
    pub(super) fn offer_stream(&self, socket: &OpenSocket<P::Socket>, probe_id: Option<&str>) {
        let state = self.driver.state();
        if let Some(stream) = live_stream(&state) {
            socket.update(|attachment| attachment.offered = Some(Offer::asked(stream, attachment.offered.as_ref())));
            socket.send(&outbound::stream_resuming(stream, probe_id));
        } else if let Some((request, _)) = state.interrupted() {
            socket.send(&outbound::stream_resuming(&request, probe_id));
        } else {
            socket.send(&outbound::stream_resume_none(Some("idle"), probe_id));
        }
    }

    /// Answers `cf_agent_stream_resume_ack`: all of the message so far, or all that the stream appends to it, then it goes on
    /// live. Synchronous, so there is no gap.
    pub(super) fn replay_stream(&self, socket: &OpenSocket<P::Socket>, stream: &str) {
        let state = self.driver.state();
        let attachment = socket.attachment();
        socket.update(Attachment::taken_up);
        if let Some(turn) = &state.turn
            && let Some(live) = turn.stream.as_ref().filter(|live| live.id == stream)
        {
            let appends = attachment.offered.is_some_and(|offer| offer.appends(stream, attachment.decided));
            let from = (appends && live.continuation(turn)).then_some(live.from_part);
            socket.send_all(&replay_frames(stream, &turn.answer, from, attachment.generation));
            return;
        }
        let over = ResponseFrame { replay: true, ..ResponseFrame::done(stream, Outcome::Completed) };
        match state.interrupted() {
            Some((request, text)) if request == stream => {
                let frame = ResponseFrame { body: &text, error: true, ..ResponseFrame::done(stream, Outcome::Error) };
                socket.send(&frame.to_json());
            }
            _ => socket.send(&over.to_json()),
        }
    }

    /// Answers a request of an old client that begins nothing: a resume that comes late, because the server has gone on by
    /// itself, or the question of a page that was loaded (the AI SDK's `resume`). Its request is the only way on which such
    /// a client takes an interrupt, so it gets the one that waits, also when the running stream ends with it.
    pub(super) fn catch_up(&self, socket: &OpenSocket<P::Socket>, request: &str) {
        let state = self.driver.state();
        if live_stream(&state).is_none() {
            return socket.end(request, state.interrupted().map(|(_, text)| text).as_deref());
        }
        let before = socket.attachment().follows;
        socket.update(|attachment| attachment.follows = Some(request.to_owned()));
        if let Some(before) = before {
            socket.end(&before, None);
        }
    }

    /// An old page never speaks first. One that comes back after a break would not learn what it missed; and the history
    /// that it loads is in the newest words, because nothing in its request tells its generation: it shows no buttons for a
    /// confirmation in those. So who keeps silent is told the transcript, in the words that every generation understands.
    fn tell_silent_pages(self: &Rc<Self>) {
        let sockets = self.ports().sockets.all();
        let silent: Vec<String> =
            sockets.iter().map(|socket| socket.attachment()).filter(is_silent).map(|it| it.key).collect();
        if silent.is_empty() || self.driver.state().messages.is_empty() {
            return;
        }
        self.later(async move |core| {
            core.ports().platform.sleep(SILENCE_MS).await;
            let state = core.driver.state();
            if live_stream(&state).is_some() {
                // The list comes with its end.
                return;
            }
            let list = outbound::chat_messages(&state.transcript(), Generation::Unknown);
            for socket in core.ports().sockets.all().iter() {
                let attachment = socket.attachment();
                if is_silent(&attachment) && silent.contains(&attachment.key) {
                    socket.update(|attachment| attachment.told = true);
                    socket.send(&list);
                }
            }
        });
    }
}

/// Whether it has said nothing that tells its generation, and waits for no stream.
fn is_silent(attachment: &Attachment) -> bool {
    attachment.generation == Generation::Unknown && attachment.offered.is_none()
}

/// Whether the message differs between the generations.
fn has_new_words(message: &Message) -> bool {
    message.parts.iter().any(|part| match part {
        Part::Tool(tool) => matches!(
            tool.state,
            ToolState::AwaitingConfirmation { .. } | ToolState::Confirmed { .. } | ToolState::Denied { .. }
        ),
        Part::StepStart | Part::Text { .. } | Part::Reasoning { .. } | Part::Report { .. } => false,
    })
}

fn live_stream(state: &State) -> Option<&str> {
    state.turn.as_ref()?.stream.as_ref().map(|stream| stream.id.as_str())
}
