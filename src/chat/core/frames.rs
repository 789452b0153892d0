//! What a client's frame does. Nothing in a frame is believed but new messages, truncation points and decisions by id.

use deputy_agent::{Accepted, Answered, Ask, Decision, Ports, READ_ONLY, StoreError};
use deputy_error::Explained as _;
use deputy_wire::{
    ChatRequest, ClientFrame, Decision as Said, FrameError, FrameProblem, ToolResult, Trigger, outbound,
};
use serde_json::json;

use super::chat::Core;
use super::intake::{decision, has_call};
use super::ports::{Platform, Socket};
use super::sockets::OpenSocket;
use crate::platform::log::{Level, note};

/// Characters of a method's name that are repeated to who called it.
const METHOD_CHARS: usize = 80;

impl<P: Platform> Core<P> {
    /// A text frame came on a socket: it is handled to the end of the turn it may begin. A socket whose session has ended is
    /// closed instead (S-16).
    pub async fn message(&self, socket: &P::Socket, text: &str) {
        let sockets = &self.ports().sockets;
        let Some(socket) = sockets.find(socket) else { return };
        if socket.attachment().exp <= self.now() {
            self.look_at_sessions().await;
            if socket.attachment().exp <= self.now() {
                return;
            }
        }
        if let Err(error) = self.frame(&socket, text).await {
            self.log_failure(&error);
        }
    }

    /// A binary frame came: no client of any generation sends one, and whoever does is told so.
    pub fn binary_message(&self, socket: &P::Socket) {
        if let Some(socket) = self.ports().sockets.find(socket) {
            refuse(&socket, &FrameProblem::Binary.into());
        }
    }

    async fn frame(&self, socket: &OpenSocket<P::Socket>, text: &str) -> Result<(), StoreError> {
        let frame = match deputy_wire::parse(text) {
            Ok(frame) => frame,
            Err(error) => {
                refuse(socket, &error);
                return Ok(());
            }
        };
        self.observe(socket, &frame);
        match frame {
            ClientFrame::ChatRequest(request) => self.chat(socket, request).await?,
            ClientFrame::Cancel { id } => self.stop(&id).await?,
            ClientFrame::Clear => self.clear(socket).await?,
            ClientFrame::ToolResult(result) => self.tool_result(socket, result).await?,
            ClientFrame::ToolApproval { tool_call_id, approved, reason } => {
                socket.update(|attachment| attachment.decided = true);
                let decision = if approved { Decision::Approve } else { Decision::Deny { reason } };
                self.decide(socket, &tool_call_id, &decision).await?;
            }
            // The client's list says nothing of what happened: it is told what did.
            ClientFrame::SetMessages { .. } => self.send_transcript(socket),
            ClientFrame::ResumeRequest { probe_id } => self.offer_stream(socket, probe_id.as_deref()),
            ClientFrame::ResumeAck { id } => self.replay_stream(socket, &id),
            ClientFrame::State => socket.send(&outbound::state_error("State update rejected")),
            ClientFrame::Rpc { id, method } => {
                let method: String = method.chars().take(METHOD_CHARS).collect();
                socket.send(&outbound::rpc_error(&id, &format!("Method {method} does not exist")));
            }
            ClientFrame::Unknown { .. } => {}
        }
        Ok(())
    }

    /// Every frame may tell more of the client's generation.
    fn observe(&self, socket: &OpenSocket<P::Socket>, frame: &ClientFrame) {
        let before = socket.generation();
        let generation = before.observe(frame);
        socket.update(|attachment| attachment.generation = generation);
        if before != generation && generation.approvals() && socket.attachment().told {
            // It was only slow, and has been told in old words.
            self.send_transcript(socket);
        }
    }

