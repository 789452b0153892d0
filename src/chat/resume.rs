//! A client asks whether a stream is running, and takes it up (agents-protocol.md 3.10).

use deputy_agent::{Driver, State, interrupt_text};
use deputy_wire::{Outcome, ResponseFrame, outbound};

use super::show::replay_frames;
use super::sockets::{Attachment, Offer, Socket};
use super::world::World;

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

fn live_stream(state: &State) -> Option<&str> {
    state.turn.as_ref()?.stream.as_ref().map(|stream| stream.id.as_str())
}

/// The request of a turn that waits for the user outside the chat, and the interrupt that says so.
pub fn interrupted(state: &State) -> Option<(String, String)> {
    let turn = state.turn.as_ref().filter(|turn| turn.stream.is_none())?;
    let text = turn.pauses().find_map(|(call, pause)| interrupt_text(call, pause))?;
    Some((turn.head.request.clone(), text))
}
