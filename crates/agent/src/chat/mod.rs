//! A chat: what is written down, how it stands, and what comes next. Pure: ids and time are given, nothing is sent or stored here.

mod accept;
mod answer;
mod call;
mod conversation;
mod in_words;
mod limits;
mod marks;
mod needed;
mod outcome;
mod pause;
mod plan;
mod prompt;
mod record;
mod recover;
mod repeats;
mod state;
mod told;
mod turn;
mod usage;
mod waits;

pub use accept::{Accepted, Ask, message_text};
pub use answer::{Answered, Decision};
pub use call::{Call, CallHead, CallState};
pub(crate) use conversation::{OMITTED, OMITTED_TEXT};
pub(crate) use in_words::in_words;
pub(crate) use limits::{APPROVAL_GRACE_MS, MAX_ANSWER_BYTES, MAX_CALLS};
pub use limits::{
    MAX_ATTEMPTS, MAX_BRANCHES, MAX_OUTPUT_BYTES, MAX_QUEUED, MAX_QUEUED_CALLS, MAX_STEPS, MAX_WAITS, PAUSE_MS,
};
pub use marks::Marks;
pub use needed::DUE;
pub(crate) use outcome::UNKNOWN;
pub use outcome::{CallOutcome, NotRun, TurnOutcome};
pub use pause::{Pause, PauseReason};
pub use plan::{NextStep, Plan};
pub use prompt::{plain_prompt, rfc3339, system_prompt};
pub use record::{
    Branch, Change, LoggedRows, Origin, ParkedCall, ProgramCall, RECORD_VERSION, Record, TurnHead, UnreadableRecord,
};
pub use recover::Lane;
pub(crate) use repeats::Before;
pub use state::{READ_ONLY, READ_ONLY_CODE, State};
pub use told::time_of_day;
pub(crate) use told::{Clock, told};
pub(crate) use turn::{CALLED_PART, part_of};
pub use turn::{Stream, Turn};
pub use usage::Usage;
pub use waits::NewTurn;
