//! What comes in from outside, as changes of the log. Pure: ids and time are given.

use deputy_wire::{Message, Part, Role, ToolState};
use serde_json::json;

use crate::calls::PAUSE_MS;
use crate::plan::MAX_ATTEMPTS;
use crate::record::{CallOutcome, Change, Origin, Pause, PauseReason, Record, TurnHead, TurnOutcome};
use crate::state::{CallState, State, Turn};
use crate::{Effect, Registry};

/// Turns that may wait for the running one.
pub const MAX_QUEUED: usize = 5;

/// A request for a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// As it will be accepted.
    pub head: TurnHead,
    /// The user's new message: id and text. None to answer the last one again.
    pub user: Option<(String, String)>,
    /// The last message the client kept, when it cut its transcript (regenerate).
    pub keep_to: Option<String>,
}

/// What became of a request for a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Accepted {
    /// It runs or waits for its turn, once these changes are written. Streams of these ids end at once.
    Turn(Vec<Change>),
    /// This message is known and nothing new is asked for.
    Duplicate,
    /// There is nothing to answer.
    Nothing,
    /// Too many wait already.
    TooMany,
}

/// An answer to a waiting call. Tool and input are the server's own: an answer names only the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Approve,
    /// No.
    Deny {
        /// Why, if the user said.
        reason: Option<String>,
    },
    /// Try again: the consent may have been given.
    Continue {
        /// The server knows that it was.
        consented: bool,
    },
    /// Not now.
    NotNow,
    /// Make a call again whose outcome is unknown.
    Retry,
    /// A call whose outcome is unknown has happened: the user has looked.
    Done,
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    /// It counts, once these changes are written.
    Taken(Vec<Change>),
    /// The call does not wait (any more): somebody else was first.
    Late,
    /// There is no such call.
    Unknown,
}

impl State {
    /// Takes in a request for a turn.
    pub fn accept(&self, ask: Ask) -> Accepted {
        let mut changes = Vec::new();
        let mut head = ask.head;
        match ask.user {
            Some((id, _)) if self.is_answer(&id) => return Accepted::Nothing,
            Some((id, text)) => match self.messages.iter().find(|message| message.id == id) {
                Some(known) if message_text(known) == text => return Accepted::Duplicate,
                Some(_) => {
                    // An edit: the message and everything after it go.
                    changes.extend(self.end_all());
                    changes.push(Change::Truncate { from: id.clone() });
                    changes.push(user_message(&mut head, id, text));
                    changes.push(Change::Append(Record::TurnStarted { turn: head }));
                }
                None => {
                    let waits = self.turn.as_ref().is_some_and(|turn| turn.stream.is_none());
                    if waits {
                        changes.extend(self.end_turn(&TurnOutcome::Completed));
                    }
                    let busy = (self.turn.is_some() && !waits) || !self.queue.is_empty();
                    if busy && self.queue.len() >= MAX_QUEUED {
                        return Accepted::TooMany;
                    }
                    changes.push(user_message(&mut head, id, text));
                    changes.push(Change::Append(if busy {
                        Record::TurnQueued { turn: head }
                    } else {
                        Record::TurnStarted { turn: head }
                    }));
                }
            },
            None => {
                changes.extend(self.end_all());
                // What the running turn leaves behind is a message like any other, and may be one of those that go.
                let mut messages: Vec<&Message> = self.messages.iter().collect();
                if let (Some(turn), Some(Change::EndTurn { message: Some(left), .. })) = (&self.turn, changes.first()) {
                    messages.insert(turn.position.min(messages.len()), left);
                }
                let kept = ask.keep_to.and_then(|id| messages.iter().position(|message| message.id == id));
                let Some(last) = kept.or_else(|| messages.len().checked_sub(1)) else { return Accepted::Nothing };
                let user = messages.iter().take(last.saturating_add(1)).rposition(|message| message.role == Role::User);
                let Some(user) = user else { return Accepted::Nothing };
                head.user_messages = messages.get(user).map(|message| message.id.clone()).into_iter().collect();
                let next = messages.get(user.saturating_add(1)).map(|next| next.id.clone());
                changes.extend(next.map(|from| Change::Truncate { from }));
                head.origin = Origin::Regenerate;
                changes.push(Change::Append(Record::TurnStarted { turn: head }));
            }
        }
        Accepted::Turn(changes)
    }

