//! What is written down: the one log of a chat. Rows are appended, and replaced by the finished message when a turn ends.

use deputy_wire::Message;
use serde::{Deserialize, Serialize};

use super::call::{Call, CallHead};
use super::outcome::{CallOutcome, TurnOutcome};
use super::pause::Pause;
use super::usage::Usage;

/// Version of the records this build writes. A row carries the version it was written with; every older one is read.
pub const RECORD_VERSION: u32 = 2;

/// One thing that happened in a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A message that will not change but for a call of it that waits: the user's, or a finished answer.
    Message {
        /// The message.
        message: Message,
    },
    /// A turn was accepted and waits for the one before it. Written again under its id, it replaces what was written before.
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
        /// No tools are offered: what the model says is the answer.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        last: bool,
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
        /// What it cost, as far as it was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usage: Option<Usage>,
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
    /// A yes on the device counts no more: the session in which it was asked has ended.
    ApprovalVoided {
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
    /// A call whose turn is over and which still waits for the user or runs, as it stands now. Written again for the same call, it
    /// replaces what was written before.
    CallParked {
        /// The call.
        parked: Box<ParkedCall>,
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

impl Record {
    /// A row as it was written.
    ///
    /// Errors: [`UnreadableRecord`] for a row of a newer version than this build knows, or one that is damaged.
    pub fn read(version: u32, body: &str) -> Result<Self, UnreadableRecord> {
        if version == 0 || version > RECORD_VERSION {
            return Err(UnreadableRecord { version });
        }
        serde_json::from_str(body).map_err(|_| UnreadableRecord { version })
    }
}

/// A row of the log that this build cannot read. It is never passed over: what it says may be that an effect has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a row of version {version} cannot be read by this build, which writes version {RECORD_VERSION}")]
pub struct UnreadableRecord {
    /// The version it was written with.
    pub version: u32,
}

/// Who asked for a turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A message of the user.
    Message,
    /// The user asked for another answer.
    Regenerate,
    /// A schedule that came due.
    Schedule,
    /// Calls that had waited while the conversation went on have been answered: the turn tells what became of them.
    Report,
    /// A program that calls a tool. No model is asked: the turn ends with the call.
    Program(Box<ProgramCall>),
    /// Calls of programs that had waited while the conversation went on have ended. Whoever made them asks for their outcome, so nobody
    /// is told of it in words.
    Collect,
}

/// A tool call that a program makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProgramCall {
    /// What the program is called.
    pub client: String,
    /// The call.
    pub call: CallHead,
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
    /// Calls of earlier messages whose outcome it tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<String>,
}

impl ProgramCall {
    /// What the reader is told.
    pub(crate) fn said(&self) -> String {
        format!("{} called {}", self.client, self.call.tool)
    }
}

impl TurnHead {
    /// The call that the turn is, if a program asked for it.
    pub fn program_call(&self) -> Option<&ProgramCall> {
        match &self.origin {
            Origin::Program(called) => Some(called),
            Origin::Message | Origin::Regenerate | Origin::Schedule | Origin::Report | Origin::Collect => None,
        }
    }

    /// It answers no message: its own stands at the end, whenever it was asked for.
    pub fn stands_at_the_end(&self) -> bool {
        self.user_messages.is_empty()
    }
}

/// A call that waits for the user, or runs because the user has answered, while its turn is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParkedCall {
    /// The turn it belongs to; its message holds the call's part.
    pub turn: TurnHead,
    /// The call.
    pub call: Call,
    /// Stream (request) id under which its outcome is told, once it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_stream: Option<String>,
}

/// A conversation that was left: an edit or another answer took its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// Id of the message it hangs on; none where it began the chat.
    pub after: Option<String>,
    /// Its messages.
    pub messages: Vec<Message>,
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
        /// How it ended: for who watches, not stored.
        outcome: TurnOutcome,
        /// The answer.
        message: Option<Message>,
    },
    /// A parked call has ended: its row goes, and the message that holds it is as given.
    Unpark {
        /// Call id.
        call_id: String,
        /// How it ended: for the ledger, not stored.
        outcome: CallOutcome,
        /// The message.
        message: Message,
    },
    /// A message of the user, with what the model is told beside it.
    Told {
        /// The message.
        message: Message,
    },
    /// Messages from this one on become an earlier branch.
    Branch {
        /// Id of the first message to leave.
        from: String,
    },
    /// An earlier branch, as it is read from the table. Never written.
    Branched(Branch),
    /// Everything is removed.
    Clear,
}

/// What a table holds, as the next process reads it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LoggedRows {
    /// Everything that could be read, in order.
    pub changes: Vec<Change>,
    /// Rows that could not.
    pub unreadable: usize,
}

impl From<Vec<Change>> for LoggedRows {
    fn from(changes: Vec<Change>) -> Self {
        Self { changes, unreadable: 0 }
    }
}
