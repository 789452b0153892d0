//! One `POST /chat` (TV-25): a turn of the same engine as the socket's, shown on the answer to the request. Of what the client
//! uploads only its new message and its decisions count (S-10).

use std::rc::Rc;

use deputy_agent::{Accepted, Answered, Ask, Ending, Ports, READ_ONLY, READ_ONLY_CODE, TurnHead, message_text};
use deputy_wire::{ChatRequest, FinishReason, Message, Part, Role, StreamEvent, Trigger, replay};

use super::chat::Core;
use super::followers::{Body, Followers};
use super::intake::{decision, has_call};
use super::ports::Platform;
use super::store::stored;
use crate::chat::Identity;
use crate::objects::Refusal;

impl<P: Platform> Core<P> {
    /// Takes a request in and gives the body of its answer. The turn it begins is the chat's: it goes on when its client is gone.
    ///
    /// Errors: 400 for a body that asks for nothing, 409 when nothing waits for the answers in it, 429 when too many wait already,
    /// 500 when it could not be stored.
    pub fn post(self: &Rc<Self>, identity: &Identity, body: &str) -> Result<Body, Refusal> {
        let ports = self.ports();
        let request =
            ChatRequest::from_body(&ports.named("post_"), body).map_err(|error| Refusal::explained(400, &error))?;
        ports.show_plainly().map_err(|error| self.unstored(&stored(error)))?;
        let first = self.driver.state().messages.is_empty();
        let answer = if request.extends_assistant() && request.trigger == Trigger::Submit {
            self.posted_answers(&request, &identity.chat)?
        } else {
            self.posted_turn(&request, identity)?
        };
        self.later(async move |core| core.run(&request, first).await);
        Ok(answer)
    }

    fn posted_turn(&self, request: &ChatRequest, identity: &Identity) -> Result<Body, Refusal> {
        let user = match request.trigger {
            Trigger::Submit => {
                let message = request.last_user_message();
                let message =
                    message.ok_or_else(|| Refusal::new(400, "message_missing", "There is no message to answer."))?;
                Some((self.own_id(request, message.id, &message.text), message.text))
            }
            Trigger::Regenerate => None,
        };
        let known = user.as_ref().map(|(id, _)| id.clone());
        let head = self.turn_head(request, identity.session.clone(), None);
        let keep_to = request.ids().last().map(|id| (*id).to_owned());
        let accepted = self.driver.accept(Ask { head, user, keep_to }, None);
        match accepted.map_err(|error| self.unstored(&error))? {
            Accepted::Turn(_) => Ok(self.ports().followers.follow(&request.id, &identity.chat, &[])),
            // Sent again, because the answer to the first time was lost: it gets the same answer.
            Accepted::Duplicate => Ok(self.answer_to(&known.unwrap_or_default(), &identity.chat)),
            Accepted::Nothing => Err(Refusal::new(409, "nothing_to_answer", "There is no message to answer.")),
            Accepted::ReadOnly => Err(Refusal::new(409, READ_ONLY_CODE, READ_ONLY)),
            Accepted::TooMany => {
                let text = "Several messages are waiting already. Please wait for the answers.";
                Err(Refusal::new(429, "chat_busy", text))
            }
        }
    }

    /// The id under which a message is taken in. Clients that count their messages begin at 0 with every page: one that uses an id
    /// again with another text has said something new, and nothing is cut off for it. Only who names the message in `messageId` changes
    /// it.
    fn own_id(&self, request: &ChatRequest, id: String, text: &str) -> String {
        let state = self.driver.state();
        let known = |id: &str| state.messages.iter().find(|message| message.id == id);
        if request.message_id.as_ref() == Some(&id) || known(&id).is_none_or(|message| message_text(message) == text) {
            return id;
        }
        // Sent again, because the answer was lost: it is the same message still.
        let last = state.messages.iter().rfind(|message| message.role == Role::User);
        match last.filter(|last| last.id.starts_with(&format!("{id}.")) && message_text(last) == text) {
            Some(last) => last.id.clone(),
            None => format!("{id}.{}", self.ports().id()),
        }
    }

    /// The answer that runs, from its beginning, for who comes back to it (the AI SDK's `resume`); none when none does.
    pub fn running_answer(&self) -> Option<Body> {
        let thread = self.ports().owner.chat();
        let state = self.driver.state();
        let turn = state.turn.as_ref()?;
        turn.stream.as_ref()?;
        Some(self.running(replay(&turn.answer, true, None), &thread))
    }

