//! What a client's frame does. Nothing in a frame is believed but new messages, truncation points and decisions by id.

use deputy_agent::{Accepted, Answered, Ask, Decision, Driver, Origin, Ports, StoreError, TurnHead, message_text};
use deputy_wire::{
    ChatRequest, ClientFrame, Decision as Said, FrameError, Outcome, ResponseFrame, ToolResult, Trigger, error_end,
    outbound,
};
use futures::future::LocalBoxFuture;

use super::sockets::Socket;
use super::world::World;
use super::{alarm, resume};
use crate::account::chats::{RenameChat, SetTimeZone};
use crate::platform::boxed::boxed;
use crate::platform::intl;
use crate::platform::log::{Level, Line};

/// Characters of an automatic title.
const TITLE_CHARS: usize = 60;

/// Handles one text frame, to the end of the turn it may begin.
pub async fn handle(driver: &Driver<World>, socket: &Socket, text: &str) {
    let frame = match deputy_wire::parse(text) {
        Ok(frame) => frame,
        Err(error) => return refuse(socket, &error),
    };
    let before = socket.generation();
    let generation = before.observe(&frame);
    socket.update(|attachment| attachment.generation = generation);
    if before != generation && generation.approvals() && socket.attachment().told {
        // It was only slow, and has been told in old words.
        send_transcript(driver, socket);
    }
    let work = match frame {
        ClientFrame::ChatRequest(request) => boxed(chat(driver, socket, request)),
        ClientFrame::Cancel { id } => boxed(stop(driver, id)),
        ClientFrame::Clear => boxed(clear(driver, socket)),
        ClientFrame::ToolResult(result) => boxed(tool_result(driver, socket, result)),
        ClientFrame::ToolApproval { tool_call_id, approved, reason } => {
            socket.update(|attachment| attachment.decided = true);
            let decision = if approved { Decision::Approve } else { Decision::Deny { reason } };
            boxed(decide(driver, socket, tool_call_id, decision))
        }
        other => return reply(driver, socket, other),
    };
    if let Err(error) = work.await {
        driver.ports().log_failure(&error);
    }
}

/// Answers a frame that begins nothing.
fn reply(driver: &Driver<World>, socket: &Socket, frame: ClientFrame) {
    match frame {
        // The client's list says nothing of what happened: it is told what did.
        ClientFrame::SetMessages { .. } => send_transcript(driver, socket),
        ClientFrame::ResumeRequest { probe_id } => resume::request(driver, socket, probe_id.as_deref()),
        ClientFrame::ResumeAck { id } => resume::acknowledge(driver, socket, &id),
        ClientFrame::State => socket.send(&outbound::state_error("State update rejected")),
        ClientFrame::Rpc { id, method } => {
            let method: String = method.chars().take(80).collect();
            socket.send(&outbound::rpc_error(&id, &format!("Method {method} does not exist")));
        }
        ClientFrame::Unknown { .. }
        | ClientFrame::ChatRequest(_)
        | ClientFrame::Cancel { .. }
        | ClientFrame::Clear
        | ClientFrame::ToolResult(_)
        | ClientFrame::ToolApproval { .. } => {}
    }
}

/// A frame that cannot be read. A chat request is answered, or its client waits for ever.
fn refuse(socket: &Socket, error: &FrameError) {
    Line { code: Some(error.code()), ..Line::new(Level::Warn, "frame") }.write();
    if let Some(request) = &error.request_id {
        for frame in error_end(request, &error.user_message(), false, &[]) {
            socket.send(&frame);
        }
    }
}

async fn chat(driver: &Driver<World>, socket: &Socket, request: ChatRequest) -> Result<(), StoreError> {
    let world = driver.ports();
    if !request.is_turn() {
        resume::catch_up(driver, socket, &request.id);
        return Ok(());
    }
    if request.extends_assistant() && request.trigger == Trigger::Submit {
        return answers_in_transcript(driver, socket, &request).await;
    }
    let attachment = socket.attachment();
    let user = match request.trigger {
        Trigger::Submit => request.last_user_message().map(|message| (message.id, message.text)),
        Trigger::Regenerate => None,
    };
    if request.trigger == Trigger::Submit && user.is_none() {
        socket.send(&ResponseFrame::done(&request.id, Outcome::Skipped).to_json());
        return Ok(());
    }
    let head = head(world, &request, attachment.session, Some(attachment.connection.clone()));
    let keep_to = request.ids().last().map(|id| (*id).to_owned());
    let first = driver.state().messages.is_empty();
    match driver.accept(Ask { head, user, keep_to }, Some(&attachment.connection))? {
        Accepted::Turn(_) => run(driver, &request, first).await,
        Accepted::Duplicate | Accepted::Nothing => {
            send_transcript(driver, socket);
            socket.send(&ResponseFrame::done(&request.id, Outcome::Skipped).to_json());
        }
        Accepted::TooMany => {
            let text = "Several messages are waiting already. Please wait for the answers.";
            for frame in error_end(&request.id, text, false, &[]) {
                socket.send(&frame);
            }
        }
    }
    Ok(())
}

/// A turn as it is accepted for a request.
pub fn head(world: &World, request: &ChatRequest, session: Option<String>, connection: Option<String>) -> TurnHead {
    TurnHead {
        id: world.named("turn_"),
        request: request.id.clone(),
        origin: Origin::Message,
        session,
        connection,
        message_id: world.named("msg_"),
        user_messages: Vec::new(),
        at: world.now(),
    }
}