    /// Takes in an answer to a waiting call. `stream` names the stream on which the turn goes on.
    pub fn answer(&self, call_id: &str, decision: &Decision, stream: &str) -> Answered {
        let Some(turn) = &self.turn else { return self.answered_before(call_id) };
        let Some(call) = turn.call(call_id) else { return self.answered_before(call_id) };
        let CallState::Paused(pause) = &call.state else { return Answered::Late };
        let call_id = call_id.to_owned();
        let record = match (&pause.reason, decision) {
            (PauseReason::Confirm, Decision::Approve) => Record::CallAnswered { call_id, approved: true, reason: None },
            (PauseReason::Confirm, Decision::Deny { reason }) => {
                Record::CallAnswered { call_id, approved: false, reason: reason.clone() }
            }
            (PauseReason::Confirm, Decision::NotNow) => Record::CallAnswered { call_id, approved: false, reason: None },
            // A consent says nothing about a confirmation.
            (PauseReason::Confirm, Decision::Continue { .. }) => return Answered::Late,
            (PauseReason::Connect { .. }, Decision::Continue { consented }) => {
                Record::CallResumed { call_id, consented: *consented }
            }
            (PauseReason::Connect { .. }, Decision::Approve) => Record::CallResumed { call_id, consented: false },
            (PauseReason::Connect { connection, .. }, Decision::NotNow | Decision::Deny { .. }) => {
                Record::CallSettled {
                    call_id,
                    outcome: CallOutcome::NotRun { text: format!("The user chose not to connect {connection} now.") },
                }
            }
            // Only the device says yes; a client that asks to go on is shown what holds.
            (PauseReason::Approve { .. }, Decision::Approve | Decision::Continue { .. }) => return Answered::Late,
            (PauseReason::Approve { .. }, Decision::NotNow | Decision::Deny { .. }) => Record::CallSettled {
                call_id,
                outcome: CallOutcome::NotRun { text: "The user no longer wants this, and it was not run.".to_owned() },
            },
            (PauseReason::SignIn, Decision::Continue { .. } | Decision::Approve) => {
                Record::CallResumed { call_id, consented: false }
            }
            (PauseReason::SignIn, Decision::NotNow | Decision::Deny { .. }) => Record::CallSettled {
                call_id,
                outcome: CallOutcome::NotRun { text: "The user chose not to sign in again now.".to_owned() },
            },
            (PauseReason::Outcome { can_check: true }, Decision::Continue { .. }) => {
                Record::CallResumed { call_id, consented: false }
            }
            (PauseReason::Outcome { can_check: false }, Decision::Continue { .. }) => return Answered::Late,
            (PauseReason::Outcome { .. }, Decision::Retry | Decision::Approve) => Record::CallRetried { call_id },
            (PauseReason::Outcome { .. }, Decision::Done) => Record::CallSettled {
                call_id,
                outcome: CallOutcome::Output { output: json!({"done": true, "note": MARKED_DONE}) },
            },
            (PauseReason::Outcome { .. }, Decision::NotNow | Decision::Deny { .. }) => {
                Record::CallSettled { call_id, outcome: CallOutcome::Unknown { text: UNKNOWN.to_owned() } }
            }
            (_, Decision::Retry | Decision::Done) => return Answered::Late,
        };
        Answered::Taken(turn.reopened(stream, record))
    }

    /// Calls that wait for this connection.
    pub fn waiting_for(&self, connection: &str) -> Vec<String> {
        let pauses = self.turn.iter().flat_map(Turn::pauses);
        pauses
            .filter(|(_, pause)| matches!(&pause.reason, PauseReason::Connect { connection: wanted, .. } if wanted == connection))
            .map(|(call, _)| call.head.id.clone())
            .collect()
    }

