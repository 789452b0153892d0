//! What the engine emits, as frames: encoded once for each dialect, sent to every socket that may hear it.

use deputy_agent::{Emission, Ending, State, TurnHead};
use deputy_wire::{
    ChunkFrames, Dialect, Generation, Message, Outcome, Part, ResponseFrame, StreamEvent, error_end, outbound,
};

use super::ports::Platform;
use super::sockets::{Attachment, Offer, Sockets};

/// Frames of both dialects, made when the first socket of the dialect needs them.
struct Frames<'a> {
    make: &'a dyn Fn(Generation) -> Vec<String>,
    strict: Option<Vec<String>>,
    approvals: Option<Vec<String>>,
}

impl<'a> Frames<'a> {
    fn new(make: &'a dyn Fn(Generation) -> Vec<String>) -> Self {
        Self { make, strict: None, approvals: None }
    }

    fn of(&mut self, generation: Generation) -> &[String] {
        let made = match generation.dialect() {
            Dialect::Strict => &mut self.strict,
            Dialect::Approvals => &mut self.approvals,
        };
        made.get_or_insert_with(|| (self.make)(generation))
    }
}

impl<P: Platform> Sockets<P> {
    /// Shows an emission to every socket that is concerned.
    pub fn show(&self, emission: &Emission, state: &State) {
        match emission {
            Emission::Opened { stream, offer } => self.offer(stream, offer.as_deref()),
            Emission::Events { stream, continuation, events } => {
                let frames = ChunkFrames::new(stream).continuation(*continuation);
                self.send_where(&hears, &|generation| encode(&frames, events, generation));
            }
            Emission::Results { stream, asked, events } => {
                let frames = ChunkFrames::new(stream);
                self.send_where(&|socket| hears(socket) && asked.as_ref() != Some(&socket.connection), &|generation| {
                    encode(&frames, events, generation)
                });
            }
            Emission::Closed { stream, continuation, head, ending } => {
                self.close_stream(stream, *continuation, head, ending, state);
            }
            Emission::Updated { message } => {
                self.send_where(&hears, &|generation| vec![outbound::message_updated(message, generation)]);
            }
            Emission::Transcript { except } => {
                let messages = state.transcript();
                self.send_where(
                    &|socket| hears(socket) && except.as_ref() != Some(&socket.connection),
                    &|generation| vec![outbound::chat_messages(&messages, generation)],
                );
            }
            Emission::Cleared { except } => {
                self.send_where(&|socket| except.as_ref() != Some(&socket.connection), &|_| vec![outbound::clear()]);
            }
        }
    }

    /// Tells open tabs the chat's title. A frame of our own: every client ignores types it does not know.
    pub fn show_title(&self, title: &str) {
        let frame = deputy_http::json::write(&serde_json::json!({"type": "deputy_title", "title": title}));
        for socket in self.hearing() {
            socket.send(&frame);
        }
    }

    /// Offers a stream to a connection: it answers with an acknowledgement and is then told everything from the start.
    fn offer(&self, stream: &str, connection: Option<&str>) {
        for socket in self.hearing() {
            let attachment = socket.attachment();
            if Some(attachment.connection.as_str()) == connection && attachment.generation.resumes() {
                socket.update(|attachment| attachment.offered = Some(Offer::pushed(stream)));
                socket.send(&outbound::stream_resuming(stream, None));
            }
        }
    }

    /// Transcript first, then the end: what the user writes next cannot be overwritten by a late list. The connection that
    /// asked has built the answer from the stream and is spared the list, except after a failure.
    fn close_stream(&self, stream: &str, continuation: bool, head: &TurnHead, ending: &Ending, state: &State) {
        let messages = state.transcript();
        let asked = if continuation { None } else { head.connection.as_deref() };
        let user_messages = head.user_messages.as_slice();
        let (error, outcome) = match ending {
            Ending::Completed => (None, Outcome::Completed),
            Ending::Stopped => (None, Outcome::Aborted),
            Ending::Failed(text) | Ending::Interrupted(text) => (Some(text.as_str()), Outcome::Error),
        };
        let list = |generation| vec![outbound::chat_messages(&messages, generation)];
        let mut lists = Frames::new(&list);
        let called = |message: &&Message| message.parts.iter().any(|part| matches!(part, Part::Tool(_)));
        let answer = messages.iter().rev().find(|message| message.id == head.message_id).filter(called);
        let done = ResponseFrame { continuation, message_ids: user_messages, ..ResponseFrame::done(stream, outcome) }
            .to_json();
        for socket in self.hearing() {
            let attachment = socket.attachment();
            // Who came back in the middle of the stream, on a new socket, has not heard all of it.
            let asker = asked == Some(attachment.connection.as_str()) && hears(&attachment);
            // Had it not asked for the stream it was offered, the list would be all it needs.
            socket.update(Attachment::taken_up);
            let list = lists.of(attachment.generation);
            match error {
                None => {
                    // An old client that has stopped takes what was still on its way for a new message.
                    if !asker || (matches!(ending, Ending::Stopped) && !attachment.generation.approvals()) {
                        socket.send_all(list);
                    }
                    socket.send(&done);
                }
                Some(text) => {
                    let [error, end] = error_end(stream, text, continuation, user_messages);
                    let failed = matches!(ending, Ending::Failed(_));
                    // To an old client the error is the end: what the user writes next would be lost in a late list.
                    let list_last = asker && failed && attachment.generation.approvals();
                    if !list_last && (!asker || failed) {
                        socket.send_all(list);
                    }
                    socket.send(&error);
                    if list_last {
                        socket.send_all(list);
                    }
                    socket.send(&end);
                }
            }
            // A stream says nothing to programs of a call that waits, and the official client does not keep what it says of one
            // that has ended; at its end that client also puts what it has built over the list. The message has the last word.
            if attachment.generation.approvals() {
                let told = answer.map(|message| outbound::message_updated(message, attachment.generation));
                told.iter().for_each(|frame| socket.send(frame));
            }
            if let Some(request) = attachment.follows {
                socket.update(|attachment| attachment.follows = None);
                socket.end(&request, error);
            }
        }
    }

    fn send_where(&self, which: &dyn Fn(&Attachment) -> bool, make: &dyn Fn(Generation) -> Vec<String>) {
        let mut frames = Frames::new(make);
        for socket in self.hearing() {
            let attachment = socket.attachment();
            if which(&attachment) {
                socket.send_all(frames.of(attachment.generation));
            }
        }
    }
}

/// A socket that was offered a stream hears nothing until it asks for it: then it is told everything at once.
fn hears(attachment: &Attachment) -> bool {
    attachment.offered.is_none()
}

fn encode(frames: &ChunkFrames, events: &[StreamEvent], generation: Generation) -> Vec<String> {
    events.iter().filter_map(|event| frames.frame(event, generation)).collect()
}

/// Frames that rebuild a message for a socket that resumes its stream: all of it, or what the stream appends to a message
/// that the client holds up to the part `continuation_from`.
pub fn replay_frames(
    stream: &str,
    message: &Message,
    continuation_from: Option<usize>,
    generation: Generation,
) -> Vec<String> {
    let continuation = continuation_from.is_some();
    let frames = ChunkFrames::new(stream).replaying(true).continuation(continuation);
    let mut all = encode(&frames, &deputy_wire::replay(message, true, continuation_from), generation);
    let end =
        ResponseFrame { id: stream, replay: true, replay_complete: true, continuation, ..ResponseFrame::default() };
    all.push(end.to_json());
    all
}