/// Runs what a request has begun. The first turn names the chat meanwhile.
pub async fn run(driver: &Driver<World>, request: &ChatRequest, first: bool) {
    alarm::arm(driver).await;
    // Only now: a frame that follows at once (stop, clear) must find the turn.
    note_time_zone(driver.ports(), request).await;
    let drives = boxed(driver.drive());
    if first {
        futures::join!(drives, boxed(name_chat(driver)));
    } else {
        drives.await;
    }
    alarm::arm(driver).await;
}

/// Older clients answer a waiting call inside the transcript of a new request, and follow the answer on that request.
async fn answers_in_transcript(
    driver: &Driver<World>,
    socket: &Socket,
    request: &ChatRequest,
) -> Result<(), StoreError> {
    note_time_zone(driver.ports(), request).await;
    let mut taken = false;
    for answer in request.tool_answers() {
        if let Some(decision) = decision(&answer)
            && let Answered::Taken(_) = driver.answer(&answer.tool_call_id, &decision, &request.id, None)?
        {
            taken = true;
        }
    }
    if taken {
        drive(driver).await;
    } else {
        send_transcript(driver, socket);
        resume::catch_up(driver, socket, &request.id);
    }
    Ok(())
}

async fn tool_result(driver: &Driver<World>, socket: &Socket, result: ToolResult) -> Result<(), StoreError> {
    // An older client that does not ask to go on sends the same answer again inside a chat request, and listens there.
    if !result.auto_continue && !socket.generation().approvals() && result.decision() != Said::Dismissed {
        return Ok(());
    }
    match decision(&result) {
        Some(decision) => decide(driver, socket, result.tool_call_id, decision).await,
        None => {
            send_transcript(driver, socket);
            Ok(())
        }
    }
}

/// First answer wins; who comes later is shown what holds.
async fn decide(
    driver: &Driver<World>,
    socket: &Socket,
    call_id: String,
    decision: Decision,
) -> Result<(), StoreError> {
    let connection = socket.connection();
    let stream = driver.ports().id();
    match driver.answer(&call_id, &decision, &stream, Some(&connection))? {
        Answered::Taken(_) => drive(driver).await,
        Answered::Late => {
            let state = driver.state();
            let holds = state.transcript().into_iter().rev().find(|message| has_call(message, &call_id));
            if let Some(message) = holds {
                socket.send(&outbound::message_updated(&message, socket.generation()));
            }
        }
        Answered::Unknown => {}
    }
    Ok(())
}

/// Drives under the watchdog.
pub fn drive(driver: &Driver<World>) -> LocalBoxFuture<'_, ()> {
    boxed(async {
        alarm::arm(driver).await;
        boxed(driver.drive()).await;
        alarm::arm(driver).await;
    })
}

async fn stop(driver: &Driver<World>, id: String) -> Result<(), StoreError> {
    if driver.stop(&id)? {
        drive(driver).await;
    }
    Ok(())
}

async fn clear(driver: &Driver<World>, socket: &Socket) -> Result<(), StoreError> {
    driver.clear(Some(&socket.connection()))?;
    drive(driver).await;
    Ok(())
}

fn send_transcript(driver: &Driver<World>, socket: &Socket) {
    let messages = driver.state().transcript();
    socket.send(&outbound::chat_messages(&messages, socket.generation()));
}

/// What an answer means for the engine.
pub fn decision(result: &ToolResult) -> Option<Decision> {
    match result.decision() {
        Said::Continue => Some(Decision::Continue { consented: false }),
        Said::Yes => Some(Decision::Approve),
        Said::No => Some(Decision::Deny { reason: None }),
        Said::Dismissed => Some(Decision::NotNow),
        Said::Retry => Some(Decision::Retry),
        Said::Done => Some(Decision::Done),
        Said::Other => None,
    }
}

/// True when the call is one of the message.
pub fn has_call(message: &deputy_wire::Message, call_id: &str) -> bool {
    message.parts.iter().any(|part| matches!(part, deputy_wire::Part::Tool(tool) if tool.call_id == call_id))
}

/// The client sends its zone with every request; the account keeps it.
async fn note_time_zone(world: &World, request: &ChatRequest) {
    let Some(zone) = request.extra.get("timeZone").and_then(|zone| zone.as_str()) else { return };
    if world.time_zone.borrow().as_deref() == Some(zone) || !intl::is_zone(zone) {
        return;
    }
    world.tell_account(SetTimeZone { time_zone: zone.to_owned() }).await;
    *world.time_zone.borrow_mut() = Some(zone.to_owned());
}

/// The first message names the chat, unless the user has named it.
async fn name_chat(driver: &Driver<World>) {
    let world = driver.ports();
    let Some(text) = driver.state().messages.first().map(message_text) else { return };
    let rename = RenameChat { chat: world.chat_id(), title: title_of(&text), automatic: true };
    match world.ask_account(&rename).await {
        Ok(chat) => world.show_title(&chat.title),
        Err(refusal) => Line { code: Some(&refusal.code), ..Line::new(Level::Warn, "chat_title") }.write(),
    }
}

/// The beginning of a text, cut at a word.
pub fn title_of(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= TITLE_CHARS {
        return line;
    }
    let cut: String = line.chars().take(TITLE_CHARS).collect();
    let words = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{}…", words.trim_end_matches(|c: char| c.is_ascii_punctuation()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_cut_at_a_word() {
        assert_eq!(title_of("  Am I free\n tomorrow? "), "Am I free tomorrow?");
        let long = "Please look at all of my calendars and tell me when I could meet Ben for lunch";
        assert_eq!(title_of(long), "Please look at all of my calendars and tell me when I could…");
        assert_eq!(title_of(&"ü".repeat(80)).chars().count(), 61);
    }
}