    /// Calls that wait for a new login.
    pub fn waiting_for_session(&self) -> Vec<String> {
        let pauses = self.turn.iter().flat_map(Turn::pauses);
        pauses
            .filter(|(_, pause)| matches!(pause.reason, PauseReason::SignIn))
            .map(|(call, _)| call.head.id.clone())
            .collect()
    }

    /// Ends what has waited too long.
    pub fn expire(&self, now: u64, stream: &str) -> Vec<Change> {
        let Some(turn) = &self.turn else { return Vec::new() };
        let mut changes = Vec::new();
        for (call, pause) in turn.pauses().filter(|(_, pause)| pause.expires_at <= now) {
            if changes.is_empty() && turn.stream.is_none() {
                changes.push(turn.open(stream));
            }
            let outcome = if pause.is_outcome() {
                CallOutcome::Unknown { text: UNKNOWN.to_owned() }
            } else {
                CallOutcome::NotRun { text: "Nobody answered in time, so this was not run.".into() }
            };
            changes.push(Change::Append(Record::CallSettled { call_id: call.head.id.clone(), outcome }));
        }
        changes
    }

    /// When something that waits ends by itself, milliseconds.
    pub fn next_expiry(&self) -> Option<u64> {
        self.turn.iter().flat_map(Turn::pauses).map(|(_, pause)| pause.expires_at).min()
    }

    /// Stops the turn of this request or stream, running, waiting or queued. None when there is none.
    pub fn stop(&self, request: &str) -> Option<Vec<Change>> {
        if let Some(turn) = &self.turn
            && (turn.head.request == request || turn.stream.as_ref().is_some_and(|stream| stream.id == request))
        {
            return self.end_turn(&TurnOutcome::Stopped).map(|change| vec![change]);
        }
        let queued = self.queue.iter().find(|head| head.request == request)?;
        Some(vec![Change::EndTurn { turn: queued.id.clone(), message: None }])
    }

    /// What was begun and has no result, though nobody is at it. A call that may be repeated becomes ready again; of any
    /// other the outcome is unknown: it waits for somebody who knows, once these changes are written.
    pub fn recover(&mut self, tools: &Registry, now: u64, id: &dyn Fn() -> String) -> Vec<Change> {
        let mut changes = Vec::new();
        for call in self.turn.iter_mut().flat_map(|turn| turn.calls.iter_mut()) {
            if !matches!(call.state, CallState::Started) {
                continue;
            }
            // Reading twice does no harm, and our own notes carry the call's id. One that takes the process with it each time
            // must not do so for ever.
            let repeatable = matches!(tools.effect(&call.head.tool), Some(Effect::Reads | Effect::Own));
            let call_id = call.head.id.clone();
            changes.push(Change::Append(if repeatable && call.starts < MAX_ATTEMPTS {
                call.state = CallState::Ready;
                continue;
            } else if repeatable {
                let text = "This was interrupted several times, so it was given up.".to_owned();
                Record::CallSettled { call_id, outcome: CallOutcome::Failed { text } }
            } else {
                let reason = PauseReason::Outcome { can_check: tools.checks(&call.head.tool) };
                let pause = Pause { id: id(), reason, since: now, expires_at: now.saturating_add(PAUSE_MS) };
                Record::CallPaused { call_id, pause }
            }));
        }
        changes
    }

    /// The change that ends the running turn.
    pub fn end_turn(&self, outcome: &TurnOutcome) -> Option<Change> {
        self.turn.as_ref().map(|turn| Change::EndTurn { turn: turn.head.id.clone(), message: turn.finished(outcome) })
    }

    /// True for the id of an answer, finished or running: those are not the user's to write.
    fn is_answer(&self, id: &str) -> bool {
        let answers = self.messages.iter().filter(|message| message.role == Role::Assistant);
        let heads = self.turn.iter().map(|turn| &turn.head).chain(&self.queue);
        answers.map(|message| &message.id).chain(heads.map(|head| &head.message_id)).any(|answer| answer == id)
    }

