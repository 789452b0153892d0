//! The turn engine of Deputy: transcript, tool calls, authority, interrupts, schedules, recovery. No I/O.
//!
//! A chat is a log of [`Record`]s. [`State`] is the fold over it, [`State::plan`] says what to do next, and [`Driver`] does
//! it through [`Ports`]. Nothing happens that was not written first, so a process may die at any point and the next one
//! goes on.

mod approvals;
mod authority;
mod calls;
mod conversation;
mod driver;
mod intake;
mod ledger;
mod live;
mod outcome;
mod permit;
mod plan;
mod ports;
mod record;
mod schedule;
mod shown;
mod state;
mod step;
mod tool;

pub use authority::{Answers, Authority, Effect, Ruling, rule};
pub use calls::{MAX_OUTPUT_BYTES, PAUSE_MS};
pub use conversation::{plain_prompt, rfc3339, system_prompt};
pub use driver::Driver;
pub use intake::{Accepted, Answered, Ask, Decision, MAX_QUEUED, message_text};
pub use live::{FLUSH_AFTER_MS, FLUSH_AT_BYTES};
pub use permit::{Credentials, Digest, Grant, Permit};
pub use plan::{MAX_ATTEMPTS, MAX_STEPS, Plan};
pub use ports::{
    Approval, AskApproval, Emission, Ending, Obtain, Obtained, Ports, Problem, Settled, StoreError, TurnContext,
};
pub use record::{
    CallHead, CallOutcome, Change, Origin, Pause, PauseReason, RECORD_VERSION, Record, TurnHead, TurnOutcome,
};
pub use schedule::{NewSchedule, Schedule, ScheduleError, When, first_run, next_cron};
pub use shown::interrupt_text;
pub use state::{Call, CallState, State, Stream, Turn};
pub use tool::{
    CallContext, ErasedTool, InputError, InputProblem, Registry, Tool, ToolError, Unfit, fields, input_problems,
    parameters, read_input,
};
