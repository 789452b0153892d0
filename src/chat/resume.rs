//! A client asks whether a stream is running, and takes it up (agents-protocol.md 3.10).

use std::rc::Rc;

use deputy_agent::{Driver, State, interrupt_text};
use deputy_wire::{Generation, Message, Outcome, Part, ResponseFrame, ToolState, error_end, outbound};

use super::show::replay_frames;
use super::sockets::{Attachment, Offer, Socket};
use super::world::World;
use crate::platform::clock;
use crate::platform::later::later;

/// Milliseconds a page may keep silent before it is taken for an old one: newer ones speak as soon as they listen.
const SILENCE_MS: u64 = 1_000;

/// A socket that opens in the middle of a stream hears nothing of it until it asks: without the beginning a client would
/// make a message of its own out of the rest. Clients that never ask get the list at the end.
pub fn hold(driver: &Driver<World>, socket: &Socket) {
    if let Some(stream) = live_stream(&driver.state()) {
        socket.update(|attachment| attachment.offered = Some(Offer::asked(stream, None)));
    }
}

/// Answers `cf_agent_stream_resume_request`. Every one gets an answer: without it the page freezes for seconds.
pub fn request(driver: &Driver<World>, socket: &Socket, probe_id: Option<&str>) {
    let state = driver.state();
    if let Some(stream) = live_stream(&state) {
        socket.update(|attachment| attachment.offered = Some(Offer::asked(stream, attachment.offered.as_ref())));
        socket.send(&outbound::stream_resuming(stream, probe_id));
    } else if let Some((request, _)) = interrupted(&state) {
        socket.send(&outbound::stream_resuming(&request, probe_id));
    } else {
        socket.send(&outbound::stream_resume_none(Some("idle"), probe_id));
    }
}

/// Answers `cf_agent_stream_resume_ack`: all of the message so far, or all that the stream appends to it, then it goes on
/// live. Synchronous, so there is no gap.
pub fn acknowledge(driver: &Driver<World>, socket: &Socket, stream: &str) {
    let state = driver.state();
    let attachment = socket.attachment();
    if let Some(turn) = &state.turn
        && let Some(live) = turn.stream.as_ref().filter(|live| live.id == stream)
    {
        let appends = attachment.offered.is_some_and(|offer| offer.appends(stream, attachment.decided));
        let from = (appends && live.continuation(turn)).then_some(live.from_part);
        for frame in replay_frames(stream, &turn.answer, from, attachment.generation) {
            socket.send(&frame);
        }
        socket.update(Attachment::taken_up);
        return;
    }
    socket.update(Attachment::taken_up);
    match interrupted(&state) {
        Some((request, text)) if request == stream => {
            let frame = ResponseFrame { body: &text, error: true, ..ResponseFrame::done(stream, Outcome::Error) };
            socket.send(&frame.to_json());
        }
        _ => socket.send(&ResponseFrame { replay: true, ..ResponseFrame::done(stream, Outcome::Completed) }.to_json()),
    }
}

/// Answers a request of an old client that begins nothing: a resume that comes late, because the server has gone on by
/// itself, or the question of a page that was loaded (the AI SDK's `resume`). Its request is the only way on which such
/// a client takes an interrupt, so it gets the one that waits, also when the running stream ends with it.
pub fn catch_up(driver: &Driver<World>, socket: &Socket, request: &str) {
    let state = driver.state();
    if live_stream(&state).is_none() {
        return end(socket, request, interrupted(&state).map(|(_, text)| text).as_deref());
    }
    let before = socket.attachment().follows;
    socket.update(|attachment| attachment.follows = Some(request.to_owned()));
    if let Some(before) = before {
        end(socket, &before, None);
    }
}

/// Ends a request that had no stream of its own.
pub fn end(socket: &Socket, request: &str, error: Option<&str>) {
    match error {
        Some(text) => error_end(request, text, false, &[]).iter().for_each(|frame| socket.send(frame)),
        None => socket.send(&ResponseFrame::done(request, Outcome::Skipped).to_json()),
    }
}

/// An old page never speaks first. One that comes back after a break would not learn what it missed; and the history
/// that it loads is in the newest words, because nothing in its request tells its generation: it shows no buttons for a
/// confirmation in those. So who keeps silent is told the transcript, in the words that every generation understands.
pub fn tell_silent_pages(driver: &Rc<Driver<World>>) {
    let sockets = driver.ports().sockets.all();
    let silent: Vec<String> =
        sockets.iter().map(|socket| socket.attachment()).filter(is_silent).map(|it| it.key).collect();
    if silent.is_empty() || driver.state().messages.is_empty() {
        return;
    }
    let object = Rc::clone(&driver.ports().state);
    let driver = Rc::clone(driver);
    later(&object, async move {
        clock::sleep(SILENCE_MS).await;
        let state = driver.state();
        if live_stream(&state).is_some() {
            // The list comes with its end.
            return;
        }
        let messages = state.transcript();
        let list = outbound::chat_messages(&messages, Generation::Unknown);
        for socket in driver.ports().sockets.all().iter() {
            let attachment = socket.attachment();
            if is_silent(&attachment) && silent.contains(&attachment.key) {
                socket.update(|attachment| attachment.told = true);
                socket.send(&list);
            }
        }
    });
}

/// The history was asked for: whoever asked, and does not say how it speaks, is told again.
pub fn history_read(driver: &Rc<Driver<World>>) {
    if driver.state().transcript().iter().any(has_new_words) {
        tell_silent_pages(driver);
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
        Part::StepStart | Part::Text { .. } | Part::Reasoning { .. } => false,
    })
}

fn live_stream(state: &State) -> Option<&str> {
    state.turn.as_ref()?.stream.as_ref().map(|stream| stream.id.as_str())
}

/// The request of a turn that waits for the user outside the chat, and the interrupt that says so.
pub fn interrupted(state: &State) -> Option<(String, String)> {
    let turn = state.turn.as_ref().filter(|turn| turn.stream.is_none())?;
    let text = turn.pauses().find_map(|(call, pause)| interrupt_text(call, pause))?;
    Some((turn.head.request.clone(), text))
}
