//! What is written down: the one log of a chat. Rows are appended, and replaced by the finished message when a turn ends.

use deputy_wire::Message;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Digest;

/// Version of the records this build writes. A row carries the version it was written with.
pub const RECORD_VERSION: u32 = 1;

/// One thing that happened in a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A message that will not change: the user's, or a finished answer.
    Message {
        /// The message.
        message: Message,
    },
    /// A turn was accepted and waits for the one before it.
    TurnQueued {
        /// The turn.
        turn: TurnHead,
    },
    /// A turn runs. Its answer takes this row's place in the transcript.
    TurnStarted {
        /// The turn.
        turn: TurnHead,
    },
    /// The model is about to be called. What an earlier attempt of the step said is dropped.
    StepStarted {
        /// Counted from 1.
        step: u32,
        /// Counted from 1.
        attempt: u32,
    },
    /// Text of the answer, as much as came since the last row.
    Text {
        /// Part id.
        part: String,
        /// What to append.
        text: String,
    },
    /// Reasoning of the answer.
    Reasoning {
        /// Part id.
        part: String,
        /// What to append.
        text: String,
    },
    /// The model called a tool.
    CallRequested {
        /// The call.
        call: CallHead,
    },
    /// The model has finished its step.
    ModelAnswered {
        /// Which.
        step: u32,
    },
    /// A call waits for the user.
    CallPaused {
        /// Call id.
        call_id: String,
        /// For what.
        pause: Pause,
    },
    /// The user answered a confirmation. First answer wins.
    CallAnswered {
        /// Call id.
        call_id: String,
        /// Yes or no.
        approved: bool,
        /// Why not, if the user said.
        reason: Option<String>,
    },
    /// The call tries again: what it waited for may have happened.
    CallResumed {
        /// Call id.
        call_id: String,
        /// A consent was completed; false when a client only asked to go on.
        consented: bool,
    },
    /// The user said yes to exactly this call on a trusted device.
    CallApproved {
        /// Call id.
        call_id: String,
    },
    /// The user wants a call whose outcome is unknown to be made again. An approval it had is spent.
    CallRetried {
        /// Call id.
        call_id: String,
    },
    /// The tool is about to run: from here on its outcome is unknown until it is written.
    CallStarted {
        /// Call id.
        call_id: String,
    },
    /// The call has ended.
    CallSettled {
        /// Call id.
        call_id: String,
        /// How.
        outcome: CallOutcome,
    },
    /// A further stream of the turn was opened, from this part of the answer on.
    StreamOpened {
        /// Stream (request) id.
        stream: String,
        /// Index of the first part it adds.
        from_part: usize,
    },
    /// The stream ended although the turn goes on: it waits for the user.
    StreamClosed {},
}

/// Who asked for a turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A message of the user.
    Message,
    /// The user asked for another answer.
    Regenerate,
    /// A schedule that came due.
    Schedule,
}

/// A turn, as it was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TurnHead {
    /// Turn id.
    pub id: String,
    /// Id of the request, which names the first stream.
    pub request: String,
    /// Who asked.
    pub origin: Origin,
    /// Session whose authority it uses; none for schedules.
    pub session: Option<String>,
    /// Connection that asked: it is offered the streams on which the turn goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// Id of the answer.
    pub message_id: String,
    /// Messages of the user it answers.
    pub user_messages: Vec<String>,
    /// Milliseconds.
    pub at: u64,
}

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
}

/// A call that waits: the pending row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Pending id: approval id, interrupt id.
    pub id: String,
    /// For what.
    pub reason: PauseReason,
    /// When it began, milliseconds.
    pub since: u64,
    /// When it ends by itself, milliseconds.
    pub expires_at: u64,
}

impl Pause {
    /// The call was cut off while it ran, and nobody knows whether it happened.
    pub fn is_outcome(&self) -> bool {
        matches!(self.reason, PauseReason::Outcome { .. })
    }
}

/// What a call waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// Yes or no in the chat.
    Confirm,
    /// An account to be connected, or to grant more.
    Connect {
        /// Connection name.
        connection: String,
        /// Missing scopes.
        missing: Vec<String>,
        /// Scopes to ask for.
        required: Vec<String>,
        /// Sentence on the card.
        message: String,
    },
    /// Yes or no on a trusted device (CIBA).
    Approve {
        /// The same letters as in the details on the device.
        code: String,
        /// What the device shows.
        binding_message: String,
        /// When it was asked, milliseconds.
        requested_at: u64,
        /// Seconds between two questions to the tenant.
        interval_seconds: u64,
    },
    /// A new login: the session whose authority the call needs has ended.
    SignIn,
    /// Somebody who knows whether it happened: the call was cut off while it ran.
    Outcome {
        /// The tool can look by itself.
        can_check: bool,
    },
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// With a result.
    Output {
        /// The result.
        output: Value,
    },
    /// Without: the sentence goes to the model and to the user.
    Failed {
        /// Sentence.
        text: String,
    },
    /// The user said no.
    Denied {
        /// Pending id.
        approval_id: String,
        /// Why, if the user said.
        reason: Option<String>,
    },
    /// It was not run: the user did not want it, or went on without it, or the time ran out.
    NotRun {
        /// Sentence.
        text: String,
    },
    /// It was begun and its outcome is not known.
    Unknown {
        /// Sentence.
        text: String,
    },
}

impl CallOutcome {
    /// The ledger's word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Output { .. } => "completed",
            Self::Failed { .. } => "failed",
            Self::Denied { .. } | Self::NotRun { .. } => "refused",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnOutcome {
    /// The model had its say.
    Completed,
    /// The user stopped it.
    Stopped,
    /// It failed; the sentence stands in the chat.
    Failed {
        /// Stable code.
        code: String,
        /// Sentence for the user.
        message: String,
    },
}

/// One change of what is stored. A list of them is written whole or not at all.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A row more.
    Append(Record),
    /// The turn is over: its rows go, and its answer (if there is one) takes the place of the row that started it.
    EndTurn {
        /// Turn id.
        turn: String,
        /// The answer.
        message: Option<Message>,
    },
    /// Messages from this one on are removed.
    Truncate {
        /// Id of the first message to go.
        from: String,
    },
    /// Everything is removed.
    Clear,
}
