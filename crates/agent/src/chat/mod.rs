//! A chat: what is written down, how it stands, and what comes next. Pure: ids and time are given, nothing is sent or stored here.

mod accept;
mod answer;
mod call;
mod conversation;
mod limits;
mod marks;
mod outcome;
mod pause;
mod plan;
mod record;
mod recover;
mod repeats;
mod state;
mod told;
mod turn;
mod waits;

pub use accept::{Accepted, Ask, message_text};
pub use answer::{Answered, Decision};
pub use call::{Call, CallHead, CallState};
pub use conversation::{plain_prompt, rfc3339, system_prompt};
pub(crate) use limits::{APPROVAL_GRACE_MS, MAX_ANSWER_BYTES, MAX_CALLS};
pub use limits::{MAX_ATTEMPTS, MAX_BRANCHES, MAX_OUTPUT_BYTES, MAX_QUEUED, MAX_STEPS, MAX_WAITS, PAUSE_MS};
pub use marks::Marks;
pub(crate) use outcome::UNKNOWN;
pub use outcome::{CallOutcome, NotRun, TurnOutcome};
pub use pause::{Pause, PauseReason};
pub use plan::{NextStep, Plan};
pub use record::{Branch, Change, LoggedRows, Origin, ParkedCall, RECORD_VERSION, Record, TurnHead, UnreadableRecord};
pub use recover::Lane;
pub(crate) use repeats::Before;
pub use state::{READ_ONLY, READ_ONLY_CODE, State};
pub use told::time_of_day;
pub(crate) use told::{Clock, told};
pub(crate) use turn::part_of;
pub use turn::{Stream, Turn};
pub use waits::NewTurn;