    /// Answers to tool calls that wait. Tool and input are ours; the last call the chat knows tells which message goes on.
    fn posted_answers(&self, request: &ChatRequest, thread: &str) -> Result<Body, Refusal> {
        let mut answered = None;
        for answer in request.tool_answers() {
            let Some(decision) = decision(&answer) else { continue };
            let parked = self.driver.state().parked(&answer.tool_call_id).is_some();
            let taken = self.driver.answer(&answer.tool_call_id, &decision, &request.id, None);
            match taken.map_err(|error| self.unstored(&error))? {
                // Its turn is over: what becomes of it is told by a turn of its own, on this request.
                Answered::Taken(_) if parked => {
                    return Ok(self.ports().followers.follow(&request.id, thread, &[]));
                }
                Answered::Taken(_) | Answered::Late => answered = Some(answer.tool_call_id),
                Answered::Unknown => {}
                Answered::ReadOnly => return Err(Refusal::new(409, READ_ONLY_CODE, READ_ONLY)),
            }
        }
        let call = answered.ok_or_else(|| Refusal::new(409, "nothing_waits", "Nothing waits for this answer."))?;
        Ok(self.rest_of(&call, thread))
    }

    /// What follows the step of a tool call: the client holds the message up to there, with its own answer in place of the result.
    fn rest_of(&self, call: &str, thread: &str) -> Body {
        let state = self.driver.state();
        if let Some(turn) = state.turn.as_ref().filter(|turn| has_call(&turn.answer, call)) {
            return self.running(continuation(&turn.answer, call, true), thread);
        }
        let message = state.messages.iter().rev().find(|message| has_call(message, call));
        let events = message.map(|message| continuation(message, call, false)).unwrap_or_default();
        Followers::over(thread, &events, &Ending::Completed)
    }

    /// The answer to a message that was taken in before.
    fn answer_to(&self, user: &str, thread: &str) -> Body {
        let state = self.driver.state();
        let asks = |head: &TurnHead| head.user_messages.iter().any(|id| id == user);
        if let Some(turn) = state.turn.as_ref().filter(|turn| asks(&turn.head)) {
            return self.running(replay(&turn.answer, true, None), thread);
        }
        if let Some(head) = state.queue.iter().find(|head| asks(head)) {
            return self.ports().followers.follow(&head.request, thread, &[]);
        }
        let after = state.messages.iter().skip_while(|message| message.id != user).nth(1);
        let events =
            after.filter(|message| message.role == Role::Assistant).map(|message| replay(message, false, None));
        let nothing = || vec![StreamEvent::Start { message_id: None }, StreamEvent::Finish { reason: None }];
        Followers::over(thread, &events.unwrap_or_else(nothing), &Ending::Completed)
    }

    /// The running turn from here on; one that waits says for what and ends.
    fn running(&self, mut events: Vec<StreamEvent>, thread: &str) -> Body {
        let state = self.driver.state();
        if let Some(stream) = state.turn.as_ref().and_then(|turn| turn.stream.as_ref()) {
            return self.ports().followers.follow(&stream.id, thread, &events);
        }
        events.push(StreamEvent::StepFinish);
        let ending = match state.interrupted() {
            Some((_, text)) => Ending::Interrupted(text),
            None => {
                events.push(StreamEvent::Finish { reason: Some(FinishReason::ToolCalls) });
                Ending::Completed
            }
        };
        Followers::over(thread, &events, &ending)
    }
}

/// The calls of the step as they are, because the client has put its answer in the place of a result, then what follows.
fn continuation(message: &Message, call: &str, live: bool) -> Vec<StreamEvent> {
    let is_call = |part: &Part| matches!(part, Part::Tool(tool) if tool.call_id == call);
    let at = message.parts.iter().position(is_call).unwrap_or_default();
    let next = message.parts.iter().skip(at).position(|part| matches!(part, Part::StepStart));
    let from = next.map_or(message.parts.len(), |next| at.saturating_add(next));
    let mut calls = Vec::new();
    for part in message.parts.iter().take(from).rev().take_while(|part| !matches!(part, Part::StepStart)) {
        if let Part::Tool(tool) = part {
            let (call_id, name) = (tool.call_id.clone(), tool.tool.clone());
            calls.push(StreamEvent::ToolInput { call_id, tool: name, input: tool.input.clone() });
        }
    }
    let mut events = replay(message, live, Some(from));
    for call in calls {
        events.insert(1.min(events.len()), call);
    }
    events
}