    async fn chat(&self, socket: &OpenSocket<P::Socket>, request: ChatRequest) -> Result<(), StoreError> {
        if !request.is_turn() {
            self.catch_up(socket, &request.id);
            return Ok(());
        }
        if request.extends_assistant() && request.trigger == Trigger::Submit {
            return self.answers_in_transcript(socket, &request).await;
        }
        let attachment = socket.attachment();
        let user = match request.trigger {
            Trigger::Submit => request.last_user_message().map(|message| (message.id, message.text)),
            Trigger::Regenerate => None,
        };
        if request.trigger == Trigger::Submit && user.is_none() {
            socket.end(&request.id, None);
            return Ok(());
        }
        let head = self.turn_head(&request, attachment.session, Some(attachment.connection.clone()));
        let keep_to = request.ids().last().map(|id| (*id).to_owned());
        let first = self.driver.state().messages.is_empty();
        match self.driver.accept(Ask { head, user, keep_to }, Some(&attachment.connection))? {
            Accepted::Turn(_) => self.run(&request, first).await,
            Accepted::Duplicate | Accepted::Nothing => {
                self.send_transcript(socket);
                socket.end(&request.id, None);
            }
            Accepted::TooMany => {
                let text = "Several messages are waiting already. Please wait for the answers.";
                socket.end(&request.id, Some(text));
            }
            Accepted::ReadOnly => {
                self.send_transcript(socket);
                socket.end(&request.id, Some(READ_ONLY));
            }
        }
        Ok(())
    }

    /// Older clients answer a waiting call inside the transcript of a new request, and follow the answer on that request.
    async fn answers_in_transcript(
        &self,
        socket: &OpenSocket<P::Socket>,
        request: &ChatRequest,
    ) -> Result<(), StoreError> {
        self.note_time_zone(request).await;
        let (mut taken, mut on_request) = (false, false);
        for answer in request.tool_answers() {
            let Some(decision) = decision(&answer) else { continue };
            // What becomes of a call whose turn is over is told in a message of its own: this request extends the last one.
            let parked = self.driver.state().parked(&answer.tool_call_id).is_some();
            let stream = if parked { self.ports().id() } else { request.id.clone() };
            if let Answered::Taken(_) = self.driver.answer(&answer.tool_call_id, &decision, &stream, None)? {
                (taken, on_request) = (true, on_request || !parked);
            }
        }
        if taken {
            if !on_request {
                socket.update(|attachment| attachment.follows = Some(request.id.clone()));
            }
            self.driver.drive().await;
        } else {
            self.send_transcript(socket);
            self.catch_up(socket, &request.id);
        }
        Ok(())
    }

    async fn tool_result(&self, socket: &OpenSocket<P::Socket>, result: ToolResult) -> Result<(), StoreError> {
        // An older client that does not ask to go on sends the same answer again inside a chat request, and listens there.
        if !result.auto_continue && !socket.generation().approvals() && result.decision() != Said::Dismissed {
            return Ok(());
        }
        match decision(&result) {
            Some(decision) => self.decide(socket, &result.tool_call_id, &decision).await,
            None => {
                self.send_transcript(socket);
                Ok(())
            }
        }
    }

    /// First answer wins; who comes later is shown what holds.
    async fn decide(
        &self,
        socket: &OpenSocket<P::Socket>,
        call_id: &str,
        decision: &Decision,
    ) -> Result<(), StoreError> {
        let connection = socket.connection();
        let stream = self.ports().id();
        match self.driver.answer(call_id, decision, &stream, Some(&connection))? {
            Answered::Taken(_) => self.driver.drive().await,
            Answered::Late => {
                let transcript = self.driver.state().transcript();
                if let Some(message) = transcript.iter().rev().find(|message| has_call(message, call_id)) {
                    socket.send(&outbound::message_updated(message, socket.generation()));
                }
            }
            Answered::ReadOnly => self.send_transcript(socket),
            Answered::Unknown => {}
        }
        Ok(())
    }

    async fn stop(&self, id: &str) -> Result<(), StoreError> {
        if self.driver.stop(id)? {
            self.driver.drive().await;
        }
        Ok(())
    }

    async fn clear(&self, socket: &OpenSocket<P::Socket>) -> Result<(), StoreError> {
        self.driver.clear(Some(&socket.connection()))?;
        self.driver.drive().await;
        Ok(())
    }

    pub(super) fn send_transcript(&self, socket: &OpenSocket<P::Socket>) {
        let messages = self.driver.state().transcript();
        socket.send(&outbound::chat_messages(&messages, socket.generation()));
    }
}

/// A frame that cannot be read. A chat request is answered as one, or its client waits for ever; any other with a frame of our own,
/// which every client ignores that does not know it.
fn refuse<S: Socket>(socket: &OpenSocket<S>, error: &FrameError) {
    note(Level::Warn, "frame", Some(error.code()), None);
    match &error.request_id {
        Some(request) => socket.end(request, Some(&error.user_message())),
        None => {
            let frame = json!({
                "type": "deputy_refused", "code": error.code(), "message": error.user_message(), "fix": error.developer_fix(),
            });
            socket.send(&frame.to_string());
        }
    }
}
