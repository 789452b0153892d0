//! A tool call: what was asked for, and how far it is.

use deputy_models::Provided;
use deputy_wire::{CallStatus, ToolPart, ToolState};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::outcome::CallOutcome;
use super::pause::{Pause, PauseReason};
use crate::authority::Digest;

/// A tool call, as the model asked for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallHead {
    /// Unique in the chat.
    pub id: String,
    /// The name the model used.
    pub tool: String,
    /// The input.
    pub input: Value,
    /// Over tool, input and account.
    pub digest: Digest,
    /// What the model wrote was no JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_error: Option<String>,
    /// What the model's provider wants back with the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provided: Option<Provided>,
    /// The same call was made before in this turn: its id. This one is not run; it tells what became of that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<String>,
}

/// A tool call and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// As the model asked for it.
    pub head: CallHead,
    /// How far it is.
    pub state: CallState,
    /// The user said yes to exactly this digest.
    #[serde(default)]
    pub confirmed: bool,
    /// The user said yes to exactly this digest on a trusted device.
    #[serde(default)]
    pub approved: bool,
    /// It was cut off while it ran, and its tool is to look whether it happened instead of doing it.
    #[serde(default)]
    pub checks: bool,
    /// Connections whose consent it has waited for: what is still missing after one is explained, not asked for again.
    #[serde(default)]
    pub consents: Vec<String>,
    /// How often the tool was begun since the call last waited.
    #[serde(default)]
    pub starts: u32,
    /// What it waited for last: asking for the same again keeps the card.
    #[serde(default)]
    pub waited: Option<Pause>,
}

/// How far a call is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// It may be tried.
    Ready,
    /// It waits for the user.
    Paused(Pause),
    /// The tool runs, or ran when the process died.
    Started,
    /// It has ended.
    Settled(CallOutcome),
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq)]
pub enum CallEvent {
    /// It waits for the user.
    Paused(Pause),
    /// The user answered a confirmation.
    Answered {
        /// Yes or no.
        approved: bool,
        /// Why not, if the user said.
        reason: Option<String>,
    },
    /// It tries again.
    Resumed {
        /// A consent was completed.
        consented: bool,
    },
    /// Yes on the device.
    Approved,
    /// That yes counts no more.
    ApprovalVoided,
    /// It is made again.
    Retried,
    /// The tool is about to run.
    Started,
    /// It has ended.
    Settled(CallOutcome),
}

impl Call {
    /// A call that nothing has happened to.
    pub fn new(head: CallHead) -> Self {
        Self {
            head,
            state: CallState::Ready,
            confirmed: false,
            approved: false,
            checks: false,
            consents: Vec::new(),
            starts: 0,
            waited: None,
        }
    }

    /// What it waits for.
    pub fn pause(&self) -> Option<&Pause> {
        match &self.state {
            CallState::Paused(pause) => Some(pause),
            CallState::Ready | CallState::Started | CallState::Settled(_) => None,
        }
    }

    /// How it ended.
    pub fn outcome(&self) -> Option<&CallOutcome> {
        match &self.state {
            CallState::Settled(outcome) => Some(outcome),
            CallState::Ready | CallState::Started | CallState::Paused(_) => None,
        }
    }

    /// Takes in what happened to it. What does not fit is ignored: it can only come from a damaged log.
    pub fn apply(&mut self, event: &CallEvent) {
        match event {
            CallEvent::Paused(pause) => {
                self.state = CallState::Paused(pause.clone());
                self.waited = Some(pause.clone());
                self.starts = 0;
            }
            CallEvent::Answered { approved, reason } => {
                let CallState::Paused(Pause { id: approval_id, reason: PauseReason::Confirm, .. }) = &self.state else {
                    return;
                };
                if *approved {
                    self.confirmed = true;
                    self.state = CallState::Ready;
                } else {
                    let (approval_id, reason) = (approval_id.clone(), reason.clone());
                    self.state = CallState::Settled(CallOutcome::Denied { approval_id, reason });
                }
            }
            CallEvent::Resumed { consented } => {
                if let CallState::Paused(pause) = &self.state {
                    if let (PauseReason::Connect { connection, .. }, true) = (&pause.reason, *consented) {
                        self.consents.push(connection.clone());
                    }
                    self.checks = pause.is_outcome();
                } else {
                    self.checks = false;
                }
                self.state = CallState::Ready;
            }
            CallEvent::Approved => self.again(true),
            CallEvent::Retried => self.again(false),
            CallEvent::ApprovalVoided => self.approved = false,
            CallEvent::Started => {
                self.state = CallState::Started;
                self.starts = self.starts.saturating_add(1);
            }
            CallEvent::Settled(outcome) => self.state = CallState::Settled(outcome.clone()),
        }
    }

    /// It may be tried again, with or without a yes on the device.
    fn again(&mut self, approved: bool) {
        self.state = CallState::Ready;
        self.checks = false;
        self.approved = approved;
    }

    /// Its part of an answer, whose turn may be over.
    pub fn part(&self, parked: bool) -> ToolPart {
        ToolPart {
            call_id: self.head.id.clone(),
            tool: self.head.tool.clone(),
            input: self.head.input.clone(),
            state: self.part_state(),
            status: self.status(parked),
            provided: self.head.provided.as_ref().and_then(|provided| serde_json::to_value(provided).ok()),
        }
    }

    /// How it stands, for clients of every generation.
    fn part_state(&self) -> ToolState {
        match &self.state {
            CallState::Settled(outcome) => outcome.part_state(),
            CallState::Paused(Pause { id, reason: PauseReason::Confirm, .. }) => {
                ToolState::AwaitingConfirmation { approval_id: id.clone() }
            }
            CallState::Paused(_) => ToolState::Waiting,
            CallState::Ready | CallState::Started => match &self.waited {
                // The yes of the chat is part of what a client shows, until there is a result or another question.
                Some(Pause { id, reason: PauseReason::Confirm, .. }) if self.confirmed => {
                    ToolState::Confirmed { approval_id: id.clone() }
                }
                _ => ToolState::Running,
            },
        }
    }

    fn status(&self, parked: bool) -> Option<CallStatus> {
        match &self.state {
            CallState::Settled(outcome) => Some(outcome.status()),
            CallState::Paused(pause) => Some(pause.status(parked)),
            CallState::Ready | CallState::Started => None,
        }
    }
}