    fn end_all(&self) -> Vec<Change> {
        let mut changes: Vec<Change> = self.end_turn(&TurnOutcome::Stopped).into_iter().collect();
        for head in &self.queue {
            changes.push(Change::EndTurn { turn: head.id.clone(), message: None });
        }
        changes
    }

    /// An answer to a call that is no longer in the running step: late if the transcript knows it.
    fn answered_before(&self, call_id: &str) -> Answered {
        let messages = self.messages.iter().chain(self.turn.iter().map(|turn| &turn.answer));
        let known = messages
            .flat_map(|message| &message.parts)
            .any(|part| matches!(part, Part::Tool(tool) if tool.call_id == call_id));
        if known { Answered::Late } else { Answered::Unknown }
    }
}

impl Turn {
    pub(crate) fn reopened(&self, stream: &str, record: Record) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.stream.is_none() {
            changes.push(self.open(stream));
        }
        changes.push(Change::Append(record));
        changes
    }

    fn open(&self, stream: &str) -> Change {
        Change::Append(Record::StreamOpened { stream: stream.to_owned(), from_part: self.answer.parts.len() })
    }

    /// The answer as it stays: nothing in it runs or waits any more.
    fn finished(&self, outcome: &TurnOutcome) -> Option<Message> {
        let mut answer = self.answer.clone();
        let left = match outcome {
            TurnOutcome::Completed => "Not run: the conversation went on without an answer.",
            TurnOutcome::Stopped => "Not run: stopped.",
            TurnOutcome::Failed { .. } => "Not run.",
        };
        for part in &mut answer.parts {
            if let Part::Tool(tool) = part {
                match &tool.state {
                    ToolState::Waiting
                    | ToolState::Running
                    | ToolState::AwaitingConfirmation { .. }
                    | ToolState::Confirmed { .. } => {
                        let text = match self.call(&tool.call_id).map(|call| &call.state) {
                            Some(CallState::Started) => BEGUN,
                            Some(CallState::Paused(pause)) if pause.is_outcome() => UNKNOWN,
                            _ => left,
                        };
                        tool.state = ToolState::Failed { text: text.to_owned() };
                    }
                    ToolState::Denied { .. } | ToolState::Output { .. } | ToolState::Failed { .. } => {}
                }
            }
        }
        while matches!(answer.parts.last(), Some(Part::StepStart)) {
            answer.parts.pop();
        }
        match outcome {
            TurnOutcome::Failed { code, message } => {
                answer.parts.push(Part::Text { id: ERROR_PART.to_owned(), text: message.clone() });
                answer.metadata = Some(json!({"error": {"code": code, "message": message}}));
            }
            TurnOutcome::Stopped => answer.metadata = Some(json!({"stopped": true})),
            TurnOutcome::Completed => {}
        }
        (!answer.parts.is_empty()).then_some(answer)
    }
}

/// Nobody knows whether a call that was cut off happened.
pub(crate) const UNKNOWN: &str =
    "This was interrupted while it ran. It may have happened; please check before trying again.";

/// The user has looked.
const MARKED_DONE: &str = "It was interrupted while it ran; the user has looked and says that it was done.";

/// A turn was ended while a call ran.
const BEGUN: &str = "Stopped while it ran; whether it happened is not known.";

/// Id of the part that tells the reader why a turn failed. The model does not see it.
pub const ERROR_PART: &str = "error";

/// The text of a message, parts joined by a blank line.
pub fn message_text(message: &Message) -> String {
    let texts = message.parts.iter().filter_map(|part| match part {
        Part::Text { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n\n")
}

fn user_message(head: &mut TurnHead, id: String, text: String) -> Change {
    head.user_messages = vec![id.clone()];
    let message = Message {
        parts: vec![Part::Text { id: format!("{id}-text"), text }],
        id,
        role: Role::User,
        created_at: head.at,
        metadata: None,
    };
    Change::Append(Record::Message { message })
}
